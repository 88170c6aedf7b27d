package deepflow.server.semconv;

import java.util.Optional;

/// One way in which a span can say what a name stands for.
///
/// @param key the attribute that it has
/// @param kinds the spans of which that is true
/// @param conversion what makes of its value the one under the name that is asked for
public record Reading(String key, Kinds kinds, Conversion conversion) {

  /// The attribute itself.
  public static Reading own(String key) {
    return new Reading(key, Kinds.ANY, Conversion.Same.SAME);
  }

  /// Whether it is another name for the same, and no more.
  public boolean isPlain() {
    return kinds == Kinds.ANY && conversion == Conversion.Same.SAME;
  }

  /// This one, of which the value is then read as `next` says.
  Optional<Reading> then(Reading next) {
    boolean first = next.conversion == Conversion.Same.SAME;
    boolean second = conversion == Conversion.Same.SAME;
    return first || second
        ? next.kinds
            .and(kinds)
            .map(both -> new Reading(next.key, both, first ? conversion : next.conversion))
        : Optional.empty();
  }
}
