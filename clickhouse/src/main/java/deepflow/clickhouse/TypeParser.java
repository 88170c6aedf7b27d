package deepflow.clickhouse;

import deepflow.clickhouse.ValueType.Address;
import deepflow.clickhouse.ValueType.Decimal;
import deepflow.clickhouse.ValueType.Floating;
import deepflow.clickhouse.ValueType.Ticks;
import deepflow.clickhouse.ValueType.Whole;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the name of a type as ClickHouse writes it, e.g. `Array(Tuple(a String, b Decimal(9,
/// 2)))`.
final class TypeParser {
  private static final int FIXED_STRING_BYTES_MAX = 0xFF_FFFF;
  private static final Pattern ESCAPE = Pattern.compile("\\\\(.)", Pattern.DOTALL);
  private static final ValueType POINT =
      new ValueType.Tupled(List.of(new Floating(8), new Floating(8)));

  private TypeParser() {}

  /// Parses a type.
  ///
  /// @throws IllegalArgumentException when values of the type can't be read
  static ValueType parse(String text) {
    String type = text.strip();
    int open = type.indexOf('(');
    if (open < 0) {
      return plain(type);
    }
    if (!type.endsWith(")")) {
      throw unreadable(type);
    }
    String name = type.substring(0, open);
    return of(name, split(type.substring(open + 1, type.length() - 1)), type);
  }

  private static ValueType plain(String type) {
    return switch (type) {
      case "String" -> new ValueType.Text(ValueType.Text.ANY);
      case "Bool" -> new ValueType.Bool();
      case "Float32" -> new Floating(4);
      case "Float64" -> new Floating(8);
      case "BFloat16" -> new Floating(2);
      case "Date" -> new ValueType.Date(new Whole(2, false));
      case "Date32" -> new ValueType.Date(new Whole(4, true));
      case "DateTime" -> new Ticks(new Whole(4, false), 0, true);
      case "Time" -> new Ticks(new Whole(4, true), 0, false);
      case "IPv4" -> new Address(4);
      case "IPv6" -> new Address(16);
      case "UUID" -> new ValueType.Uuid();
      case "Nothing" -> new ValueType.Nothing();
      case "Point" -> POINT;
      case "Ring", "LineString" -> new ValueType.Listed(POINT);
      case "Polygon", "MultiLineString" -> new ValueType.Listed(plain("Ring"));
      case "MultiPolygon" -> new ValueType.Listed(plain("Polygon"));
      default -> integer(type);
    };
  }

  private static ValueType integer(String type) {
    if (type.startsWith("Interval")) {
      return new Whole(8, true);
    }
    boolean signed = type.startsWith("Int");
    String bits = type.replaceFirst("^U?Int", "");
    return switch (bits) {
      case "8", "16", "32", "64" -> new Whole(Integer.parseInt(bits) / 8, signed);
      case "128", "256" -> new ValueType.Wide(Integer.parseInt(bits) / 8, signed);
      default -> throw unreadable(type);
    };
  }

  private static ValueType of(String name, List<String> arguments, String type) {
    String first = arguments.getFirst();
    return switch (name) {
      case "LowCardinality" -> parse(first);
      case "Nullable" -> new ValueType.Maybe(parse(first));
      case "Array" -> new ValueType.Listed(parse(first));
      case "Map" -> new ValueType.Mapped(parse(first), parse(arguments.get(1)));
      case "Tuple" -> tuple(arguments);
      case "Nested" -> new ValueType.Listed(tuple(arguments));
      case "SimpleAggregateFunction" -> parse(arguments.get(1));
      case "FixedString" -> new ValueType.Text(number(first, FIXED_STRING_BYTES_MAX, type));
      case "Decimal" -> decimal(number(first, 76, type), number(arguments.get(1), 76, type));
      case "DateTime" -> plain("DateTime");
      case "DateTime64" -> new Ticks(new Whole(8, true), number(first, 9, type), true);
      case "Time64" -> new Ticks(new Whole(8, true), number(first, 9, type), false);
      case "Enum8" -> new ValueType.Enumeration(new Whole(1, true), names(arguments));
      case "Enum16" -> new ValueType.Enumeration(new Whole(2, true), names(arguments));
      default -> throw unreadable(type);
    };
  }

  private static ValueType tuple(List<String> elements) {
    List<ValueType> types = new ArrayList<>();
    for (String element : elements) {
      types.add(parse(element.substring(endOfName(element))));
    }
    return new ValueType.Tupled(List.copyOf(types));
  }

  private static Decimal decimal(int precision, int scale) {
    int width = precision <= 9 ? 4 : precision <= 18 ? 8 : precision <= 38 ? 16 : 32;
    return new Decimal(width, scale);
  }

  private static int number(String text, int max, String type) {
    try {
      int value = Integer.parseInt(text.strip());
      if (value >= 0 && value <= max) {
        return value;
      }
    } catch (NumberFormatException _) {
      // refused below
    }
    throw unreadable(type);
  }

  /// From `'name' = number` pairs.
  private static Map<Long, String> names(List<String> pairs) {
    Map<Long, String> names = new HashMap<>();
    for (String pair : pairs) {
      int equals = pair.lastIndexOf('=');
      String quoted = pair.substring(0, equals).strip();
      String name = unescaped(quoted.substring(1, quoted.length() - 1));
      names.put(Long.parseLong(pair.substring(equals + 1).strip()), name);
    }
    return Map.copyOf(names);
  }

  /// ClickHouse escapes these six characters, the backslash and the quote.
  private static String unescaped(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(escape ->
            Matcher.quoteReplacement(
                switch (escape.group(1)) {
                  case "b" -> "\b";
                  case "f" -> "\f";
                  case "n" -> "\n";
                  case "r" -> "\r";
                  case "t" -> "\t";
                  case "0" -> "\0";
                  case String itself -> itself;
                }));
  }

  /// Where the type begins in `name Type`, with a name that may be missing or quoted.
  private static int endOfName(String element) {
    var scanner = new Scanner(element);
    int end = 0;
    while (scanner.next()) {
      if (scanner.current() == ' ' && scanner.isOutside()) {
        end = scanner.at + 1;
      }
    }
    return end;
  }

  /// Cuts at the commas that stand in no quotes and no brackets.
  private static List<String> split(String arguments) {
    List<String> parts = new ArrayList<>();
    var scanner = new Scanner(arguments);
    int start = 0;
    while (scanner.next()) {
      if (scanner.current() == ',' && scanner.isOutside()) {
        parts.add(arguments.substring(start, scanner.at).strip());
        start = scanner.at + 1;
      }
    }
    parts.add(arguments.substring(start).strip());
    return parts;
  }

  private static IllegalArgumentException unreadable(String type) {
    return new IllegalArgumentException("values of type %s can't be read".formatted(type));
  }

  /// Goes through a text and knows whether it is inside quotes or brackets.
  private static final class Scanner {
    private final String text;
    private int at = -1;
    private int depth;
    private char quote;

    Scanner(String text) {
      this.text = text;
    }

    char current() {
      return text.charAt(at);
    }

    boolean isOutside() {
      return depth == 0 && quote == 0;
    }

    boolean next() {
      at++;
      if (at >= text.length()) {
        return false;
      }
      if (quote != 0) {
        inQuotes();
      } else {
        outOfQuotes();
      }
      return true;
    }

    private void inQuotes() {
      if (current() == '\\') {
        at = Math.min(at + 1, text.length() - 1);
      } else if (current() == quote) {
        quote = 0;
      }
    }

    private void outOfQuotes() {
      switch (current()) {
        case '\'', '`', '"' -> quote = current();
        case '(' -> depth++;
        case ')' -> depth--;
        default -> {}
      }
    }
  }
}
