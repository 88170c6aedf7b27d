package deepflow.server.querier.differences;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.differences.Difference.AttributeShare;
import deepflow.server.querier.differences.Difference.OperationCost;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.traces.TraceParameters;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Finds the faults that are built into a noisy shop, through the real engine.
class DifferencesTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int ROUNDS = Boolean.getBoolean("deepflow.long") ? 100 : 2;
  private static final int TRACES = 600;
  private static final long BEGIN = 1_700_000_000L * 1_000_000_000L;
  private static final long DAY = 86_400L * 1_000_000_000L;

  private static final Random random = new Random(SEED);
  private static int days;
  private static @Nullable SpanStore store;
  private static @Nullable Differences differences;

  @BeforeAll
  static void open() throws Exception {
    store = new SpanStore(engine.clickHouse(), random);
    differences =
        new Differences(
            new TraceSearch(engine.clickHouse(), QueryLimits.DEFAULT, InstantSource.system()),
            engine.clickHouse(),
            QueryLimits.DEFAULT);
  }

  /// Each shop has a day of its own.
  private static TracesData traffic(Shop.Fault fault) throws Exception {
    TracesData traces = new Shop(random, fault).traces(TRACES, BEGIN + ++days * DAY);
    Objects.requireNonNull(store).put(traces);
    return traces;
  }

  private static Difference find(String... parameters) throws Exception {
    Map<String, List<String>> all = new HashMap<>();
    all.put("start", List.of(Long.toString(BEGIN + days * DAY)));
    all.put("end", List.of(Long.toString(BEGIN + days * DAY + DAY / 2)));
    for (String parameter : parameters) {
      int sign = parameter.indexOf('=');
      all.put(parameter.substring(0, sign), List.of(parameter.substring(sign + 1)));
    }
    return Objects.requireNonNull(differences)
        .find(
            TraceParameters.parse(name -> all.getOrDefault(name, List.of())),
            TraceParameters.parse(name ->
                List.of("start", "end", "service", "name").contains(name)
                    ? all.getOrDefault(name, List.of())
                    : List.of()));
  }

  private static List<String> firstAttributes(Difference difference, int count) {
    return difference.attributes().stream()
        .limit(count)
        .map(AttributeShare::attribute)
        .map(attribute ->
            "%s %s=%s".formatted(attribute.service(), attribute.key(), attribute.value()))
        .toList();
  }

  @Test
  void findsThatVouchersMakeOrdersFail() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      traffic(Shop.Fault.VOUCHERS_FAIL);

      Difference found = find("service=orders", "status=error");

      assertThat(firstAttributes(found, 3))
          .as("tests.seed=%s %s", SEED, found)
          .contains("orders payment.method=voucher");
      assertThat(firstAttributes(find("status=error", "name=POST /checkout"), 3))
          .as("tests.seed=%s", SEED)
          .contains("orders payment.method=voucher");
    }
  }

  @Test
  void findsThatOneWarehouseIsSlow() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      traffic(Shop.Fault.WEST_IS_SLOW);

      Difference found = find("sort=slowest", "service=orders");

      assertThat(firstAttributes(found, 3))
          .as("tests.seed=%s %s", SEED, found)
          .contains("inventory warehouse=west");
      assertThat(found.operations().getFirst().operation())
          .isEqualTo(new Operation("inventory", "UPDATE stock"));
      assertThat(firstAttributes(find("minDuration=250ms"), 3))
          .as("tests.seed=%s", SEED)
          .contains("inventory warehouse=west");
    }
  }

  @Test
  void findsThatAPodIsSick() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      traffic(Shop.Fault.POD_IS_SICK);

      assertThat(firstAttributes(find("service=orders", "status=error"), 3))
          .as("tests.seed=%s", SEED)
          .contains("orders k8s.pod.name=orders-2");
    }
  }

  @Test
  void findsThatPricesAreAskedForOneByOne() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      traffic(Shop.Fault.PRICES_ONE_BY_ONE);

      Difference found = find("sort=slowest", "name=GET /offers");

      OperationCost prices =
          found.operations().stream()
              .limit(2)
              .filter(cost -> cost.operation().equals(new Operation("pricing", "SELECT price")))
              .findFirst()
              .orElseThrow(() -> new AssertionError("tests.seed=" + SEED + " " + found));
      assertThat(prices.selectedCalls()).as("tests.seed=%s", SEED).isEqualTo(30);
      assertThat(prices.othersCalls()).isBetween(1.0, 15.0);
      assertThat(prices.selectedSelfNanos()).isGreaterThan(prices.othersSelfNanos());
    }
  }

  @Test
  void findsNextToNothingWhereNothingIs() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      traffic(Shop.Fault.NONE);

      Difference found = find("attribute=coin=heads");

      assertThat(firstAttributes(found, 1)).containsExactly("frontend coin=heads");
      assertThat(found.attributes()).as("tests.seed=%s", SEED).hasSizeLessThanOrEqualTo(4);
    }
  }

  @Test
  void splitsAllTracesWhenThereAreFew() throws Exception {
    TracesData traces = traffic(Shop.Fault.NONE);
    long heads =
        traces.getResourceSpansList().stream()
            .flatMap(resource -> resource.getScopeSpans(0).getSpansList().stream())
            .filter(span -> span.toString().contains("\"heads\""))
            .count();

    Difference found = find("attribute=coin=heads");

    assertThat(found.selected()).isEqualTo((int) Math.min(heads, Sides.TRACES_MAX));
    assertThat(found.others()).isEqualTo((int) Math.min(TRACES - heads, Sides.TRACES_MAX));
    assertThat(found.truncated()).isFalse();
    AttributeShare coin = found.attributes().getFirst();
    assertThat(coin.selected()).isEqualTo(found.selected());
    assertThat(coin.others()).isZero();
  }

  @Test
  void givesTheSameAnswerEachTimeAndCountsASpanThatCameTwiceOnce() throws Exception {
    TracesData traces = traffic(Shop.Fault.VOUCHERS_FAIL);
    Difference once = find("status=error");

    Objects.requireNonNull(store).put(traces);

    assertThat(find("status=error")).as("tests.seed=%s", SEED).isEqualTo(once);
  }

  @Test
  void hasNothingToSayWhenOneSideIsEmpty() throws Exception {
    traffic(Shop.Fault.NONE);

    assertThat(find("service=nobody")).isEqualTo(new Difference(0, 0, List.of(), List.of(), false));
    assertThat(find("service=frontend"))
        .isEqualTo(new Difference(Sides.TRACES_MAX, 0, List.of(), List.of(), false));
    assertThat(find("attribute=coin=edge").others()).isEqualTo(Sides.TRACES_MAX);
  }
}
