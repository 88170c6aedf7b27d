package deepflow.server.querier.differences;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.differences.Difference.AttributeShare;
import deepflow.server.querier.differences.Difference.OperationCost;
import deepflow.server.querier.search.TraceSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The arithmetic of a comparison.
class ComparisonTest {

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final double ROUNDING = 1e-12;
  private static final Operation OPERATION = new Operation("shop", "work");

  private final Random random = new Random(SEED);

  /// The oracle looks at each nanosecond.
  @Test
  void selfTimeIsWhenNoChildIsAtWork() {
    for (int round = 0; round < 2_000; round++) {
      List<TimedSpan> trace = new ArrayList<>();
      int spans = random.nextInt(1, 12);
      for (int id = 1; id <= spans; id++) {
        long start = random.nextInt(40);
        trace.add(
            new TimedSpan(
                OPERATION, id, random.nextInt(spans + 2), start, start + random.nextInt(30)));
      }
      TimedSpan.selfTimes(
          trace,
          (span, self) ->
              assertThat(self)
                  .as("tests.seed=%s %s in %s", SEED, span, trace)
                  .isEqualTo(byNanos(span, trace)));
    }
  }

  private static long byNanos(TimedSpan span, List<TimedSpan> trace) {
    long self = 0;
    for (long nano = span.startNanos(); nano < span.endNanos(); nano++) {
      long at = nano;
      boolean covered =
          trace.stream()
              .anyMatch(child ->
                  child.id() != span.id()
                      && child.parentId() == span.id()
                      && child.startNanos() <= at
                      && at < child.endNanos());
      self += covered ? 0 : 1;
    }
    return self;
  }

  private static double surplus(int having, int all, int havingThere, int allThere) {
    return ShareInterval.of(having, all, 3).surplusOver(ShareInterval.of(havingThere, allThere, 3));
  }

  @Test
  void manyTracesSayMoreThanFew() {
    assertThat(surplus(1, 1, 0, 200)).isLessThan(surplus(95, 100, 5, 200));
    assertThat(surplus(10, 10, 0, 200)).isLessThan(surplus(200, 200, 0, 200));
    assertThat(surplus(60, 120, 100, 200)).isNegative();
    assertThat(surplus(3, 200, 0, 200)).isNegative();
    for (int having = 0; having <= 100; having++) {
      ShareInterval share = ShareInterval.of(having, 100, 3);
      assertThat(share.low()).isBetween(0.0, share.share() + ROUNDING);
      assertThat(share.high()).isBetween(share.share() - ROUNDING, 1.0);
    }
  }

  /// With shares that are the same in truth, hardly any sample says otherwise.
  @Test
  void chanceIsRarelyTakenForADifference() {
    int mistakes = 0;
    for (int i = 0; i < 20_000; i++) {
      double share = random.nextDouble();
      int all = random.nextInt(5, 201);
      int here = 0;
      int there = 0;
      for (int trace = 0; trace < all; trace++) {
        here += random.nextDouble() < share ? 1 : 0;
        there += random.nextDouble() < share ? 1 : 0;
      }
      mistakes += surplus(here, all, there, all) > 0 ? 1 : 0;
    }
    assertThat(mistakes).as("tests.seed=%s", SEED).isLessThan(100);
  }

  private static List<String> keys(AttributeTraces traces) {
    return traces.telling().stream().map(share -> share.attribute().key()).toList();
  }

  private static void add(AttributeTraces traces, String service, String key, int from, int to) {
    for (int trace = from; trace < to; trace++) {
      traces.addService(service, trace);
      traces.add(new Attribute(service, false, key, "x"), trace);
    }
  }

  @Test
  void putsCircumstancesBeforeOutcomes() {
    AttributeTraces traces = new AttributeTraces(100, 100);
    add(traces, "shop", "everywhere", 0, 200);
    add(traces, "shop", "http.response.status_code", 0, 100);
    add(traces, "shop", "method", 0, 80);
    add(traces, "shop", "weaker", 0, 60);

    assertThat(keys(traces)).containsExactly("method", "weaker", "http.response.status_code");
  }

  @Test
  void leavesOutWhatTellsNothing() {
    AttributeTraces traces = new AttributeTraces(100, 100);
    add(traces, "shop", "everywhere", 0, 200);
    for (int trace = 0; trace < 200; trace++) {
      traces.add(new Attribute("shop", false, "id", "id-" + trace), trace);
    }
    add(traces, "shop", "half", 50, 150);
    add(traces, "pricing", "constant of pricing", 0, 90);

    assertThat(keys(traces)).containsExactly("service.name");
    assertThat(traces.telling().getFirst())
        .isEqualTo(
            new AttributeShare(new Attribute("pricing", true, "service.name", "pricing"), 90, 0));
  }

  /// Half of the failures have no cause; the cause of the others says more than their route.
  @Test
  void putsARareCertainCauseBeforeAFrequentHint() {
    AttributeTraces traces = new AttributeTraces(155, 200);
    add(traces, "frontend", "everywhere", 0, 355);
    add(traces, "frontend", "route", 72, 210);
    add(traces, "orders", "everywhere", 72, 210);
    add(traces, "orders", "voucher", 129, 155);
    add(traces, "orders", "pod", 89, 198); // as many of the traces with orders on both sides

    assertThat(keys(traces)).containsExactly("voucher", "route", "service.name");
  }

  @Test
  void showsAtMostThreeAttributesOfTheVerySameTraces() {
    AttributeTraces traces = new AttributeTraces(100, 100);
    add(traces, "shop", "everywhere", 0, 200);
    for (String key : List.of("a", "b", "c", "d", "e")) {
      add(traces, "shop", key, 0, 90);
    }
    add(traces, "shop", "other", 0, 70);
    add(traces, "cart", "everywhere", 0, 200);
    add(traces, "cart", "a", 0, 90);

    assertThat(traces.telling())
        .extracting(share -> share.attribute().service() + " " + share.attribute().key())
        .containsExactly("cart a", "shop b", "shop c", "shop other");
  }

  @Test
  void keepsABoundedNumberOfAttributesAndSaysSo() {
    AttributeTraces traces = new AttributeTraces(1, 1);
    for (int i = 0; i < AttributeTraces.ATTRIBUTES_MAX; i++) {
      traces.add(new Attribute("shop", false, "id", "id-" + i), 0);
    }
    assertThat(traces.isFull()).isFalse();

    traces.add(new Attribute("shop", false, "id", "id-0"), 1);
    assertThat(traces.isFull()).isFalse();

    traces.add(new Attribute("shop", false, "id", "one more"), 1);
    assertThat(traces.isFull()).isTrue();
  }

  @Test
  void manyFastCallsComeBesideFewSlowOnes() {
    OperationCosts costs = new OperationCosts(1, 1);
    for (int i = 0; i < 50; i++) {
      costs.add(new Operation("shop", "slow " + i), true, 1_000_000 + i);
      costs.add(new Operation("shop", "slow " + i), false, 1_000);
    }
    Operation repeated = new Operation("inventory", "SELECT stock");
    for (int i = 0; i < 23; i++) {
      costs.add(repeated, true, 10);
    }
    costs.add(repeated, false, 10);

    assertThat(costs.largest())
        .hasSize(15)
        .extracting(OperationCost::operation)
        .doesNotHaveDuplicates()
        .startsWith(new Operation("shop", "slow 49"), repeated, new Operation("shop", "slow 48"));
  }

  @Test
  void takesTheSlowestTenthAndTheRest() {
    for (int count : List.of(2, 9, 10, 11, 333, 2_000)) {
      List<TraceSummary> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(new TraceSummary("t" + i, i, random.nextInt(1_000), "", "", 1, 0, List.of(), true));
      }

      Sides sides = Sides.bySlowness(all);

      assertThat(sides.selected()).hasSize((count + 9) / 10);
      assertThat(sides.others()).hasSize(Math.min(200, count - sides.selected().size()));
      assertThat(sides.others()).doesNotContainAnyElementsOf(sides.selected());
      long fastest =
          sides.selected().stream().mapToLong(TraceSummary::durationNanos).min().orElseThrow();
      assertThat(sides.others()).allMatch(trace -> trace.durationNanos() <= fastest);
    }
    assertThat(Sides.bySlowness(List.of()).canBeCompared()).isFalse();
  }
}
