package deepflow.server.querier.search;

import deepflow.server.querier.search.TraceRows.Row;
import deepflow.server.querier.search.TraceRows.Whole;
import io.opentelemetry.proto.common.v1.AnyValue;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Random conditions in TraceQL, each with what it means in Java.
final class RandomQueries {

  /// @param holds for a span of a trace
  record Condition(String traceQl, BiPredicate<Row, Whole> holds) {}

  private static final List<String> STATUSES = List.of("unset", "ok", "error");
  private static final List<String> KINDS =
      List.of("unspecified", "internal", "server", "client", "producer", "consumer");

  private final Random random;
  private final List<Whole> traces;

  RandomQueries(Random random, List<Whole> traces) {
    this.random = random;
    this.traces = traces;
  }

  Condition next(int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return simple();
    }
    Condition left = next(depth - 1);
    Condition right = next(depth - 1);
    return switch (random.nextInt(4)) {
      case 0, 1 ->
          new Condition(
              "(%s) && (%s)".formatted(left.traceQl, right.traceQl), left.holds.and(right.holds));
      case 2 ->
          new Condition(
              "(%s||(%s))".formatted(left.traceQl, right.traceQl), left.holds.or(right.holds));
      default -> new Condition("!(%s)".formatted(left.traceQl), left.holds.negate());
    };
  }

  private Condition simple() {
    Whole trace = pick(traces);
    Row some = pick(trace.rows());
    return switch (random.nextInt(16)) {
      case 0 -> text("resource.service.name", some.service(), Row::service, true);
      case 1 -> text(pick(List.of("name", "span:name")), some.name(), Row::name, false);
      case 2 -> word("kind", KINDS, Row::kind);
      case 3 -> word("status", STATUSES, Row::status);
      case 4 -> text("statusMessage", some.statusMessage(), Row::statusMessage, false);
      case 5 -> duration("duration", some.duration(), (row, _) -> row.duration());
      case 6 -> duration("traceDuration", trace.duration(), (_, whole) -> whole.duration());
      case 7 -> root("rootName", some.name(), Row::name);
      case 8 -> root("trace:rootService", some.service(), Row::service);
      case 9 -> event(some);
      case 10 -> text("instrumentation:name", "io.lib", Row::scope, false);
      case 11 -> text("span:id", some.spanId(), Row::spanId, false);
      default -> attribute();
    };
  }

  private interface Measure {
    long of(Row row, Whole trace);
  }

  private Condition duration(String name, long nanos, Measure measure) {
    String sign = pick(List.of("=", "!=", ">", ">=", "<", "<="));
    long millis = nanos / 1_000_000;
    return new Condition(
        "%s %s %sms".formatted(name, sign, millis),
        (row, trace) -> compares(Long.compare(measure.of(row, trace), millis * 1_000_000), sign));
  }

  private static boolean compares(int order, String sign) {
    return switch (sign) {
      case "=" -> order == 0;
      case "!=" -> order != 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      default -> throw new IllegalArgumentException(sign);
    };
  }

  private Condition word(String name, List<String> words, Function<Row, Integer> code) {
    int wanted = random.nextInt(words.size());
    boolean equal = random.nextBoolean();
    return new Condition(
        "%s%s%s".formatted(name, equal ? "=" : "!=", words.get(wanted)),
        (row, _) -> (code.apply(row) == wanted) == equal);
  }

  /// @param emptyIsNone whether an empty text is one that is missing
  private Condition text(
      String name, String value, Function<Row, String> text, boolean emptyIsNone) {
    if (emptyIsNone && random.nextInt(3) == 0) {
      return nil(name, (row, _) -> text.apply(row).isEmpty());
    }
    Test test = test(value);
    return new Condition(
        name + test.text,
        (row, _) ->
            !(emptyIsNone && text.apply(row).isEmpty()) && test.holds.test(text.apply(row)));
  }

  private Condition root(String name, String value, Function<Row, String> text) {
    if (random.nextInt(3) == 0) {
      return nil(name, (_, trace) -> trace.root().isEmpty());
    }
    Test test = test(value);
    return new Condition(
        name + test.text, (_, trace) -> trace.root().map(text).filter(test.holds).isPresent());
  }

  private Condition nil(String name, BiPredicate<Row, Whole> missing) {
    return random.nextBoolean()
        ? new Condition(name + " = nil", missing)
        : new Condition(name + " != nil", missing.negate());
  }

  private Condition event(Row some) {
    if (random.nextInt(3) == 0) {
      return nil("event:name", (row, _) -> row.events().isEmpty());
    }
    Test test = test(some.name());
    return new Condition(
        "event:name" + test.text, (row, _) -> row.events().stream().anyMatch(test.holds));
  }

  private record Test(String text, Predicate<String> holds) {}

  private Test test(String value) {
    String sign = pick(List.of("=", "=", "!=", ">", "<=", "=~", "!~"));
    if (sign.endsWith("~")) {
      String part =
          value.substring(
              0, value.offsetByCodePoints(0, value.codePointCount(0, value.length()) / 2));
      Pattern pattern = Pattern.compile(Pattern.quote(part) + ".*", Pattern.DOTALL);
      boolean wanted = sign.equals("=~");
      return new Test(
          " %s %s".formatted(sign, quoted(escaped(part) + ".*")),
          text -> pattern.matcher(text).matches() == wanted);
    }
    return new Test(
        " %s %s".formatted(sign, quoted(value)),
        text -> compares(TraceRows.compareUtf8(text, value), sign));
  }

  private Condition attribute() {
    String key = pick(TraceRows.KEYS);
    String scope = pick(List.of(".", "span.", "resource."));
    String name =
        scope + (key.equals("region") || key.equals("n") || key.equals("a.b") ? key : quoted(key));
    Function<Row, @Nullable AnyValue> lookup = row -> lookup(row, scope, key);
    return switch (random.nextInt(6)) {
      case 0 -> {
        boolean equal = random.nextBoolean();
        yield new Condition(
            "%s %s nil".formatted(name, equal ? "=" : "!="),
            (row, _) -> (lookup.apply(row) == null) == equal);
      }
      case 1 -> {
        boolean truth = random.nextBoolean();
        boolean equal = random.nextBoolean();
        yield new Condition(
            "%s %s %s".formatted(name, equal ? "=" : "!=", truth),
            (row, _) ->
                compares(
                    lookup.apply(row),
                    AnyValue::hasBoolValue,
                    value -> (value.getBoolValue() == truth) == equal,
                    !equal));
      }
      case 2, 3 -> number(name, lookup);
      default -> {
        Test test = test(pick(TraceRows.TEXTS));
        yield new Condition(
            name + test.text,
            (row, _) ->
                compares(
                    lookup.apply(row),
                    AnyValue::hasStringValue,
                    value -> test.holds.test(value.getStringValue()),
                    test.text.startsWith(" !")));
      }
    };
  }

  private Condition number(String name, Function<Row, @Nullable AnyValue> lookup) {
    String literal =
        pick(List.of("5", "5.0", "0", "-3", "0.1", "9007199254740993", "9007199254740992", "1e10"));
    String sign = pick(List.of("=", "=", "!=", ">", ">=", "<", "<="));
    BigDecimal wanted =
        literal.matches("-?\\d+")
            ? new BigDecimal(literal)
            : new BigDecimal(Double.parseDouble(literal));
    return new Condition(
        "%s %s %s".formatted(name, sign, literal),
        (row, _) ->
            compares(
                lookup.apply(row),
                value -> value.hasIntValue() || value.hasDoubleValue(),
                value -> compares(value, wanted, sign),
                sign.equals("!=")));
  }

  private static boolean compares(AnyValue number, BigDecimal wanted, String sign) {
    if (number.hasIntValue()) {
      return compares(BigDecimal.valueOf(number.getIntValue()).compareTo(wanted), sign);
    }
    return Double.isNaN(number.getDoubleValue())
        ? sign.equals("!=")
        : compares(new BigDecimal(number.getDoubleValue()).compareTo(wanted), sign);
  }

  /// A value compares by those of its elements that can be compared: by one of them, and if it is
  /// asked what they are not, by all.
  private static boolean compares(
      @Nullable AnyValue value,
      Predicate<AnyValue> comparable,
      Predicate<AnyValue> holds,
      boolean negative) {
    List<AnyValue> elements = elements(value).stream().filter(comparable).toList();
    return negative
        ? !elements.isEmpty() && elements.stream().allMatch(holds)
        : elements.stream().anyMatch(holds);
  }

  /// What a value compares by: itself, or the simple ones in it.
  static List<AnyValue> elements(@Nullable AnyValue value) {
    return value == null ? List.of() : simple(value).toList();
  }

  private static Stream<AnyValue> simple(AnyValue value) {
    return switch (value.getValueCase()) {
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream().flatMap(RandomQueries::simple);
      case KVLIST_VALUE ->
          value.getKvlistValue().getValuesList().stream()
              .flatMap(entry -> simple(entry.getValue()));
      default -> Stream.of(shown(value));
    };
  }

  /// Bytes are shown as base64.
  private static AnyValue shown(AnyValue value) {
    return value.hasBytesValue()
        ? AnyValue.newBuilder()
            .setStringValue(Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray()))
            .build()
        : value;
  }

  private static @Nullable AnyValue lookup(Row row, String scope, String key) {
    Map<String, AnyValue> ofSpan = row.attributes();
    return switch (scope) {
      case "span." -> ofSpan.get(key);
      case "resource." -> row.resource().get(key);
      default -> ofSpan.containsKey(key) ? ofSpan.get(key) : row.resource().get(key);
    };
  }

  static String quoted(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t")
        + '"';
  }

  /// A regular expression of RE2 that is that text.
  private static String escaped(String text) {
    return text.replaceAll("([\\\\.*+?()\\[\\]{}|^$/])", "\\\\$1");
  }

  private <T> T pick(List<T> values) {
    return Objects.requireNonNull(values.get(random.nextInt(values.size())));
  }
}
