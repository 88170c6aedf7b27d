package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.sql.SpanRows.Row;
import deepflow.server.storage.Engine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What SHOW lists is what SELECT answers: asked of the real engine, compared with plain Java.
class ShowTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final JsonMapper JSON = new JsonMapper();
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final SpanRows spans = new SpanRows(new Random(SEED));

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), SEED);
    while (spans.rows.size() < 500) {
      store.add(spans.next(20));
    }
  }

  private static SqlAnswer ask(String sql, Language language) {
    return new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
        .answer(new SqlQuestion("", "", sql, language, false, ""));
  }

  private static String refused(String sql) {
    SqlAnswer answer = ask(sql, Language.ENGLISH);
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome()).as(json).isEqualTo(SqlAnswer.Outcome.REFUSED);
    return JSON.readTree(json).path("DESCRIPTION").asString();
  }

  private static JsonNode result(String sql, Language language) {
    SqlAnswer answer = ask(sql, language);
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome())
        .as("tests.seed=%s%n%s%n%s", SEED, sql, json)
        .isEqualTo(SqlAnswer.Outcome.SUCCESS);
    return JSON.readTree(json).path("result");
  }

  private static List<JsonNode> rows(String sql) {
    List<JsonNode> rows = new ArrayList<>();
    result(sql, Language.ENGLISH).path("values").forEach(rows::add);
    return rows;
  }

  private static List<String> column(String sql, String name, Language language) {
    JsonNode result = result(sql, language);
    int index = columns(result).indexOf(name);
    assertThat(index).as("%s of %s", name, sql).isNotNegative();
    List<String> values = new ArrayList<>();
    result.path("values").forEach(row -> values.add(row.path(index).asString()));
    return values;
  }

  private static List<String> column(String sql, String name) {
    return column(sql, name, Language.ENGLISH);
  }

  private static List<String> columns(JsonNode result) {
    List<String> columns = new ArrayList<>();
    result.path("columns").forEach(column -> columns.add(column.asString()));
    return columns;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          show databases                          | name
          show tables                             | name,datasources
          show language                           | language
          show tags                               | name,client_name,server_name,display_name,display_name_zh,display_name_en,type,category,operators,permissions,description,description_zh,description_en,related_tag,deprecated,not_supported_operators,table
          show metrics                            | name,is_agg,display_name,display_name_zh,display_name_en,unit,unit_zh,unit_en,type,category,operators,permissions,table,description,description_zh,description_en
          show metrics functions                  | name,type,support_metric_types,unit_overwrite,additional_param_count,is_support_other_operators,value_type
          show tag type values from l7_flow_log   | value,display_name,description
          show tag pod values                     | value,display_name
          show tag auto_instance values           | value,display_name,device_type,uid,icon_id
          show tag auto_service_1 values          | value,display_name,device_type,uid,icon_id
          show tag `attribute.region` values      | value,display_name
          """)
  void answersWithDeepFlowsColumns(String sql, String names) {
    JsonNode result = result(sql, Language.ENGLISH);

    assertThat(columns(result)).containsExactly(names.split(",", -1));
    assertThat(result.path("schemas").size()).isEqualTo(result.path("columns").size());
    result
        .path("schemas")
        .forEach(
            schema -> assertThat(schema.path("value_type").asString()).doesNotContain("Nothing"));
  }

  @Test
  void listsWhatAnswersAndNothingElse() {
    assertThat(rows("show databases").toString()).isEqualTo("[[\"flow_log\"], [\"flow_metrics\"]]");
    assertThat(rows("show tables from flow_log").toString()).isEqualTo("[[\"l7_flow_log\",[]]]");
    assertThat(rows("show tables from flow_metrics").toString())
        .isEqualTo("[[\"application\",[\"1m\",\"1s\"]], [\"application_map\",[\"1m\",\"1s\"]]]");
    assertThat(column("show language", "language", Language.CHINESE)).containsExactly("ch");
  }

  @Test
  void listsEachTagOnceWithAllAttributesThatSpansHave() {
    List<String> names = column("show tags from l7_flow_log", "name");
    TreeSet<String> attributes = new TreeSet<>(List.of("attribute.service.name"));
    spans.rows.forEach(
        row -> row.attributes().keySet().forEach(key -> attributes.add("attribute." + key)));

    assertThat(names).doesNotHaveDuplicates();
    assertThat(names).contains("_id", "pod", "auto_instance", "response_status", "attribute");
    assertThat(names).doesNotContain("pod_0", "tcp_seq", "attribute.*");
    assertThat(names.stream().filter(name -> name.startsWith("attribute.")))
        .as("tests.seed=%s", SEED)
        .containsExactlyElementsOf(attributes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"l7_flow_log", "application", "application_map"})
  void listsNamesThatASelectCanUseWithTheOperatorsThatItSays(String table) {
    for (JsonNode row : rows("show tags from " + table)) {
      String select =
          "SELECT `%s`, `%s` FROM %s WHERE "
              .formatted(row.path(1).asString(), row.path(2).asString(), table);
      List<String> conditions = new ArrayList<>();
      for (JsonNode operator : row.path(8)) {
        String format = operator.asString().endsWith("IN") ? "`%s` %s (%s)" : "`%s` %s %s";
        conditions.add(format.formatted(row.path(0).asString(), operator.asString(), value(row)));
      }
      assertThat(conditions).isNotEmpty();
      rows(select + String.join(" AND ", conditions) + " LIMIT 1");
    }
  }

  private static String value(JsonNode tag) {
    return switch (tag.path(6).asString()) {
      case "int", "int_enum", "bool", "time", "id" -> "1";
      case "ip" -> "'10.0.0.1'";
      default -> "'x'";
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"l7_flow_log", "application", "application_map"})
  void listsMetricsThatTheFunctionsOfTheirKindTake(String table) {
    List<JsonNode> functions = rows("show metrics functions");
    List<JsonNode> metrics = rows("show metrics from " + table);
    for (JsonNode function : functions) {
      List<String> calls = new ArrayList<>();
      for (JsonNode metric : metrics) {
        boolean takes = false;
        for (JsonNode kind : function.path(2)) {
          takes |= kind.asInt() == metric.path(8).asInt();
        }
        if (takes) {
          calls.add(
              (function.path(1).asInt() == 2 ? "%s(Avg(`%s`))" : "%s(`%s`%s)")
                  .formatted(
                      function.path(0).asString(),
                      metric.path(0).asString(),
                      function.path(4).asInt() == 1 ? ", 90" : ""));
        }
      }
      assertThat(calls).as(function.toString()).isNotEmpty();
      rows("SELECT %s FROM %s".formatted(String.join(", ", calls), table));
    }
  }

  @Test
  void refusesFunctionsOfKindsThatTheyAreNotListedFor() {
    assertThat(refused("SELECT Sum(error_ratio) FROM l7_flow_log")).contains("Sum takes no");
    assertThat(refused("SELECT Max(row) FROM l7_flow_log")).contains("row stands in Count only");
    assertThat(refused("SELECT Uniq(error) FROM l7_flow_log")).contains("error");
  }

  @Test
  void listsNumericAttributesAsMetrics() {
    assertThat(column("show metrics where name like 'metrics.*'", "name"))
        .containsExactly("metrics.http.response.status_code");
  }

  @ParameterizedTest
  @ValueSource(strings = {"l7_flow_log", "application", "application_map"})
  void describesEachTagAndMetricInBothLanguages(String table) throws Exception {
    Catalogue catalogue = new Tables().named(new Expression.Name(table, 1));
    List<String> names = new ArrayList<>();
    catalogue.metrics().forEach(metric -> names.add(metric.name()));
    catalogue.tags().stream()
        .filter(tag -> tag.sides().isEmpty() || tag.hasClientAndServer())
        .filter(Tag::isListed)
        .forEach(tag -> names.add(tag.name()));
    for (String name : names) {
      Description description = catalogue.description(name);
      for (Wording wording :
          List.of(description.category(), description.name(), description.meaning())) {
        assertThat(wording.english()).as(name).isNotBlank().matches("[ -~]+");
        assertThat(wording.chinese()).as(name).isNotBlank();
      }
      assertThat(description.meaning().chinese()).as(name).matches(".*\\p{IsHan}.*");
    }
    catalogue.metrics().forEach(metric -> assertThat(catalogue.unit(metric)).isNotNull());
  }

  @Test
  void speaksTheLanguageOfTheQuestion() {
    String tag = "show tags where name = 'response_status'";
    String values = "show tag response_status values";

    assertThat(column(tag, "display_name")).containsExactly("Response Status");
    assertThat(column(tag, "display_name", Language.CHINESE)).containsExactly("响应状态");
    assertThat(column(tag, "display_name_zh")).containsExactly("响应状态");
    assertThat(column(tag, "category", Language.CHINESE)).containsExactly("应用层");
    assertThat(column(values, "display_name", Language.CHINESE)).contains("正常", "服务端异常");
    assertThat(column(values, "display_name")).contains("Success", "Server Error");
    assertThat(column("show metrics where name = 'response_duration'", "unit", Language.CHINESE))
        .containsExactly("微秒");
  }

  @Test
  void listsTheValuesThatSpansHave() {
    assertValues("app_service", Row::service);
    assertValues("endpoint", Row::endpoint);
    assertValues("attribute.region", row -> row.attributes().getOrDefault("region", ""));
    assertValues("attribute.it's", row -> row.attributes().getOrDefault("it's", ""));
    assertValues(
        "attribute.http.response.status_code",
        row -> row.attributes().getOrDefault("http.response.status_code", ""));
  }

  private static void assertValues(String tag, Function<Row, String> value) {
    TreeSet<String> wanted = new TreeSet<>();
    spans.rows.forEach(row -> wanted.add(value.apply(row)));
    wanted.remove("");
    String sql = "show tag `%s` values".formatted(tag);

    assertThat(column(sql, "value"))
        .as("tests.seed=%s %s", SEED, tag)
        .containsExactlyInAnyOrderElementsOf(wanted);
    assertThat(column(sql, "display_name")).isEqualTo(column(sql, "value"));
  }

  @Test
  void saysWhatKindOfThingAnInstanceIs() {
    JsonNode row = rows("show tag auto_instance values").getFirst();

    assertThat(row.path(0).asString()).isEqualTo(row.path(1).asString()).isNotEmpty();
    assertThat(row.path(2).asInt()).isEqualTo(255);
    assertThat(row.path(3).asString()).isEmpty();
    assertThat(row.path(4).isIntegralNumber()).isTrue();
  }

  @Test
  void filtersByNameAndPagesInOneOrder() {
    String sql = "show tag l7_protocol values where display_name ";

    assertThat(column(sql + "like '*HTTP*'", "display_name")).containsExactly("HTTP", "HTTP2");
    assertThat(column(sql + "regexp '^(My|Postgre)SQL$' and value = 61", "value"))
        .containsExactly("61");
    assertThat(column(sql + "not like '*' or value in (120, 121)", "display_name"))
        .containsExactly("DNS", "TLS");
    List<String> all = column("show tag endpoint values", "value");
    List<String> paged = new ArrayList<>();
    for (int offset = 0; offset < all.size(); offset += 2) {
      paged.addAll(column("show tag endpoint values limit 2 offset " + offset, "value"));
    }
    assertThat(paged).isEqualTo(all).isSorted();
    assertThat(column("show tags limit 3", "name")).containsExactly("_id", "time", "start_time");
    assertThat(column("show tags where deprecated = 'true'", "name"))
        .contains("tap_side", "vtap")
        .doesNotContain("agent");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          show tags from l7_flow_lg                       | no table is called 'l7_flow_lg'; there is l7_flow_log, application, application_map at character 16
          show tables from flow_metric                   | no database is called 'flow_metric'; there is flow_log, flow_metrics at character 18
          show tag endpont values                         | no tag or metric is called 'endpont' (did you mean 'endpoint'?) at character 10
          show tag trace_id values                        | trace_id has no list of values at character 10
          show tag type values where nam = 'x'            | no tag or metric is called 'nam' at character 28
          show tags where name > 'x'                      | name can't be compared with > at character 22
          show tags limit 1000001                         | LIMIT is at most 1000000 at character 11
          """)
  void saysWhatDoesNotFitAndWhere(String sql, String description) {
    assertThat(refused(sql)).isEqualTo(description);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x' OR 1=1 --",
        "x\\'); DROP TABLE deepflow.spans; --",
        "]) AS entry) UNION ALL SELECT 1, name, 'x' FROM system.tables --",
        "{p0:String}",
        "\\",
        "和 \uD835\uDD1E"
      })
  void takesHostileTextsAsTexts(String hostile) {
    String quoted = "'" + hostile.replace("\\", "\\\\").replace("'", "\\'") + "'";

    assertThat(rows("show tag `attribute." + hostile + "` values")).isEmpty();
    assertThat(rows("show tag endpoint values where display_name = " + quoted)).isEmpty();
    assertThat(rows("show tags where name = " + quoted)).isEmpty();
    assertThat(rows("show databases where name like " + quoted)).isEmpty();
  }

  @Test
  void refusesABadRegularExpressionAsTheSendersFault() {
    assertThat(refused("show tag endpoint values where value regexp '(['")).isNotEmpty();
  }
}
