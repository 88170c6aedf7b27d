package deepflow.settings;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a [Setting] accepts.
///
/// @param accepts how the kind is named in a problem and in `--help`, such as `a port (0 to 65535)`
/// @param parser gives the value, or throws [IllegalArgumentException] for a text that doesn't fit
/// @param printer the text that the parser would take
public record Kind<T>(String accepts, Function<String, T> parser, Function<T, String> printer) {

  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15})\\s*([a-zA-Z]*)");
  private static final Map<String, Long> BYTE_UNITS =
      Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30, "tib", 1L << 40);
  private static final Map<String, Long> BIT_RATE_UNITS =
      Map.of("bps", 1L, "kbps", 1_000L, "mbps", 1_000_000L, "gbps", 1_000_000_000L);
  private static final Map<String, Duration> TIME_UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  /// Any text.
  public static final Kind<String> TEXT = new Kind<>("a text", text -> text, text -> text);

  /// A TCP port; 0 lets the system choose one.
  public static final Kind<Integer> PORT =
      new Kind<>("a port (0 to 65535)", Kind::port, port -> Integer.toString(port));

  /// A path of the file system, relative to the working directory.
  public static final Kind<Path> PATH = new Kind<>("a path", Kind::path, Path::toString);

  /// Yes or no.
  public static final Kind<Boolean> SWITCH =
      new Kind<>("true or false", Kind::onOrOff, value -> Boolean.toString(value));

  /// A number of bytes, with B, KiB, MiB, GiB or TiB behind it.
  public static final Kind<Long> BYTES =
      new Kind<>("a size such as 512MiB or 4GiB", Kind::bytes, Kind::printBytes);

  /// Bytes a second: an amount of bits (`100Mbps`) or of bytes (`10MiB/s`). `none` is 0, which an
  /// amount can't be.
  public static final Kind<Long> RATE =
      new Kind<>("a rate such as 100Mbps or 10MiB/s, or none", Kind::rate, Kind::printRate);

  /// A span of time, with ms, s, m, h or d behind it.
  public static final Kind<Duration> DURATION =
      new Kind<>("a duration such as 500ms, 30s or 72h", Kind::duration, Kind::printDuration);

  /// Texts with commas between them; an empty text is an empty list.
  public static final Kind<List<String>> LIST =
      new Kind<>("a comma-separated list", Kind::list, list -> String.join(",", list));

  /// Files with commas between them or, as in `PATH` and in `kubectl`'s `KUBECONFIG`, the system's
  /// separator of paths; an empty text is an empty list.
  public static final Kind<List<Path>> FILES =
      new Kind<>(
          "files with , or %s between them".formatted(File.pathSeparator),
          Kind::files,
          files -> files.stream().map(Path::toString).collect(Collectors.joining(",")));

  /// A whole number within bounds, which are allowed.
  public static Kind<Integer> number(int min, int max) {
    return new Kind<>(
        "a number from %s to %s".formatted(min, max),
        text -> within(Integer.parseInt(text), min, max),
        number -> Integer.toString(number));
  }

  /// A span of time within bounds, which are allowed.
  public static Kind<Duration> duration(Duration min, Duration max) {
    return new Kind<>(
        "a duration from %s to %s".formatted(printDuration(min), printDuration(max)),
        text -> within(duration(text), min, max),
        Kind::printDuration);
  }

  /// One of a few words.
  public static Kind<String> oneOf(String... words) {
    List<String> known = List.of(words);
    return new Kind<>("one of " + String.join(", ", known), text -> word(known, text), w -> w);
  }

  private static String word(List<String> known, String text) {
    if (!known.contains(text)) {
      throw new IllegalArgumentException();
    }
    return text;
  }

  private static int port(String text) {
    return within(Integer.parseInt(text), 0, 0xFFFF);
  }

  private static <T extends Comparable<T>> T within(T value, T min, T max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException();
    }
    return value;
  }

  private static Path path(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException();
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static boolean onOrOff(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> throw new IllegalArgumentException();
    };
  }

  private static long bytes(String text) {
    Matcher amount = amount(text);
    Long unit = BYTE_UNITS.get(amount.group(2).toLowerCase(Locale.ROOT));
    if (unit == null) {
      throw new IllegalArgumentException();
    }
    return multiply(Long.parseLong(amount.group(1)), unit);
  }

  private static long multiply(long amount, long unit) {
    try {
      return Math.multiplyExact(amount, unit);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String printBytes(long bytes) {
    for (String unit : List.of("TiB", "GiB", "MiB", "KiB")) {
      long size = 1L << (10 * (1 + "KMGT".indexOf(unit.charAt(0))));
      if (bytes >= size && bytes % size == 0) {
        return bytes / size + unit;
      }
    }
    return bytes + "B";
  }

  private static long rate(String text) {
    String stripped = text.strip();
    if (stripped.equalsIgnoreCase("none")) {
      return 0;
    }
    long rate =
        stripped.endsWith("/s")
            ? bytes(stripped.substring(0, stripped.length() - 2))
            : bitRate(stripped);
    if (rate == 0) {
      throw new IllegalArgumentException();
    }
    return rate;
  }

  private static long bitRate(String text) {
    Matcher amount = amount(text);
    Long unit = BIT_RATE_UNITS.get(amount.group(2).toLowerCase(Locale.ROOT));
    if (unit == null) {
      throw new IllegalArgumentException();
    }
    // A rate below one byte a second would be none at all.
    return Math.ceilDiv(multiply(Long.parseLong(amount.group(1)), unit), Byte.SIZE);
  }

  private static String printRate(long bytesPerSecond) {
    return bytesPerSecond == 0 ? "none" : printBytes(bytesPerSecond) + "/s";
  }

  private static Duration duration(String text) {
    Matcher amount = amount(text);
    Duration unit = TIME_UNITS.get(amount.group(2).toLowerCase(Locale.ROOT));
    if (unit == null) {
      throw new IllegalArgumentException();
    }
    return Duration.ofMillis(multiply(Long.parseLong(amount.group(1)), unit.toMillis()));
  }

  private static String printDuration(Duration duration) {
    long millis = duration.toMillis();
    for (String unit : List.of("d", "h", "m", "s")) {
      long size = Objects.requireNonNull(TIME_UNITS.get(unit)).toMillis();
      if (millis >= size && millis % size == 0) {
        return millis / size + unit;
      }
    }
    return millis + "ms";
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static List<Path> files(String text) {
    return list(text.replace(File.pathSeparatorChar, ',')).stream().map(Kind::path).toList();
  }

  private static Matcher amount(String text) {
    Matcher matcher = AMOUNT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException();
    }
    return matcher;
  }
}
