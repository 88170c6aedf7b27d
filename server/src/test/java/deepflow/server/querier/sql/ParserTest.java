package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParserTest {

  private static Statement.Select parse(String sql) throws SqlException {
    return switch (Parser.parse(sql)) {
      case Statement.Select select -> select;
      case Statement.Show show -> throw new AssertionError(show);
    };
  }

  @Test
  void readsEachClause() throws Exception {
    Statement.Select select =
        parse(
            """
            select app_service, Enum(response_status) AS `状态`, Count(row) c
            from `l7_flow_log`
            where time>=1700000000 AND (signal_source=4 or NOT type != 2)
            group by app_service, Enum(response_status) having c > 1
            order by c desc, app_service limit 10 offset 20;
            """);

    assertThat(select.items())
        .extracting(Statement.Item::name)
        .containsExactly("app_service", "状态", "c");
    assertThat(select.table().name()).isEqualTo("l7_flow_log");
    assertThat(select.where())
        .extracting(Expression::text)
        .isEqualTo("time >= 1700000000 AND signal_source = 4 OR NOT type != 2");
    assertThat(select.groupBy()).hasSize(2);
    assertThat(select.having()).isNotNull();
    assertThat(select.orderBy())
        .extracting(Statement.Order::descending)
        .containsExactly(true, false);
    assertThat(select.limit()).isEqualTo(10);
    assertThat(select.offset()).isEqualTo(20);
  }

  @Test
  void takesMysqlsOrderOfLimitAndOffset() throws Exception {
    Statement.Select select = parse("SELECT endpoint FROM l7_flow_log LIMIT 5, 50");

    assertThat(select.limit()).isEqualTo(50);
    assertThat(select.offset()).isEqualTo(5);
  }

  @Test
  void resolvesEscapesAndKeepsThoseOfPatterns() throws Exception {
    Statement.Select select =
        parse("SELECT endpoint FROM l7_flow_log WHERE endpoint = 'it\\'s \\\\ ''x'' \\d'");

    assertThat(select.where())
        .isInstanceOfSatisfying(
            Expression.Comparison.class,
            comparison ->
                assertThat(comparison.right())
                    .isInstanceOfSatisfying(
                        Expression.Text.class,
                        text -> assertThat(text.value()).isEqualTo("it's \\ 'x' \\d")));
  }

  @Test
  void namesAnEscapedWordInBackQuotesEvenWhenItIsAKeyword() throws Exception {
    assertThat(parse("SELECT `select` FROM `from`").items().getFirst().name()).isEqualTo("select");
  }

  @Test
  void readsEachFormOfShow() throws Exception {
    assertThat(Parser.parse("show databases")).isInstanceOf(Statement.ShowDatabases.class);
    assertThat(Parser.parse("SHOW language;")).isInstanceOf(Statement.ShowLanguage.class);
    for (String functions : List.of("metric function", "metrics functions", "METRICS FUNCTION")) {
      assertThat(Parser.parse("show " + functions)).isInstanceOf(Statement.ShowFunctions.class);
    }
    assertThat(Parser.parse("show tables from flow_log"))
        .isInstanceOfSatisfying(
            Statement.ShowTables.class,
            show -> assertThat(show.database()).isEqualTo(new Expression.Name("flow_log", 18)));
    assertThat(Parser.parse("show tags"))
        .isInstanceOfSatisfying(
            Statement.ShowTags.class, show -> assertThat(show.table()).isNull());
    assertThat(Parser.parse("show metrics from t where name = 'a'"))
        .isInstanceOfSatisfying(
            Statement.ShowMetrics.class, show -> assertThat(show.filter().where()).isNotNull());
    assertThat(
            Parser.parse("show tag `values` values from t where value like '*x' limit 5 offset 2"))
        .isInstanceOfSatisfying(
            Statement.ShowTagValues.class,
            show -> {
              assertThat(show.tag().name()).isEqualTo("values");
              assertThat(show.filter().limit()).isEqualTo(5);
              assertThat(show.filter().offset()).isEqualTo(2);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\"',
      textBlock =
          """
          SELEC endpoint FROM l7_flow_log              | expected SELECT or SHOW, found 'SELEC' at character 1
          SELECT FROM l7_flow_log                      | expected a tag, a metric or a function, found 'FROM' at character 8
          SELECT endpoint                              | expected FROM, found the end of the statement at character 16
          SELECT endpoint FROM                         | expected a table, found the end of the statement at character 21
          SELECT endpoint FROM t WHERE                 | expected a tag, a metric or a function, found the end of the statement at character 29
          SELECT endpoint FROM t WHERE a = 'x          | a quote is never closed at character 34
          SELECT endpoint FROM t WHERE `a = 1          | a back quote is never closed at character 30
          SELECT endpoint FROM t WHERE (a = 1          | expected ')', found the end of the statement at character 36
          SELECT endpoint FROM t WHERE a NOT = 1       | expected IN, LIKE or REGEXP, found '=' at character 36
          SELECT endpoint FROM t LIMIT x               | expected a number, found 'x' at character 30
          SELECT endpoint FROM t LIMIT 1.5             | '1.5' is no whole number in range at character 30
          SELECT endpoint FROM t; DROP TABLE t         | expected the end of the statement, found 'DROP' at character 25
          SELECT endpoint FROM t UNION SELECT 1        | expected the end of the statement, found 'UNION' at character 24
          SELECT endpoint FROM t -- comment            | expected the end of the statement, found '-' at character 24
          SELECT endpoint FROM t WHERE a = {p0:String} | unexpected '{' at character 34
          SELECT endpoint FROM t WHERE a = 1 # b       | unexpected '#' at character 36
          SHOW                                         | expected DATABASES, TABLES, TAGS, METRICS, TAG or LANGUAGE, found the end of the statement at character 5
          SHOW TAG pod                                 | expected VALUES, found the end of the statement at character 13
          SHOW METRIC FROM t                           | expected FUNCTIONS, found 'FROM' at character 13
          SHOW TAGS FROM                               | expected a table, found the end of the statement at character 15
          SHOW TAGS LIMIT 1 WHERE a = 1                | expected the end of the statement, found 'WHERE' at character 19
          SHOW DATABASES; DROP TABLE t                 | expected the end of the statement, found 'DROP' at character 17
          SELECT 12abc FROM t                          | bad number '12a' at character 8
          """)
  void saysWhatIsWrongAndWhere(String sql, String message) {
    assertThatThrownBy(() -> Parser.parse(sql))
        .isInstanceOf(SqlException.class)
        .hasMessage(message);
  }

  @Test
  void refusesAnEmptyStatement() {
    assertThatThrownBy(() -> Parser.parse(" \n ")).hasMessage("an empty statement at character 1");
  }

  @Test
  void refusesDeepNestingBeforeTheStackEnds() {
    for (String nest : List.of("(", "NOT ", "-", "Sum(")) {
      String sql = "SELECT a FROM t WHERE " + nest.repeat(50_000);

      assertThatThrownBy(() -> Parser.parse(sql)).hasMessageContaining("nested deeper than 100");
    }
  }

  @Test
  void takesLongListsOfConditions() throws Exception {
    String sql = "SELECT a FROM t WHERE a = 1" + " OR a = 2".repeat(10_000);

    assertThat(Parser.parse(sql)).isInstanceOf(Statement.Select.class);
  }

  @Test
  void refusesAStatementWithoutEnd() {
    String sql = "SELECT a FROM t WHERE a = '" + "x".repeat(Parser.CHARACTERS_MAX) + "'";

    assertThatThrownBy(() -> Parser.parse(sql)).hasMessageContaining("longer than 262144");
  }

  @Test
  void answersAnyTextWithATreeOrAPosition() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    String[] words = {
      "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "(", ")", ",", "=", "!=", "a",
      "`b c`", "'x'", "'", "`", "\\", "1", "1e9", "-", "+", "*", "/", ";", "LIMIT", "OFFSET",
      "SHOW", "TAG", "TAGS", "METRICS", "VALUES", "GROUP", "BY", "ORDER", "DESC", "AS", "Count",
      "row", "\u0000", "𝄞", "{", "}", "\n"
    };
    for (int i = 0; i < 20_000; i++) {
      StringBuilder sql = new StringBuilder(random.nextBoolean() ? "SELECT a FROM t " : "");
      for (int n = random.nextInt(20); n > 0; n--) {
        sql.append(words[random.nextInt(words.length)]).append(random.nextBoolean() ? " " : "");
      }
      try {
        Parser.parse(sql.toString());
      } catch (SqlException e) {
        assertThat(e.position())
            .as("tests.seed=%d: %s", seed, sql)
            .isBetween(1, Math.max(1, sql.length() + 1));
      }
    }
  }
}
