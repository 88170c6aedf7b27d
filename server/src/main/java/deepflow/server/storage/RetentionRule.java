package deepflow.server.storage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many days some spans are kept: `30d status = error and service = shop`.
///
/// | condition | holds for |
/// |---|---|
/// | `status = error` (`ok`, `unset`) | spans with that status |
/// | `service = NAME` | spans of that service |
/// | `duration >= 2s` (`ns`, `us`, `ms`, `s`, `m`) | spans that took so long |
/// | `attribute.KEY = VALUE` | spans that have that attribute, or whose resource has it |
///
/// A value with spaces or signs stands between double quotes, in which `\` takes the next sign as
/// it is.
///
/// @param days 1 to [#DAYS_MAX]
/// @param conditions all of which must hold; at least one
public record RetentionRule(int days, List<Condition> conditions) {
  /// Ten years.
  public static final int DAYS_MAX = 3_650;

  private static final int CONDITIONS_MAX = 8;

  private static final Pattern DAYS = Pattern.compile("\\s*(\\d{1,4})d\\s+");
  private static final Pattern CONDITION =
      Pattern.compile(
          "\\s*(status|service|duration|attribute\\.[^\\s=<>\"]+)\\s*(>=|=)\\s*"
              + "(\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s\"]+)\\s*");
  private static final Pattern AND = Pattern.compile("and\\s+");
  private static final Pattern LENGTH = Pattern.compile("(\\d{1,18})(ns|us|ms|s|m)");

  /// Longer than any span; what is below has at most 18 digits in nanoseconds.
  private static final Duration LENGTH_MAX = Duration.ofSeconds(1_000_000_000);

  /// What a span must be like.
  public sealed interface Condition {
    /// With a status: 0 unset, 1 ok, 2 error.
    record Status(int code) implements Condition {}

    /// Of a service.
    record Service(String name) implements Condition {}

    /// That took so long, or longer.
    record Slower(Duration than) implements Condition {}

    /// With an attribute, its own or its resource's.
    record Attribute(String key, String value) implements Condition {}
  }

  private static final List<String> STATUSES = List.of("unset", "ok", "error");

  public RetentionRule {
    conditions = List.copyOf(conditions);
  }

  /// Reads a rule.
  ///
  /// @throws IllegalArgumentException for a text that is none, with what is wrong and where
  public static RetentionRule parse(String text) {
    Matcher days = DAYS.matcher(text);
    if (!days.lookingAt()) {
      throw wrong("a rule begins with its days, such as 30d", text, 0);
    }
    int number = Integer.parseInt(days.group(1));
    if (number < 1 || number > DAYS_MAX) {
      throw wrong("days are from 1 to " + DAYS_MAX, text, days.start(1));
    }
    List<Condition> conditions = new ArrayList<>();
    int at = days.end();
    while (true) {
      Matcher condition = CONDITION.matcher(text).region(at, text.length());
      if (!condition.lookingAt()) {
        throw wrong(
            "expected status, service, duration or attribute.KEY, then = (of duration >=) and a"
                + " value",
            text,
            at);
      }
      conditions.add(condition(condition, text));
      at = condition.end();
      if (conditions.size() > CONDITIONS_MAX) {
        throw wrong("a rule has at most %s conditions".formatted(CONDITIONS_MAX), text, at);
      }
      if (at == text.length()) {
        return new RetentionRule(number, conditions);
      }
      Matcher and = AND.matcher(text).region(at, text.length());
      if (!and.lookingAt()) {
        throw wrong("expected 'and' or the end", text, at);
      }
      at = and.end();
    }
  }

  private static Condition condition(Matcher found, String text) {
    String name = found.group(1);
    boolean atLeast = found.group(2).equals(">=");
    String value = unquoted(found.group(3));
    if (atLeast != name.equals("duration")) {
      throw wrong("%s takes %s".formatted(name, atLeast ? "=" : ">="), text, found.start(2));
    }
    return switch (name) {
      case "status" -> {
        int code = STATUSES.indexOf(value);
        if (code < 0) {
          throw wrong("status is error, ok or unset", text, found.start(3));
        }
        yield new Condition.Status(code);
      }
      case "service" -> new Condition.Service(value);
      case "duration" -> new Condition.Slower(length(value, text, found.start(3)));
      default -> new Condition.Attribute(name.substring("attribute.".length()), value);
    };
  }

  private static Duration length(String value, String text, int at) {
    Matcher length = LENGTH.matcher(value);
    if (!length.matches()) {
      throw wrong("a duration is a number with ns, us, ms, s or m behind it", text, at);
    }
    Duration unit =
        switch (length.group(2)) {
          case "ns" -> Duration.ofNanos(1);
          case "us" -> Duration.ofNanos(1_000);
          case "ms" -> Duration.ofMillis(1);
          case "s" -> Duration.ofSeconds(1);
          default -> Duration.ofMinutes(1);
        };
    long amount = Long.parseLong(length.group(1));
    if (amount >= LENGTH_MAX.dividedBy(unit)) {
      throw wrong("a duration is shorter than %s days".formatted(LENGTH_MAX.toDays()), text, at);
    }
    return unit.multipliedBy(amount);
  }

  private static String unquoted(String value) {
    return value.startsWith("\"")
        ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
        : value;
  }

  private static IllegalArgumentException wrong(String what, String text, int at) {
    return new IllegalArgumentException(
        "%s, at character %s of '%s'".formatted(what, at + 1, text));
  }

  Duration lifetime() {
    return Duration.ofDays(days);
  }

  /// As [#parse] reads it.
  @Override
  public String toString() {
    StringJoiner all = new StringJoiner(" and ", days + "d ", "");
    conditions.forEach(condition -> all.add(shown(condition)));
    return all.toString();
  }

  private static String shown(Condition condition) {
    return switch (condition) {
      case Condition.Status(int code) -> "status = " + STATUSES.get(code);
      case Condition.Service(String name) -> "service = " + quoted(name);
      case Condition.Slower(Duration than) -> "duration >= " + shown(than);
      case Condition.Attribute(String key, String value) ->
          "attribute.%s = %s".formatted(key, quoted(value));
    };
  }

  private static String shown(Duration length) {
    long nanos = length.toNanos();
    long unit = nanos % 1_000_000_000 == 0 ? 1_000_000_000 : nanos % 1_000_000 == 0 ? 1_000_000 : 1;
    return nanos / unit + (unit == 1 ? "ns" : unit == 1_000_000 ? "ms" : "s");
  }

  private static String quoted(String value) {
    return value.toLowerCase(Locale.ROOT).matches("[a-z0-9._/:-]+")
        ? value
        : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
