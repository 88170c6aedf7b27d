package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.server.querier.Bindings;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.SpanCondition.And;
import deepflow.server.querier.search.SpanCondition.Comparison;
import deepflow.server.querier.search.SpanCondition.Not;
import deepflow.server.querier.search.SpanCondition.Or;
import deepflow.server.querier.search.TraceQuery.Order;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceQlTest {

  private static Comparison comparison(Field field, Operator operator, Value value) {
    return new Comparison(field, operator, value);
  }

  private static Field span(String key) {
    return new Attribute(Scope.SPAN, key);
  }

  @Test
  void readsConditionsAsTheyBind() {
    Comparison error = comparison(Intrinsic.STATUS, Operator.EQUAL, Value.Status.ERROR);
    Comparison slow =
        comparison(Intrinsic.DURATION, Operator.GREATER, new Value.Nanos(1_500_000_000));
    Comparison route =
        comparison(
            new Attribute(Scope.EITHER, "http.route"), Operator.MATCH, new Value.Text("/a.*\\d"));

    assertThat(TraceQl.parse("{ status = error || duration > 1.5s && .http.route =~ `/a.*\\d` }"))
        .isEqualTo(new And(List.of(new Or(List.of(error, slow)), route)));
    assertThat(TraceQl.parse("{ status = error && duration > 1.5s || .http.route =~ `/a.*\\d` }"))
        .isEqualTo(new Or(List.of(new And(List.of(error, slow)), route)));
    assertThat(TraceQl.parse("{ status = error || (duration > 1.5s && .http.route =~ `/a.*\\d`) }"))
        .isEqualTo(new Or(List.of(error, new And(List.of(slow, route)))));
    assertThat(TraceQl.parse("{!(status=error||duration>1500ms)&&.http.route=~\"/a.*\\\\d\"}"))
        .isEqualTo(new And(List.of(new Not(new Or(List.of(error, slow))), route)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "{}", " { } ", "{ true }"})
  void takesNothingAsEverything(String all) {
    assertThat(TraceQl.parse(all)).isEqualTo(SpanCondition.ANY);
  }

  @Test
  void readsValuesOfEachType() {
    record Case(String text, Value value) {}
    for (Case c :
        List.of(
            new Case("5", new Value.Whole(5)),
            new Case("-5", new Value.Whole(-5)),
            new Case("9223372036854775807", new Value.Whole(Long.MAX_VALUE)),
            new Case("5.0", new Value.Real(5)),
            new Case("1e-3", new Value.Real(0.001)),
            new Case("100us", new Value.Nanos(100_000)),
            new Case("1h30m", new Value.Nanos(5_400_000_000_000L)),
            new Case("5ns", new Value.Nanos(5)),
            new Case("-2m", new Value.Nanos(-120_000_000_000L)),
            new Case("true", new Value.Truth(true)),
            new Case("nil", Value.Nil.NIL),
            new Case("\"a \\\"b\\\" \\\\ \\n}\"", new Value.Text("a \"b\" \\ \n}")),
            new Case("`a\\n\"`", new Value.Text("a\\n\"")))) {
      assertThat(TraceQl.parse("{ span.x = " + c.text + " }"))
          .as(c.text)
          .isEqualTo(comparison(span("x"), Operator.EQUAL, c.value));
    }
  }

  @Test
  void readsKeysWithAnySigns() {
    for (String key : List.of("a b", "a-b/c", "it's", "=", "ключ \"7\"", "a.b.", "{}")) {
      String quoted = RandomQueries.quoted(key);
      assertThat(TraceQl.parse("{ span." + quoted + " != nil }"))
          .as(key)
          .isEqualTo(comparison(span(key), Operator.NOT_EQUAL, Value.Nil.NIL));
      assertThat(TraceQl.field("span." + quoted)).as(key).isEqualTo(span(key));
    }
    assertThat(TraceQl.parse("{ span.http.\"my key\".x-y/z = 1 }"))
        .isEqualTo(comparison(span("http.my key.x-y/z"), Operator.EQUAL, new Value.Whole(1)));
  }

  @Test
  void looksForAServiceInItsColumn() {
    assertThat(TraceQl.parse("{ resource.service.name = \"shop\" }"))
        .isEqualTo(comparison(Intrinsic.SERVICE, Operator.EQUAL, new Value.Text("shop")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '\u0001',
      quoteCharacter = '^',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          { status = error                  # expected &&, || or }, found the end at character 17
          { status = error x }              # expected &&, || or }, found 'x' at character 18
          status = error                    # expected {, found 'status' at character 1
          { status }                        # expected one of = != > >= < <= =~ !~, found '}' at character 10
          { status = }                      # expected a value, found '}' at character 12
          { name = GET }                    # expected a value, found 'GET' at character 10
          { nonsense = 1 }                  # no field is called 'nonsense' at character 3
          { . = 1 }                         # no field is called '.' at character 3
          { event.x = 1 }                   # no field is called 'event.x' at character 3
          { status = "error" }              # status can't be compared like this with = at character 3
          { status > error }                # status can't be compared like this with > at character 3
          { kind = error }                  # kind can't be compared like this with = at character 3
          { duration =~ "1s" }              # duration can't be compared like this with =~ at character 3
          { name = 5 }                      # name can't be compared like this with = at character 3
          { name = nil }                    # name can't be compared like this with = at character 3
          { .x =~ 5 }                       # .x can't be compared like this with =~ at character 3
          { .x > true }                     # .x can't be compared like this with > at character 3
          { .x > nil }                      # .x can't be compared like this with > at character 3
          { .x = error }                    # .x can't be compared like this with = at character 3
          { .x = 5 && }                     # expected a field such as name, .key, span.key or resource.key, found '}' at character 13
          { (.x = 5 }                       # expected &&, || or ), found '}' at character 11
          { !.x = 5 }                       # expected (, found '.x' at character 4
          { .x = "a }                       # a quote is never closed at character 8
          { .x = `a }                       # a back quote is never closed at character 8
          { .x = "\\d" }                    # an unknown escape at character 9
          { .x = 5parsecs }                 # bad number '5parsecs' at character 8
          { .x = 99999999999999999999 }     # bad number '99999999999999999999' at character 8
          { .x = 1e999 }                    # bad number '1e999' at character 8
          { .x = 300000h100000h10000000h }  # bad number '300000h100000h10000000h' at character 8
          {} && {}                          # expected the end, found '&&' at character 4
          {} >> {}                          # expected the end, found '>>' at character 4
          { .x = 5 } | count() > 2          # expected the end, found '|' at character 12
          { .x = 5 ; }                      # unexpected ';' at character 10
          { .x = 5 + 1 }                    # expected &&, || or }, found '+' at character 10
          """)
  void saysWhereSomethingIsWrong(String line) {
    String[] parts = line.split(" +# ", 2);

    assertThatThrownBy(() -> TraceQl.parse(parts[0]))
        .isInstanceOf(SearchException.class)
        .hasMessage(parts[1]);
  }

  @Test
  void limitsLengthNumberAndDepth() {
    assertThatThrownBy(() -> TraceQl.parse("{ name = \"" + "x".repeat(8200) + "\" }"))
        .hasMessageStartingWith("more than 8192 characters");
    assertThatThrownBy(() -> TraceQl.parse("{ .x = 1" + " || .x = 1".repeat(64) + " }"))
        .hasMessageStartingWith("more than 64 comparisons");
    assertThatThrownBy(() -> TraceQl.parse("{ true" + " || true && true".repeat(500) + " }"))
        .hasMessageStartingWith("more than 64 comparisons");
    assertThatThrownBy(() -> TraceQl.parse("{" + "(".repeat(2_000)))
        .hasMessageStartingWith("nested deeper than 50");
    assertThatThrownBy(() -> TraceQl.parse("{" + "!(".repeat(2_000)))
        .hasMessageStartingWith("nested deeper than 50");
  }

  @Test
  void refusesEveryOtherTextAndNothingElseHappens() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> pieces =
        List.of(
            "{",
            "}",
            "(",
            ")",
            "!",
            "=",
            "=~",
            "&&",
            "||",
            ".",
            "span.",
            "resource.a",
            "\"",
            "`",
            "\\",
            "duration",
            "5",
            "1.5s",
            "-",
            "e9",
            "nil",
            "status",
            "error",
            " ",
            "\n",
            "ü",
            "𝄞",
            "\ud800",
            "\0",
            ".\"a",
            "name",
            "true",
            "|",
            ">>",
            "'",
            ":",
            "9".repeat(500),
            "1h");
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "{" : "");
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      try {
        TraceQl.parse(text.toString());
        TraceQl.field(text.toString());
      } catch (SearchException e) {
        assertThat(e).as("tests.seed=%s %s", seed, text).hasMessageContaining(" at character ");
      }
    }
  }

  /// Each query of `snapshots.txt` gives the SQL that stands below it. With
  /// `-Dtests.snapshots=update` the file is written anew, to be read before it is committed.
  @Test
  void givesTheReviewedSql() throws Exception {
    String recorded;
    try (InputStream in = TraceQlTest.class.getResourceAsStream("snapshots.txt")) {
      recorded = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
    StringBuilder now = new StringBuilder();
    List<String> queries = recorded.lines().filter(line -> line.startsWith("> ")).toList();
    for (String query : queries) {
      now.append(query).append('\n').append(sql(query.substring(2)));
    }
    if (System.getProperty("tests.snapshots", "").equals("update")) {
      Files.writeString(
          Path.of("src/test/resources/deepflow/server/querier/search/snapshots.txt"), now);
    }
    assertThat(now.toString()).isEqualTo(recorded);
    assertThat(queries).hasSizeGreaterThan(10);
  }

  private static String sql(String traceQl) {
    Bindings bindings = new Bindings();
    String sql =
        TraceSummaries.sql(
            new TraceQuery(
                5_000_000_000_000L,
                6_000_000_000_000L,
                false,
                TraceQl.parse(traceQl),
                0,
                Long.MAX_VALUE,
                Order.SLOWEST,
                null,
                20,
                0),
            Set.of("both"),
            bindings);
    StringBuilder shown = new StringBuilder(sql.substring(sql.indexOf("FROM"))).append('\n');
    bindings.values().forEach((name, value) -> shown.append("-- %s = %s%n".formatted(name, value)));
    return shown.append('\n').toString();
  }
}
