package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TranslatorTest {

  private static final Catalogue L7_FLOW_LOG = Catalogue.l7FlowLog();
  private static final Tables TABLES = new Tables();

  private static Translation translate(String sql) throws SqlException {
    return switch (Parser.parse(sql)) {
      case Statement.Select select -> Translator.translate(select, L7_FLOW_LOG, Language.ENGLISH);
      case Statement.Show show -> ShowTranslator.translate(show, TABLES, Language.ENGLISH);
    };
  }

  /// Each statement of `snapshots.txt` gives the SQL that stands below it. With
  /// `-Dtests.snapshots=update` the file is written anew, to be read before it is committed.
  @Test
  void givesTheReviewedSql() throws Exception {
    String recorded = resource("snapshots.txt");
    StringBuilder now = new StringBuilder();
    for (String statement : statements(recorded)) {
      now.append("> ").append(statement).append('\n').append(shown(translate(statement)));
    }
    if (System.getProperty("tests.snapshots", "").equals("update")) {
      Files.writeString(
          Path.of("src/test/resources/deepflow/server/querier/sql/snapshots.txt"), now);
    }
    assertThat(now.toString()).isEqualTo(recorded);
    assertThat(statements(recorded)).hasSizeGreaterThan(15);
  }

  private static List<String> statements(String recorded) {
    List<String> statements = new ArrayList<>();
    for (String line : recorded.lines().toList()) {
      if (line.startsWith("> ")) {
        statements.add(line.substring(2));
      }
    }
    return statements;
  }

  private static String shown(Translation translation) {
    StringBuilder shown = new StringBuilder(translation.sql()).append('\n');
    translation
        .parameters()
        .forEach((name, value) -> shown.append("-- %s = %s%n".formatted(name, value)));
    return shown.append('\n').toString();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = TranslatorTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// Whatever a user writes in a value or a dynamic name, the SQL stays the same.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          x' OR 1=1 --
          x\\' OR 1=1 --
          '); DROP TABLE deepflow.spans; --
          {p0:String}
          {p1:Array(String)}
          \\
          \\\\'
          ` FROM system.tables --
          */ FROM file('/etc/passwd') /*
          $1 ? :name %s %1$s
          𝄞 和 \u0000
          """)
  void keepsEveryValueOutOfTheSql(String hostile) throws Exception {
    String quoted = "'" + hostile.replace("\\", "\\\\").replace("'", "\\'") + "'";
    String name = "`attribute." + hostile.replace("`", "'") + "`";
    String frame =
        "SELECT %s, Count(row) FROM l7_flow_log WHERE app_service = %s AND %s LIKE %s"
            + " AND endpoint REGEXP %s AND request_domain IN (%s) GROUP BY %s";
    Translation harmless =
        translate(
            frame.formatted(
                "`attribute.a`", "'a'", "`attribute.a`", "'a'", "'a'", "'a'", "`attribute.a`"));

    Translation translation =
        translate(frame.formatted(name, quoted, name, quoted, quoted, quoted, name));

    assertThat(stripped(translation.sql())).isEqualTo(stripped(harmless.sql()));
    assertThat(translation.parameters()).containsValue(hostile);
  }

  /// Equal values share a parameter, so the numbers may differ.
  private static String stripped(String sql) {
    return sql.replaceAll("\\{p\\d+:", "{p:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\"',
      textBlock =
          """
          SELECT nosuchtag FROM l7_flow_log                          | no tag or metric is called 'nosuchtag' at character 8
          SELECT endpont FROM l7_flow_log                            | no tag or metric is called 'endpont' (did you mean 'endpoint'?) at character 8
          SELECT service FROM l7_flow_log                            | service has two sides: choose service_0 or service_1 at character 8
          SELECT ip FROM l7_flow_log                                 | ip has two sides: choose ip_0 or ip_1 at character 8
          SELECT file('x') FROM l7_flow_log                          | no function is called 'file' at character 8
          SELECT Sum(endpoint) FROM l7_flow_log                      | Sum takes a metric, and endpoint is a tag at character 12
          SELECT Sum(error_ratio) FROM l7_flow_log                   | Sum takes no error_ratio at character 8
          SELECT Count(request) FROM l7_flow_log                     | Count takes row at character 8
          SELECT Enum(endpoint) FROM l7_flow_log                     | endpoint has no names for Enum() at character 13
          SELECT Uniq(pod) FROM l7_flow_log                          | pod has two sides: choose pod_0 or pod_1 at character 13
          SELECT Any(ip) FROM l7_flow_log                            | ip has two sides: choose ip_0 or ip_1 at character 12
          SELECT Uniq(`k8s.label.app`) FROM l7_flow_log              | k8s.label.app has two sides: choose k8s.label.app_0 or k8s.label.app_1 at character 13
          SELECT Uniq(request) FROM l7_flow_log                      | expected a tag, and request is a metric at character 13
          SELECT row FROM l7_flow_log                                | row stands in Count only at character 8
          SELECT Sum(row) FROM l7_flow_log                           | row stands in Count only at character 12
          SELECT endpoint FROM l7_flow_log WHERE row > 1             | row stands in Count only at character 40
          SELECT app_service, Count(row) FROM l7_flow_log GROUP BY app_service ORDER BY endpoint | endpoint stands beside an aggregate, so it must stand in GROUP BY at character 79
          SELECT app_service FROM l7_flow_log GROUP BY app_service HAVING endpoint = 'a' | endpoint stands beside an aggregate, so it must stand in GROUP BY at character 65
          SELECT app_service FROM l7_flow_log HAVING Count(row) > 1  | an aggregate in HAVING needs one in SELECT at character 44
          SELECT response_status, Count(row) FROM l7_flow_log GROUP BY Enum(response_status) | response_status stands beside an aggregate, so it must stand in GROUP BY at character 8
          SELECT app_service, Count(row) FROM l7_flow_log GROUP BY 2 | GROUP BY takes no aggregate at character 58
          SELECT app_service, Count(row) FROM l7_flow_log GROUP BY app_service, 3 | 3 groups nothing: GROUP BY takes a tag, a metric or the number of a column, 1 to 2 at character 71
          SELECT endpoint FROM l7_flow_log ORDER BY 2                | 2 sorts nothing: ORDER BY takes a tag, a metric, an aggregate or the number of a column, 1 to 1 at character 43
          SELECT endpoint FROM l7_flow_log ORDER BY 0 DESC           | 0 sorts nothing: ORDER BY takes a tag, a metric, an aggregate or the number of a column, 1 to 1 at character 43
          SELECT endpoint FROM l7_flow_log ORDER BY 1.5              | 1.5 sorts nothing: ORDER BY takes a tag, a metric, an aggregate or the number of a column, 1 to 1 at character 43
          SELECT endpoint FROM l7_flow_log ORDER BY -1               | -1 sorts nothing: ORDER BY takes a tag, a metric, an aggregate or the number of a column, 1 to 1 at character 43
          SELECT endpoint, Count(row) FROM l7_flow_log               | endpoint stands beside an aggregate, so it must stand in GROUP BY at character 8
          SELECT endpoint FROM l7_flow_log WHERE endpoint > 'a'      | endpoint can't be compared with > at character 49
          SELECT endpoint FROM l7_flow_log WHERE type LIKE '2'       | type can't be compared with LIKE at character 45
          SELECT endpoint FROM l7_flow_log WHERE type = 'x'          | 'x' is no number at character 47
          SELECT endpoint FROM l7_flow_log WHERE ip_0 = 'x'          | 'x' is no address at character 47
          SELECT endpoint FROM l7_flow_log WHERE ip_0 = '1.2.3.4/33' | '1.2.3.4/33' is no address at character 47
          SELECT endpoint FROM l7_flow_log WHERE endpoint = app      | expected a value, found the name 'app' (texts stand in single quotes) at character 51
          SELECT endpoint FROM l7_flow_log WHERE Sum(error) > 1      | WHERE takes no 'Sum'; aggregates stand in HAVING at character 40
          SELECT endpoint FROM l7_flow_log WHERE 1 = 1               | expected a tag or a metric to compare at character 40
          SELECT endpoint FROM l7_flow_log WHERE endpoint            | expected a condition at character 40
          SELECT endpoint FROM l7_flow_log WHERE time > 1/0          | division by zero at character 48
          SELECT endpoint FROM l7_flow_log WHERE time > 1e999999999  | a number out of range at character 47
          SELECT endpoint FROM l7_flow_log LIMIT 1000001             | LIMIT is at most 1000000 at character 22
          SELECT `attribute.` FROM l7_flow_log                       | no tag or metric is called 'attribute.' (did you mean 'attribute'?) at character 8
          SELECT `attribute.*` FROM l7_flow_log                      | no tag or metric is called 'attribute.*' (did you mean 'attribute'?) at character 8
          SELECT 'x' FROM l7_flow_log                                | a text can't stand here at character 8
          """)
  void saysWhatDoesNotFit(String sql, String message) {
    assertThatThrownBy(() -> translate(sql)).isInstanceOf(SqlException.class).hasMessage(message);
  }

  @Test
  void keepsARegularExpressionOfMultiplicationsSmall() {
    String sql = "SELECT endpoint FROM l7_flow_log WHERE time > 9" + "*9e300".repeat(99);

    assertThatThrownBy(() -> translate(sql)).hasMessageContaining("a number out of range");
  }

  @Test
  void namesColumnsAsDeepFlowDoes() throws Exception {
    Translation translation =
        translate(
            "SELECT `attribute.a.b`, Enum(l7_protocol) AS protocol, Percentile(response_duration, "
                + " 99), Sum(request)/Sum(response) AS `比` FROM l7_flow_log GROUP BY"
                + " `attribute.a.b`, Enum(l7_protocol)");

    assertThat(translation.columns())
        .extracting(Translation.Column::name)
        .containsExactly("attribute.a.b", "protocol", "Percentile(response_duration, 99)", "比");
    assertThat(translation.columns())
        .extracting(Translation.Column::preAs)
        .containsExactly("", "Enum(l7_protocol)", "", "Sum(request) / Sum(response)");
    assertThat(translation.columns())
        .extracting(Translation.Column::metric)
        .containsExactly(false, false, true, true);
    assertThat(translation.columns().get(2).unit()).isEqualTo("us");
  }
}
