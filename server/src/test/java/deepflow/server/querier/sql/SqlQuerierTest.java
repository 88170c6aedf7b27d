package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.sql.SpanRows.Row;
import deepflow.server.storage.Engine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The answers of the real engine on random spans, compared with those of plain Java.
class SqlQuerierTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final JsonMapper JSON = new JsonMapper();
  private static final int SPANS = 2_000;
  private static final int QUERIES = Boolean.getBoolean("deepflow.long") ? 5_000 : 150;
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Random random = new Random(SEED);
  private static final SpanRows spans = new SpanRows(random);

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), SEED);
    while (spans.rows.size() < SPANS) {
      store.add(spans.next(40));
    }
  }

  private static SqlAnswer ask(String sql) {
    return new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
        .answer(new SqlQuestion("flow_log", "", sql, Language.ENGLISH, false, ""));
  }

  private static JsonNode result(String sql) {
    SqlAnswer answer = ask(sql);
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome())
        .as("tests.seed=%s%n%s%n%s", SEED, sql, json)
        .isEqualTo(SqlAnswer.Outcome.SUCCESS);
    return JSON.readTree(json).path("result");
  }

  private static List<List<String>> values(String sql) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode row : result(sql).path("values")) {
      List<String> values = new ArrayList<>();
      row.forEach(value -> values.add(value.isNull() ? "NULL" : value.asString()));
      rows.add(values);
    }
    return rows;
  }

  @Test
  void findsTheRowsThatPlainJavaFinds() {
    RandomConditions conditions = new RandomConditions(random, spans.rows);
    for (int i = 0; i < QUERIES; i++) {
      RandomConditions.Condition condition = conditions.next(3);
      String sql =
          "SELECT span_id, app_service, endpoint, `attribute.region`, response_code,"
              + " observation_point, response_duration, toUnixTimestamp(time)"
              + " FROM l7_flow_log WHERE "
              + condition.sql();
      List<List<String>> wanted =
          spans.rows.stream().filter(condition.holds()).map(SqlQuerierTest::shown).toList();

      assertThat(values(sql))
          .as("tests.seed=%s%n%s", SEED, sql)
          .containsExactlyInAnyOrderElementsOf(wanted);
    }
  }

  private static List<String> shown(Row row) {
    return List.of(
        row.spanId(),
        row.service(),
        row.endpoint(),
        row.attributes().getOrDefault("region", "NULL"),
        row.responseCode() == null ? "NULL" : row.responseCode().toString(),
        row.observationPoint(),
        Long.toString(row.responseDuration()),
        Long.toString(row.time()));
  }

  @Test
  void countsAsPlainJavaCounts() {
    RandomConditions conditions = new RandomConditions(random, spans.rows);
    for (int i = 0; i < QUERIES / 3; i++) {
      RandomConditions.Condition condition = conditions.next(2);
      String sql =
          "SELECT app_service, Enum(observation_point) AS side, Count(row) AS n, Sum(error),"
              + " Max(response_duration), UniqExact(endpoint), Avg(error_ratio)"
              + " FROM l7_flow_log WHERE %s GROUP BY app_service, side".formatted(condition.sql())
              + " HAVING n > 1 ORDER BY n DESC, app_service, side";
      Map<List<String>, List<Row>> groups =
          spans.rows.stream()
              .filter(condition.holds())
              .collect(
                  Collectors.groupingBy(
                      row -> List.of(row.service(), side(row)), Collectors.toList()));
      List<List<String>> found = values(sql);

      assertThat(found.stream().map(row -> row.subList(0, 6)).toList())
          .as("tests.seed=%s%n%s", SEED, sql)
          .containsExactlyInAnyOrderElementsOf(
              groups.entrySet().stream()
                  .filter(group -> group.getValue().size() > 1)
                  .map(group -> figures(group.getKey(), group.getValue()))
                  .toList());
      assertThat(found.stream().map(row -> -Long.parseLong(row.get(2))).toList()).isSorted();
      for (List<String> row : found) {
        List<Row> group = groups.getOrDefault(row.subList(0, 2), List.of());
        double errors = group.stream().filter(Row::isError).count();
        assertThat(Double.parseDouble(row.get(6)))
            .as("tests.seed=%s%n%s", SEED, sql)
            .isEqualTo(errors / group.size() * 100, Offset.offset(1e-9));
      }
    }
  }

  private static String side(Row row) {
    return switch (row.observationPoint()) {
      case "c-app" -> "Client Application";
      case "s-app" -> "Server Application";
      default -> "Application";
    };
  }

  private static List<String> figures(List<String> key, List<Row> rows) {
    return List.of(
        key.get(0),
        key.get(1),
        Integer.toString(rows.size()),
        Long.toString(rows.stream().filter(Row::isError).count()),
        Long.toString(rows.stream().mapToLong(Row::responseDuration).max().orElse(0)),
        Long.toString(rows.stream().map(Row::endpoint).distinct().count()));
  }

  /// Each tag and metric of the catalogue is one that the store's tables can answer.
  @Test
  void answersEveryNameOfTheCatalogue() {
    Catalogue catalogue = Catalogue.l7FlowLog();
    for (Tag tag : catalogue.tags()) {
      String name = tag.name().replace(".*", ".x");
      if (tag.sides().isEmpty()) {
        result("SELECT `%s` FROM l7_flow_log LIMIT 1".formatted(name));
        result(
            "SELECT `%s`, Count(row), Uniq(`%s`) FROM l7_flow_log GROUP BY `%s` ORDER BY `%s` LIMIT 2"
                .formatted(name, name, name, name));
      }
      if (tag.enumeration() != null && tag.sides().isEmpty()) {
        result(
            "SELECT Enum(`%s`) FROM l7_flow_log WHERE Enum(`%s`) LIKE '*' LIMIT 1"
                .formatted(name, name));
      }
      result(
          "SELECT endpoint FROM l7_flow_log WHERE `%s` = '%s' OR `%s` != '%s' LIMIT 1"
              .formatted(name, valueFor(tag), name, valueFor(tag)));
    }
    for (Metric metric : catalogue.metrics()) {
      if (metric.type() != Metric.Type.OTHER) {
        String name = metric.name().replace(".*", ".x");
        for (String function : List.of("Avg", "AAvg", "Max", "Min", "Stddev", "Spread")) {
          result(
              "SELECT %s(`%s`) FROM l7_flow_log WHERE `%s` >= 0".formatted(function, name, name));
        }
        result(
            "SELECT Percentile(`%s`, 95), PercentileExact(`%s`, 0.5) FROM l7_flow_log"
                .formatted(name, name));
        result("SELECT `%s` FROM l7_flow_log LIMIT 1".formatted(name));
      }
    }
  }

  private static String valueFor(Tag tag) {
    return switch (tag.type()) {
      case STRING, STRING_ENUM, RESOURCE, MAC, ATTRIBUTE, EVENTS, MAP -> "x";
      case IP -> "10.0.0.1";
      case INT, INT_ENUM, BOOL, RESOURCE_ID, TIME, SECOND, MICROSECONDS, ID -> "1";
      case TRACE_ID -> "4bf92f3577b34da6a3ce929d0e0e4736";
      case SPAN_ID -> "00f067aa0ba902b7";
    };
  }

  @Test
  void findsARowAgainByItsNumber() {
    List<List<String>> rows =
        values("SELECT _id, span_id FROM l7_flow_log ORDER BY span_id LIMIT 5");
    for (List<String> row : rows) {
      assertThat(values("SELECT span_id FROM l7_flow_log WHERE _id = " + row.get(0)))
          .containsExactly(List.of(row.get(1)));
    }
  }

  @Test
  void givesValuesTheJsonTypesThatDeepFlowGives() {
    JsonNode result =
        result(
            "SELECT time, start_time, toString(start_time) AS s, span_kind, app_service,"
                + " response_code, events, _id, ip_0, `attribute.nobody` FROM l7_flow_log LIMIT 1");
    JsonNode row = result.path("values").path(0);

    assertThat(row.path(0).asString()).matches("2023-11-14T22:\\d\\d:\\d\\dZ");
    assertThat(row.path(1).asString()).matches("2023-11-14T22:\\d\\d:\\d\\d(\\.\\d{1,6})?Z");
    assertThat(row.path(2).asString()).matches("2023-11-14 22:\\d\\d:\\d\\d\\.\\d{6}");
    assertThat(row.path(3).isIntegralNumber()).isTrue();
    assertThat(row.path(4).isString()).isTrue();
    assertThat(row.path(5).isNull() || row.path(5).isIntegralNumber()).isTrue();
    assertThat(row.path(6).asString()).isEqualTo("null");
    assertThat(row.path(7).isIntegralNumber()).isTrue();
    assertThat(row.path(9).isNull()).isTrue();
    assertThat(result.path("schemas").path(3).path("value_type").asString()).isEqualTo("Int32");
    assertThat(result.path("schemas").path(2).path("pre_as").asString())
        .isEqualTo("toString(start_time)");
  }

  @Test
  void sortsByTheColumnOfWhichTheNumberIsGiven() {
    String grouped = "SELECT app_service, Count(row) AS n FROM l7_flow_log GROUP BY app_service";

    assertThat(values(grouped + " ORDER BY 2 DESC, 1"))
        .isEqualTo(values(grouped + " ORDER BY n DESC, app_service"))
        .isNotEqualTo(values(grouped + " ORDER BY n, app_service"));
  }

  @Test
  void groupsByTheColumnOfWhichTheNumberIsGiven() {
    String counted = "SELECT app_service, time(time, 60) AS t, Count(row) AS n FROM l7_flow_log";

    assertThat(values(counted + " GROUP BY 1, 2 ORDER BY 2, 1"))
        .isEqualTo(values(counted + " GROUP BY app_service, t ORDER BY t, app_service"))
        .hasSizeGreaterThan(1);
  }

  @Test
  void answersWhatIsCalculatedFromWhatRowsAreGroupedBy() {
    result(
        "SELECT Enum(response_status), toString(span_kind), span_kind + 1, -(span_kind * 2),"
            + " Count(row) / 2 FROM l7_flow_log GROUP BY response_status, span_kind, span_kind * 2"
            + " HAVING span_kind + 1 > 0 ORDER BY Enum(response_status), span_kind + 1");
  }

  /// As many as a list may have, or as a statement has room for.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pod",
        "pod_0",
        "app_service",
        "endpoint",
        "attribute.a.b",
        "attribute.rpc.method",
        "ip",
        "trace_id",
        "span_id",
        "response_code",
        "response_duration",
        "error_ratio",
        "tap_port"
      })
  void takesAListOfAsManyValuesAsItSays(String tag) {
    String list =
        IntStream.range(0, tag.endsWith("_id") ? 7_000 : 10_000)
            .mapToObj(i -> valueNumber(i, tag))
            .collect(Collectors.joining("','", "('", "')"));

    assertThat(values("SELECT Count(row) FROM l7_flow_log WHERE `%s` IN %s".formatted(tag, list)))
        .hasSize(1);
    assertThat(
            values("SELECT Count(row) FROM l7_flow_log WHERE `%s` NOT IN %s".formatted(tag, list)))
        .hasSize(1);
  }

  private static String valueNumber(int i, String tag) {
    return switch (tag) {
      case "trace_id" -> "%032x".formatted(i);
      case "span_id" -> "%016x".formatted(i);
      case "ip" -> "10.0.%s.%s".formatted(i >> 8, i & 255);
      case "error_ratio" -> i + ".5";
      case "response_code", "response_duration" -> Integer.toString(i);
      default -> "cart-%s".formatted(i);
    };
  }

  @Test
  void aListMeansEachOfItsValues() {
    String count = "SELECT Count(row) FROM l7_flow_log WHERE ";

    assertThat(values(count + "response_code IN (404, 404.5, -1, 18446744073709551615, 99999)"))
        .isEqualTo(values(count + "response_code = 404"));
    assertThat(values(count + "error_ratio IN (100, 0.5)"))
        .isEqualTo(values(count + "error_ratio = 100"))
        .isNotEqualTo(values(count + "error_ratio = 0.5"));
    assertThat(values(count + "parent_span_id IN ('', 'zz')"))
        .isEqualTo(values(count + "parent_span_id = ''"))
        .isNotEqualTo(values(count + "parent_span_id IN ('zz')"));
    assertThat(values(count + "ip_0 IN ('::/0')")).isEqualTo(values(count + "exist(ip_0)"));
    assertThat(values(count + "trace_id IN ('zz')")).isEqualTo(List.of(List.of("0")));
  }

  @Test
  void saysThatAStatementIsTooLargeForTheEngine() {
    String condition =
        IntStream.range(0, 2_000)
            .mapToObj("pod = 'cart-%s'"::formatted)
            .collect(Collectors.joining(" OR "));

    SqlAnswer answer = ask("SELECT Count(row) FROM l7_flow_log WHERE " + condition);

    assertThat(answer.outcome()).isEqualTo(SqlAnswer.Outcome.REFUSED);
    assertThat(new String(answer.json(), StandardCharsets.UTF_8))
        .contains("INVALID_POST_DATA", "the statement is too large");
  }

  @Test
  void whatLacksATagPassesANegatedTestOfItsText() {
    String count = "SELECT Count(row) FROM l7_flow_log WHERE ";

    assertThat(values(count + "toString(response_code) != '404'"))
        .isEqualTo(values(count + "response_code != 404"));
    assertThat(values(count + "NOT (toString(`attribute.a.b`) = 'eu')"))
        .isEqualTo(values(count + "`attribute.a.b` != 'eu'"));
  }

  @Test
  void refusesABadRegularExpressionAsTheSendersFault() {
    SqlAnswer answer = ask("SELECT endpoint FROM l7_flow_log WHERE endpoint REGEXP '(['");

    assertThat(answer.outcome()).isEqualTo(SqlAnswer.Outcome.REFUSED);
    assertThat(new String(answer.json(), StandardCharsets.UTF_8)).contains("INVALID_POST_DATA");
  }

  @Test
  void refusesAnAnswerThatIsTooLarge() {
    SqlAnswer answer =
        new SqlQuerier(
                engine.clickHouse(),
                engine.repeated(),
                new QueryLimits(Duration.ofSeconds(5), 1 << 28, 10_000, 1, 1))
            .answer(
                new SqlQuestion(
                    "", "", "SELECT span_id FROM l7_flow_log", Language.ENGLISH, false, ""));

    assertThat(answer.outcome()).isEqualTo(SqlAnswer.Outcome.REFUSED);
    assertThat(new String(answer.json(), StandardCharsets.UTF_8))
        .contains("larger than 10000 bytes", "\"result\":null");
  }

  @Test
  void saysBusyWhenAQuestionNeedsTooMuchMemory() {
    SqlAnswer answer =
        new SqlQuerier(
                engine.clickHouse(),
                engine.repeated(),
                new QueryLimits(Duration.ofSeconds(5), 100_000, 1 << 20, 1, 1))
            .answer(
                new SqlQuestion(
                    "flow_log",
                    "",
                    "SELECT span_id, UniqExact(trace_id) FROM l7_flow_log GROUP BY span_id",
                    Language.ENGLISH,
                    false,
                    ""));

    assertThat(answer.outcome()).isEqualTo(SqlAnswer.Outcome.BUSY);
  }

  @Test
  void writesTheFractionOfASecondAsGoDoes() {
    assertThat(JsonValues.rfc3339(Instant.parse("2026-11-23T17:07:00Z")))
        .isEqualTo("2026-11-23T17:07:00Z");
    assertThat(JsonValues.rfc3339(Instant.parse("2026-11-23T17:07:00.120Z")))
        .isEqualTo("2026-11-23T17:07:00.12Z");
  }
}
