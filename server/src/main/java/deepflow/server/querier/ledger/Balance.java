package deepflow.server.querier.ledger;

import deepflow.server.querier.ledger.LedgerEntry.Fate;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// received = stored + merged + queued + refused + expired + damaged + unacknowledged, of one agent
/// or one minute.
final class Balance {

  /// What the other side of the equation has.
  private static final Set<Fate> ACCOUNTED =
      EnumSet.complementOf(EnumSet.of(Fate.RECEIVED, Fate.REFUSED_REQUESTS));

  private final Map<Fate, Long> spans = new EnumMap<>(Fate.class);

  private Balance() {}

  /// The balance of each agent.
  static Map<String, Balance> of(List<LedgerEntry> entries) {
    Map<String, Balance> balances = sums(entries);
    balances.values().forEach(Balance::settle);
    return balances;
  }

  private static Map<String, Balance> sums(List<LedgerEntry> entries) {
    Map<String, Balance> balances = new TreeMap<>();
    for (LedgerEntry entry : entries) {
      balances
          .computeIfAbsent(entry.key(), _ -> new Balance())
          .spans
          .merge(entry.fate(), entry.spans(), Long::sum);
    }
    return balances;
  }

  /// The balance of each agent, or other key, in a stretch of time. What waits is how many more
  /// wait at its end than at its start.
  static Map<String, Balance> ofStep(List<LedgerEntry> entries) {
    Map<String, Balance> balances = sums(entries);
    balances.values().forEach(balance -> balance.spans.merge(Fate.UNREPORTED, 0L, (n, _) -> -n));
    return balances;
  }

  /// What is here and unreported does not wait any more; what never waited was received since.
  private void settle() {
    long waiting = of(Fate.QUEUED) - of(Fate.UNREPORTED);
    spans.remove(Fate.UNREPORTED);
    spans.put(Fate.QUEUED, Math.max(0, waiting));
    spans.merge(Fate.RECEIVED, Math.max(0, -waiting), Long::sum);
  }

  long of(Fate fate) {
    return spans.getOrDefault(fate, 0L);
  }

  /// What the equation lacks: more than 0 when spans are missing, less when there are too many.
  long difference() {
    return of(Fate.RECEIVED) - ACCOUNTED.stream().mapToLong(this::of).sum();
  }
}
