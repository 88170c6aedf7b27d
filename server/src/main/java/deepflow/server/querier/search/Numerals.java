package deepflow.server.querier.search;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads numbers and durations.
public final class Numerals {

  private static final Pattern WHOLE = Pattern.compile("-?\\d+");
  private static final Pattern REAL =
      Pattern.compile("-?\\d{1,400}(\\.\\d{1,400})?([eE][-+]?\\d{1,4})?");
  private static final Pattern DURATION =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,19})?)(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, BigDecimal> NANOS =
      Map.of(
          "ns", BigDecimal.ONE,
          "us", BigDecimal.valueOf(1_000L),
          "µs", BigDecimal.valueOf(1_000L),
          "μs", BigDecimal.valueOf(1_000L),
          "ms", BigDecimal.valueOf(1_000_000L),
          "s", BigDecimal.valueOf(1_000_000_000L),
          "m", BigDecimal.valueOf(60_000_000_000L),
          "h", BigDecimal.valueOf(3_600_000_000_000L));

  private Numerals() {}

  /// The value that such a text has in TraceQL: a number, or a duration when it has units.
  static Optional<Value> value(String text) {
    if (WHOLE.matcher(text).matches()) {
      return whole(text);
    }
    if (REAL.matcher(text).matches()) {
      double number = Double.parseDouble(text);
      return Double.isFinite(number) ? Optional.of(new Value.Real(number)) : Optional.empty();
    }
    boolean negative = text.startsWith("-");
    return nanos(negative ? text.substring(1) : text)
        .map(nanos -> new Value.Nanos(negative ? -nanos : nanos));
  }

  private static Optional<Value> whole(String text) {
    try {
      return Optional.of(new Value.Whole(Long.parseLong(text)));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  /// A duration such as `100ms`, `1.5s` or `1h30m` in ns; a fraction of one is dropped.
  ///
  /// @return nothing when it is none or longer than 292 years
  public static Optional<Long> nanos(String text) {
    Matcher matcher = DURATION.matcher(text);
    BigDecimal sum = BigDecimal.ZERO;
    int at = 0;
    while (at < text.length() && matcher.region(at, text.length()).lookingAt()) {
      sum = sum.add(new BigDecimal(matcher.group(1)).multiply(NANOS.get(matcher.group(2))));
      at = matcher.end();
    }
    boolean read = at == text.length() && at > 0;
    return read && sum.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0
        ? Optional.of(sum.longValue())
        : Optional.empty();
  }
}
