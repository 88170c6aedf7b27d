package deepflow.server.querier.differences;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import deepflow.server.querier.differences.Difference.OperationCost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How often operations are called in the traces of each side, and how long they work themselves.
final class OperationCosts {

  /// Operations that are kept apart.
  static final int OPERATIONS_MAX = 20_000;

  private static final int SHOWN_MAX = 15;

  /// Of one side. Sums are exact up to 104 days.
  private static final class Sum {
    long calls;
    double selfNanos;
  }

  private static final class Sums {
    final Sum selected = new Sum();
    final Sum others = new Sum();
  }

  private final int selected;
  private final int others;
  private final Map<Operation, Sums> sums = new HashMap<>();
  private boolean full;

  OperationCosts(int selected, int others) {
    this.selected = selected;
    this.others = others;
  }

  /// Adds a call.
  ///
  /// @param isSelected on which side its trace is
  void add(Operation operation, boolean isSelected, long selfNanos) {
    Sums both = sums.get(operation);
    if (both == null) {
      if (sums.size() == OPERATIONS_MAX) {
        full = true;
        return;
      }
      both = new Sums();
      sums.put(operation, both);
    }
    Sum sum = isSelected ? both.selected : both.others;
    sum.calls++;
    sum.selfNanos += selfNanos;
  }

  /// Whether there were more operations than fit.
  boolean isFull() {
    return full;
  }

  /// Those that differ most in their own time or in calls: the first of the one order, the first of
  /// the other, the second ones, and so on. Many calls that are fast would be last by time alone.
  List<OperationCost> largest() {
    List<OperationCost> costs =
        sums.entrySet().stream()
            .map(entry -> cost(entry.getKey(), entry.getValue()))
            .sorted(comparing(cost -> cost.operation().service() + '\0' + cost.operation().name()))
            .toList();
    List<OperationCost> byTime = descending(costs, OperationCosts::selfDifference);
    List<OperationCost> byCalls = descending(costs, OperationCosts::callsDifference);
    return IntStream.range(0, costs.size())
        .boxed()
        .flatMap(place -> Stream.of(byTime.get(place), byCalls.get(place)))
        .distinct()
        .limit(SHOWN_MAX)
        .toList();
  }

  private static List<OperationCost> descending(
      List<OperationCost> costs, ToDoubleFunction<OperationCost> difference) {
    return costs.stream().sorted(comparingDouble(difference).reversed()).toList();
  }

  private OperationCost cost(Operation operation, Sums both) {
    return new OperationCost(
        operation,
        (double) both.selected.calls / selected,
        (double) both.others.calls / others,
        Math.round(both.selected.selfNanos / selected),
        Math.round(both.others.selfNanos / others));
  }

  private static double selfDifference(OperationCost cost) {
    return Math.abs((double) cost.selectedSelfNanos() - cost.othersSelfNanos());
  }

  private static double callsDifference(OperationCost cost) {
    return Math.abs(cost.selectedCalls() - cost.othersCalls());
  }
}
