package deepflow.agent.queue;

import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what the disk took from the queue, each batch once however often it is walked over.
final class Damage {
  private static final Logger LOG = LoggerFactory.getLogger(Damage.class);

  private final QueueMetrics metrics;
  private final Ledger ledger;

  /// What was counted: first number to last number, both included.
  private final TreeMap<Long, Long> counted = new TreeMap<>();

  Damage(QueueMetrics metrics, Ledger ledger) {
    this.metrics = metrics;
    this.ledger = ledger;
  }

  /// The batches `from` to `to`, both included, were durable and can't be read any more.
  ///
  /// @param spans how many spans they had, as far as is known
  synchronized void lost(Segment segment, long from, long to, long spans) {
    long batches = to - from + 1 - alreadyCounted(from, to);
    if (batches <= 0) {
      return;
    }
    remember(from, to);
    metrics.damaged(batches, spans);
    ledger.damaged(to, spans);
    LOG.error(
        "The disk damaged batches {} to {} ({} spans known) of {}; they are lost, the rest goes on",
        from,
        to,
        spans,
        segment.name());
  }

  private long alreadyCounted(long from, long to) {
    Long start = counted.floorKey(from);
    long batches = 0;
    for (Map.Entry<Long, Long> range :
        counted.subMap(start == null ? from : start, true, to, true).entrySet()) {
      long overlap = Math.min(to, range.getValue()) - Math.max(from, range.getKey()) + 1;
      batches += Math.max(0, overlap);
    }
    return batches;
  }

  /// Adds a range, joined with those that it overlaps.
  private void remember(long from, long to) {
    long joinedFrom = from;
    long joinedTo = to;
    Map.Entry<Long, Long> before = counted.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      joinedFrom = before.getKey();
    }
    Map.Entry<Long, Long> last = counted.floorEntry(to);
    if (last != null) {
      joinedTo = Math.max(to, last.getValue());
    }
    counted.subMap(joinedFrom, true, to, true).clear();
    counted.put(joinedFrom, joinedTo);
  }
}
