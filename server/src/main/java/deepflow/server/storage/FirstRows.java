package deepflow.server.storage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// The first spans of a trace, of rows that come in any order: as many as there is room for, and
/// one at least. No more than these are held. For one thread.
///
/// @param <R> what is known of a row
final class FirstRows<R> {

  /// What the spans of a trace are ordered by.
  record Key(long startNanos, long spanId, long kind, long durationNanos, long block) {
    private static final Comparator<Key> ORDER =
        Comparator.comparingLong(Key::startNanos)
            .thenComparing(Key::spanId, Long::compareUnsigned)
            .thenComparingLong(Key::kind)
            .thenComparingLong(Key::durationNanos)
            .thenComparingLong(Key::block);
  }

  private record Placed<R>(Key key, R row, int bytes) {}

  private final int rowsMax;
  private final long bytesMax;

  /// The last one is the first to go.
  private final PriorityQueue<Placed<R>> rows =
      new PriorityQueue<>(
          Comparator.comparing((Placed<R> placed) -> placed.key, Key.ORDER).reversed());

  private long bytes;
  private @Nullable Key firstMissing;

  /// @param rowsMax one at least
  /// @param bytesMax of all spans together
  FirstRows(int rowsMax, long bytesMax) {
    this.rowsMax = rowsMax;
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
  void add(Key key, R row, int size) {
    rows.add(new Placed<>(key, row, size));
    bytes += size;
    while (rows.size() > 1 && (rows.size() > rowsMax || bytes > bytesMax)) {
      Placed<R> last = rows.remove();
      bytes -= last.bytes;
      firstMissing = last.key;
    }
  }

  /// Whether rows are missing for which there was no room.
  boolean isCut() {
    return firstMissing != null;
  }

  /// The rows in their order.
  List<R> inOrder() {
    List<Placed<R>> sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparing(Placed::key, Key.ORDER));
    return sorted.stream().map(Placed::row).toList();
  }
}
