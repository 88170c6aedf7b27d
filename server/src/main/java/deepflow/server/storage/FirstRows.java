package deepflow.server.storage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// The first spans of a trace, of rows that come in any order: as many as there is room for, and
/// one at least. No more than these are held. A span that comes again takes no more room, whichever
/// resource it comes under. For one thread.
///
/// @param <S> what a span says, which is equal where it is the same span
/// @param <R> the resource of a row
final class FirstRows<S, R> {

  /// The same span under more of them is taken for others: what is held has a bound.
  static final int RESOURCES_MAX = 8;

  /// What the spans of a trace are ordered by.
  record Key(long startNanos, long spanId, long kind, long durationNanos, long block) {
    private static final Comparator<Key> ORDER =
        Comparator.comparingLong(Key::startNanos)
            .thenComparing(Key::spanId, Long::compareUnsigned)
            .thenComparingLong(Key::kind)
            .thenComparingLong(Key::durationNanos)
            .thenComparingLong(Key::block);
  }

  /// A span.
  static final class Held<S, R> {
    private final Key key;
    private final S span;
    private final int bytes;
    private final List<R> resources = new ArrayList<>(1);
    private int rows;

    private Held(Key key, S span, int bytes) {
      this.key = key;
      this.span = span;
      this.bytes = bytes;
    }

    S span() {
      return span;
    }

    /// Each once, one at least.
    List<R> resources() {
      return resources;
    }

    /// How often it came.
    int rows() {
      return rows;
    }

    private boolean takes(R resource) {
      boolean known = resources.contains(resource);
      if (!known && resources.size() < RESOURCES_MAX) {
        known = resources.add(resource);
      }
      rows += known ? 1 : 0;
      return known;
    }
  }

  private final int spansMax;
  private final long bytesMax;

  /// The last one is the first to go.
  private final PriorityQueue<Held<S, R>> order =
      new PriorityQueue<>(
          Comparator.comparing((Held<S, R> held) -> held.key, Key.ORDER).reversed());

  private final Map<S, Held<S, R>> bySpan = new HashMap<>();

  private long bytes;
  private @Nullable Key firstMissing;

  /// @param spansMax one at least
  /// @param bytesMax of all spans together
  FirstRows(int spansMax, long bytesMax) {
    this.spansMax = spansMax;
    this.bytesMax = bytesMax;
  }

  /// Whether a row can be among the first. What comes behind one that was left out is left out as
  /// well, even if there were room for it: else the answer would have gaps.
  boolean isWanted(Key key) {
    return firstMissing == null || Key.ORDER.compare(key, firstMissing) < 0;
  }

  /// Takes a row that is wanted.
  ///
  /// @param size of its span, bytes
  void add(Key key, S span, R resource, int size) {
    Held<S, R> same = bySpan.get(span);
    if (same == null || !same.takes(resource)) {
      Held<S, R> held = new Held<>(key, span, size);
      held.takes(resource);
      hold(held);
    }
  }

  private void hold(Held<S, R> held) {
    order.add(held);
    bySpan.put(held.span, held);
    bytes += held.bytes;
    while (order.size() > 1 && (order.size() > spansMax || bytes > bytesMax)) {
      Held<S, R> last = order.remove();
      bySpan.remove(last.span, last);
      bytes -= last.bytes;
      firstMissing = last.key;
    }
  }

  /// Whether spans are missing for which there was no room.
  boolean isCut() {
    return firstMissing != null;
  }

  /// The spans in their order.
  List<Held<S, R>> inOrder() {
    List<Held<S, R>> sorted = new ArrayList<>(order);
    sorted.sort(Comparator.comparing((Held<S, R> held) -> held.key, Key.ORDER));
    return sorted;
  }
}
