package deepflow.server.labeler;

import org.jspecify.annotations.Nullable;

/// What a snapshot answers about one side of a span.
///
/// @param labels who was there
/// @param from ns since 1970-01-01 UTC; from then on the answer is the same
/// @param until up to, not including, this time
/// @param byPort whether another port would give another answer
/// @param open names what is not known yet but may become known: the same text, the same question.
///   Null when there is nothing to wait for
/// @param waits whether only a cluster that isn't known yet, or not all of it, may answer that
/// @param about what the question is about whenever it is asked, such as an address, so that nobody
///   goes on asking what came to nothing; empty when it is about this time only
/// @param found whether it is known who was there
/// @param cluster where it is or is likely to be, and where to look for the other side first; null
///   when it may be anywhere
public record Side(
    Labels labels,
    long from,
    long until,
    boolean byPort,
    @Nullable String open,
    boolean waits,
    String about,
    boolean found,
    @Nullable String cluster) {

  /// Whether the answer holds at that time.
  public boolean holdsAt(long time) {
    return from <= time && time < until;
  }
}
