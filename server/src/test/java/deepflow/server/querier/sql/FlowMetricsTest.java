package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.sql.SpanRows.Row;
import deepflow.server.storage.Engine;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The real engine's answers about metrics of random spans, compared with those of plain Java.
class FlowMetricsTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final JsonMapper JSON = new JsonMapper();
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final SpanRows spans = new SpanRows(new Random(SEED));

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), SEED);
    while (spans.rows.size() < 1_000) {
      store.add(spans.next(40));
    }
  }

  private static String answer(String sql, String precision) {
    SqlAnswer answer =
        new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .answer(new SqlQuestion("flow_metrics", precision, sql, Language.ENGLISH, false, ""));
    return new String(answer.json(), StandardCharsets.UTF_8);
  }

  /// Figures by the text of the first column.
  private static Map<String, List<Double>> figures(String sql, String precision) {
    String json = answer(sql, precision);
    assertThat(json).as(sql).contains("SUCCESS");
    return JSON.readTree(json)
        .path("result")
        .path("values")
        .valueStream()
        .collect(
            Collectors.toMap(
                row -> row.path(0).asString(),
                row ->
                    row.valueStream()
                        .skip(1)
                        .map(value -> value.isNull() ? Double.NaN : value.asDouble())
                        .toList()));
  }

  private static Map<String, List<Row>> rows(Predicate<Row> which, Function<Row, String> key) {
    return spans.rows.stream().filter(which).collect(Collectors.groupingBy(key));
  }

  private static boolean isOfASide(Row row) {
    return row.kind() >= 2 && row.kind() <= 5;
  }

  @ParameterizedTest
  @CsvSource({
    "application,        1m",
    "application.1m,     ''",
    "application,        1s",
    "application.1s,     1m",
    "application_map.1m, ''",
    "application_map,    1s",
    "flow_metrics.application_map.1s, ''"
  })
  void countsAsPlainJavaCountsInEachTable(String table, String precision) {
    Map<String, List<Row>> wanted =
        rows(row -> table.contains("map") || isOfASide(row), Row::service);

    Map<String, List<Double>> found =
        figures(
            "SELECT app_service, Sum(request), Sum(error), Avg(rrt), Max(rrt), Percentile(rrt, 95),"
                + " Avg(error_ratio) FROM `%s` GROUP BY app_service".formatted(table),
            precision);

    assertThat(found.keySet()).as("tests.seed=%s", SEED).isEqualTo(wanted.keySet());
    wanted.forEach((service, rows) -> isRed(found.getOrDefault(service, List.of()), rows));
  }

  @ParameterizedTest
  @CsvSource({
    "vtap_app_port,                       application,    1m",
    "vtap_app_port.1s,                    application.1s, ''",
    "vtap_app_edge_port,                  application_map, 1s",
    "flow_metrics.vtap_app_edge_port.1m,  application_map.1m, ''"
  })
  void theOldNameOfATableStillNamesIt(String old, String table, String precision) {
    String sql = "SELECT app_service, Sum(request) AS r FROM `%s` GROUP BY app_service";

    assertThat(figures(sql.formatted(old), precision))
        .isNotEmpty()
        .isEqualTo(figures(sql.formatted(table), precision));
  }

  @ParameterizedTest
  @CsvSource({"1m", "1s"})
  void nothingIsSaidOfTheDirectionOfASpan(String precision) {
    String sql =
        "SELECT app_service, Max(direction_score), Avg(direction_score) FROM %s GROUP BY app_service";

    assertThat(figures(sql.formatted("application_map"), precision).values())
        .isNotEmpty()
        .containsOnly(List.of(0.0, 0.0));
    assertThat(answer(sql.formatted("application"), precision)).contains("INVALID_POST_DATA");
  }

  @ParameterizedTest
  @CsvSource({
    "l7_flow_log,     vpc_0, subnet_id_1, lb",
    "application_map, vpc_0, subnet_id_1, lb",
    "application,     vpc,   subnet_id,   lb"
  })
  void whatOnlyCloudsKnowIsNone(String table, String vpc, String subnet, String filtered) {
    String json =
        answer(
            "SELECT %1$s, %2$s, Count(row) AS n FROM %4$s WHERE %3$s = '' GROUP BY %1$s, %2$s"
                .formatted(vpc, subnet, filtered, table),
            "");

    assertThat(json).contains("\"values\":[[\"\",0,");
  }

  @Test
  void saysWhichPrecisionsThereAreWhenAnotherIsAskedFor() {
    String sql = "SELECT Sum(request) FROM %s";

    assertThat(answer(sql.formatted("application"), "1h"))
        .contains("INVALID_POST_DATA", "'1h'", "1m or 1s at character 26");
    assertThat(answer(sql.formatted("flow_metrics.application_map"), "5s"))
        .contains("INVALID_POST_DATA");
    assertThat(answer(sql.formatted("`application.1s`"), "1h")).contains("SUCCESS");
    assertThat(answer(sql.formatted("l7_flow_log"), "1h")).contains("SUCCESS");
  }

  private static void isRed(List<Double> found, List<Row> rows) {
    List<Long> delays =
        rows.stream().map(Row::responseDuration).filter(d -> d > 0).sorted().toList();
    double errors = rows.stream().filter(Row::isError).count();
    assertThat(found.get(0)).as("tests.seed=%s", SEED).isEqualTo(rows.size());
    assertThat(found.get(1)).as("tests.seed=%s", SEED).isEqualTo(errors);
    double mean = delays.stream().mapToLong(Long::longValue).average().orElse(Double.NaN);
    assertThat(found.get(2)).as("tests.seed=%s", SEED).isCloseTo(mean, within(1e-6));
    assertThat(found.get(3)).as("tests.seed=%s", SEED).isEqualTo(delays.getLast().doubleValue());
    long p95 = delays.get((int) Math.ceil(0.95 * delays.size()) - 1);
    assertThat(found.get(4))
        .as("tests.seed=%s p95 of %s", SEED, delays)
        .isCloseTo((double) p95, within(0.0101));
    assertThat(found.get(5))
        .as("tests.seed=%s", SEED)
        .isCloseTo(errors * 100 / rows.size(), within(1e-6));
  }

  private static org.assertj.core.data.Percentage within(double share) {
    return org.assertj.core.data.Percentage.withPercentage(share * 100);
  }

  @Test
  void cutsTimeIntoIntervalsAndGivesRates() {
    Map<String, List<Row>> wanted =
        rows(FlowMetricsTest::isOfASide, row -> Long.toString(row.time() / 120 * 120));

    Map<String, List<Double>> found =
        figures(
            "SELECT time(time, 120) AS t, PerSecond(Sum(request)), PerSecond(Avg(request)),"
                + " Avg(request), Max(request) FROM application GROUP BY t",
            "1m");

    assertThat(found.keySet()).as("tests.seed=%s", SEED).isEqualTo(wanted.keySet());
    wanted.forEach((begin, rows) -> {
      Collection<Long> byMinute =
          rows.stream()
              .collect(Collectors.groupingBy(row -> row.time() / 60, Collectors.counting()))
              .values();
      assertThat(found.get(begin))
          .as("tests.seed=%s", SEED)
          .containsExactly(
              rows.size() / 120.0,
              rows.size() / 2.0 / 60,
              rows.size() / 2.0,
              byMinute.stream().mapToDouble(Long::doubleValue).max().orElse(0));
    });
  }

  @Test
  void aSecondWithoutErrorsIsASecondWithNone() {
    Map<String, List<Row>> wanted = rows(FlowMetricsTest::isOfASide, Row::service);

    Map<String, List<Double>> found =
        figures(
            "SELECT app_service, AAvg(error), Min(error), Max(error), Spread(error)"
                + " FROM application GROUP BY app_service",
            "1s");

    wanted.forEach((service, rows) -> {
      DoubleSummaryStatistics errors =
          rows.stream()
              .collect(
                  Collectors.groupingBy(
                      Row::time, Collectors.summingDouble(row -> row.isError() ? 1 : 0)))
              .values()
              .stream()
              .mapToDouble(Double::doubleValue)
              .summaryStatistics();
      assertThat(found.get(service))
          .as("%s, tests.seed=%s", service, SEED)
          .usingElementComparator((one, other) -> Math.abs(one - other) < 1e-9 ? 0 : 1)
          .containsExactly(
              errors.getAverage(),
              errors.getMin(),
              errors.getMax(),
              errors.getMax() - errors.getMin());
    });
    assertThat(found.values()).as("tests.seed=%s", SEED).anyMatch(figures -> figures.get(1) == 0);
  }

  @Test
  void ratesOfMinutesAreThoseOfWholeMinutesWhereNothingBoundsThem() {
    Map<String, List<Row>> wanted = rows(FlowMetricsTest::isOfASide, Row::service);

    Map<String, List<Double>> found =
        figures("SELECT app_service, Avg(request) FROM application GROUP BY app_service", "1m");

    wanted.forEach((service, rows) -> {
      LongSummaryStatistics minutes =
          rows.stream().mapToLong(row -> row.time() / 60).summaryStatistics();
      assertThat(found.getOrDefault(service, List.of(Double.NaN)).getFirst())
          .as("%s, tests.seed=%s", service, SEED)
          .isCloseTo(rows.size() / (minutes.getMax() - minutes.getMin() + 1.0), within(1e-6));
    });
  }

  @Test
  void boundsHoldInParenthesesToo() {
    long from = spans.rows.getFirst().time() / 60 * 60;
    String sql =
        "SELECT app_service, PerSecond(Sum(request)) FROM application"
            + " WHERE %s AND Enum(role) != 'x' GROUP BY app_service";
    String bounds = "time >= %s AND time <= %s".formatted(from, from + 599);

    assertThat(figures(sql.formatted("(" + bounds + ")"), "1m"))
        .as("tests.seed=%s", SEED)
        .isNotEmpty()
        .isEqualTo(figures(sql.formatted(bounds), "1m"));
  }

  @Test
  void cutsTimeOfTheLogLikeThatOfMetrics() {
    Map<String, List<Row>> wanted = rows(_ -> true, row -> Long.toString(row.time() / 60 * 60));

    Map<String, List<Double>> log =
        figures(
            "SELECT time(time, 60), Sum(request), PerSecond(Sum(request)) FROM l7_flow_log"
                + " GROUP BY time(time, 60)",
            "");

    assertThat(log.keySet()).as("tests.seed=%s", SEED).isEqualTo(wanted.keySet());
    assertThat(log)
        .as("tests.seed=%s", SEED)
        .isEqualTo(
            figures(
                "SELECT time(time, 60), Sum(request), PerSecond(Sum(request)) FROM application_map"
                    + " GROUP BY time(time, 60)",
                "1s"));
  }

  @Test
  void boundsTimeAndFiltersByTagsOfASide() {
    long from = spans.rows.getFirst().time();
    Map<String, List<Row>> wanted =
        rows(
            row -> row.time() >= from && row.time() <= from + 100 && row.kind() == 3,
            Row::endpoint);

    Map<String, List<Double>> found =
        figures(
            "SELECT endpoint, Sum(response) FROM application WHERE time >= %s AND time <= %s AND role = 0 GROUP BY endpoint"
                .formatted(from, from + 100)
                .replace("role = 0", "Enum(role) = 'Client'"),
            "1s");

    // Clients are of kinds 3 and 4.
    Map<String, List<Row>> clients =
        rows(
            row ->
                row.time() >= from
                    && row.time() <= from + 100
                    && (row.kind() == 3 || row.kind() == 4),
            Row::endpoint);
    assertThat(found.keySet()).as("tests.seed=%s", SEED).isEqualTo(clients.keySet());
    assertThat(found.keySet()).containsAll(wanted.keySet());
    clients.forEach((endpoint, rows) ->
        assertThat(found.get(endpoint))
            .as("tests.seed=%s", SEED)
            .containsExactly((double) rows.size()));
  }

  @Test
  void judgesByApdex() {
    List<Long> delays =
        spans.rows.stream()
            .filter(FlowMetricsTest::isOfASide)
            .map(Row::responseDuration)
            .filter(delay -> delay > 0)
            .toList();
    // Nobody takes between 2 ms and 1.01 times as long often: the sketch errs by 1 %.
    double satisfied = delays.stream().filter(delay -> delay <= 2_000_000).count();
    double tolerated = delays.stream().filter(delay -> delay <= 8_000_000).count();

    double found =
        figures(
                "SELECT 'x' AS x, Apdex(rrt, 2000000) FROM application"
                    .replace("'x' AS x, ", "Sum(request), "),
                "1m")
            .values()
            .iterator()
            .next()
            .getFirst();

    assertThat(found)
        .as("tests.seed=%s", SEED)
        .isCloseTo((satisfied + tolerated) * 50 / delays.size(), within(0.03));
  }

  @Test
  void refusesWhatAnIntervalCannotBe() {
    for (String call : List.of("time(time, 0)", "time(app_service, 60)", "time(time, 60, 2)")) {
      JsonNode answer = JSON.readTree(answer("SELECT %s FROM application".formatted(call), ""));
      assertThat(answer.path("OPT_STATUS").asString()).as(call).isEqualTo("INVALID_POST_DATA");
    }
  }
}
