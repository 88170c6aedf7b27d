package deepflow.server.querier.sql;

import deepflow.server.querier.sql.SpanRows.Row;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Random conditions in DeepFlow's SQL, each with what it means in Java.
final class RandomConditions {

  record Condition(String sql, Predicate<Row> holds) {}

  private final Random random;
  private final List<Row> rows;

  RandomConditions(Random random, List<Row> rows) {
    this.random = random;
    this.rows = rows;
  }

  Condition next(int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return simple();
    }
    Condition left = next(depth - 1);
    Condition right = next(depth - 1);
    return switch (random.nextInt(3)) {
      case 0 -> new Condition(left.sql + " AND " + right.sql + "", both(left, right));
      case 1 ->
          new Condition(
              "(" + left.sql + " OR " + right.sql + ")",
              row -> left.holds.test(row) || right.holds.test(row));
      default -> new Condition("NOT (" + left.sql + ")", left.holds.negate());
    };
  }

  private static Predicate<Row> both(Condition left, Condition right) {
    return row -> left.holds.test(row) && right.holds.test(row);
  }

  private Condition simple() {
    Row some = rows.get(random.nextInt(rows.size()));
    return switch (random.nextInt(15)) {
      case 0 -> text("app_service", some.service(), Row::service);
      case 1 -> text("endpoint", some.endpoint(), Row::endpoint);
      case 2 -> attribute("region");
      case 3 -> attribute("a.b");
      case 4 -> attribute("it's");
      case 5 -> number("span_kind", some.kind(), row -> (long) row.kind());
      case 6 -> number("time", some.time(), Row::time);
      case 7 -> number("response_duration", some.responseDuration(), Row::responseDuration);
      case 8 ->
          new Condition(
              "response_code >= 404",
              row -> row.responseCode() != null && row.responseCode() >= 404);
      case 9 ->
          new Condition("Enum(response_status) IN ('Server Error', 'Client Error')", Row::isError);
      case 10 ->
          new Condition(
              "trace_id = '%s'".formatted(some.traceId().toUpperCase(Locale.ROOT)),
              row -> row.traceId().equals(some.traceId()));
      case 11 -> new Condition("parent_span_id = ''", row -> row.parentSpanId().isEmpty());
      case 13 ->
          new Condition(
              "toString(response_code) NOT IN ('404', '503')",
              row -> row.responseCode() == null || row.responseCode() < 404);
      case 12 ->
          new Condition("tap_side != 'c-app'", row -> !row.observationPoint().equals("c-app"));
      default ->
          new Condition(
              "span_id NOT IN ('%s', 'zz')".formatted(some.spanId()),
              row -> !row.spanId().equals(some.spanId()));
    };
  }

  private Condition attribute(String key) {
    String name = "`attribute." + key + "`";
    if (random.nextInt(4) == 0) {
      return new Condition("exist(" + name + ")", row -> row.attributes().containsKey(key));
    }
    String value = SpanRows.VALUES.get(random.nextInt(SpanRows.VALUES.size()));
    // A row without the attribute passes no positive test.
    return text(name, value, row -> Objects.toString(row.attributes().get(key), "\u0000none"));
  }

  private interface Text {
    String of(Row row);
  }

  private Condition text(String name, String value, Text text) {
    String quoted = quoted(value);
    return switch (random.nextInt(5)) {
      case 0 -> new Condition(name + " = " + quoted, row -> text.of(row).equals(value));
      case 1 -> new Condition(name + " != " + quoted, row -> !text.of(row).equals(value));
      case 2 ->
          new Condition(
              "%s IN (%s, 'nobody')".formatted(name, quoted), row -> text.of(row).equals(value));
      case 3 -> {
        String part = value.substring(0, value.length() / 2);
        yield new Condition(
            "%s LIKE %s".formatted(name, quoted(part + "*")),
            row -> startsWithIgnoreCase(text.of(row), part));
      }
      default ->
          new Condition(
              "%s NOT REGEXP %s".formatted(name, quoted("^" + Pattern.quote(value) + "$")),
              row -> !text.of(row).equals(value));
    };
  }

  /// `*` in the pattern is any text.
  private static boolean startsWithIgnoreCase(String text, String part) {
    StringBuilder regex = new StringBuilder();
    for (String piece : part.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(piece));
    }
    boolean isMissing = text.equals("\u0000none");
    return !isMissing
        && Pattern.compile(
                regex + ".*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
            .matcher(text)
            .matches();
  }

  private interface Whole {
    long of(Row row);
  }

  private Condition number(String name, long value, Whole number) {
    return switch (random.nextInt(6)) {
      case 0 -> new Condition(name + " = " + value, row -> number.of(row) == value);
      case 1 -> new Condition(name + " != " + value, row -> number.of(row) != value);
      case 2 -> new Condition(name + " > " + value, row -> number.of(row) > value);
      case 3 -> new Condition(name + " <= " + value + "+1", row -> number.of(row) <= value + 1);
      case 4 -> new Condition(name + " < " + value + ".5", row -> number.of(row) < value + 0.5);
      default -> new Condition(name + " >= '" + value + "'", row -> number.of(row) >= value);
    };
  }

  private static String quoted(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
