package deepflow.wire.control;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import deepflow.wire.otlp.AttributeRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// Values of a group's configuration, from what YAML's reader makes of them. Null is what doesn't
/// fit.
final class ConfigValues {
  private static final java.util.regex.Pattern AMOUNT =
      java.util.regex.Pattern.compile("(\\d{1,12})\\s*([a-zA-Z]*)");
  private static final long REQUEST_BYTES_MIN = 64 << 10;
  private static final long MEGABITS_MAX = 1_000_000;
  private static final int RULES_MAX = 100;
  private static final int KEY_MAX = 256;
  private static final int PATTERN_MAX = 1000;
  private static final int REPLACEMENT_MAX = 100;
  private static final Set<String> MASK_KEYS = Set.of("key", "pattern", "replacement");

  private ConfigValues() {}

  static @Nullable Object bool(Object yaml) {
    return switch (yaml) {
      case Boolean value -> value;
      case Integer number when number == 0 || number == 1 -> number == 1;
      default -> null;
    };
  }

  static @Nullable Object count(Object yaml) {
    return yaml instanceof Integer number && number >= 0 ? (Object) number.longValue() : null;
  }

  static @Nullable Object requestBytes(Object yaml) {
    Matcher amount = AMOUNT.matcher(yaml.toString());
    if (!amount.matches()) {
      return null;
    }
    long unit =
        switch (amount.group(2)) {
          case "", "B" -> 1;
          case "KiB" -> 1L << 10;
          case "MiB" -> 1L << 20;
          case "GiB" -> 1L << 30;
          default -> 0;
        };
    long bytes = Long.parseLong(amount.group(1)) * unit;
    return bytes >= REQUEST_BYTES_MIN ? bytes : null;
  }

  static @Nullable Object megabits(Object yaml) {
    return yaml instanceof Integer number && number >= 0 && number <= MEGABITS_MAX
        ? (Object) (number * 1_000_000L / Byte.SIZE)
        : null;
  }

  /// DeepFlow's old key has a number of seconds.
  static @Nullable Object interval(Object yaml) {
    Matcher amount = AMOUNT.matcher(yaml.toString());
    if (!amount.matches()) {
      return null;
    }
    long unit =
        switch (amount.group(2)) {
          case "", "s" -> 1;
          case "m" -> 60;
          case "h" -> 3600;
          default -> 0;
        };
    long seconds = Long.parseLong(amount.group(1)) * unit;
    return seconds >= 1 && seconds <= 3600 ? Duration.ofSeconds(seconds) : null;
  }

  static @Nullable Object keys(Object yaml) {
    return rules(yaml, ConfigValues::drop);
  }

  static @Nullable Object masks(Object yaml) {
    return rules(yaml, ConfigValues::mask);
  }

  private interface RuleReader {
    AttributeRules.@Nullable Rule read(@Nullable Object yaml);
  }

  private static @Nullable Object rules(Object yaml, RuleReader reader) {
    if (!(yaml instanceof List<?> list) || list.size() > RULES_MAX) {
      return null;
    }
    List<AttributeRules.Rule> rules = new ArrayList<>();
    for (Object entry : list) {
      AttributeRules.Rule rule = reader.read(entry);
      if (rule == null) {
        return null;
      }
      rules.add(rule);
    }
    return rules;
  }

  private static AttributeRules.@Nullable Rule drop(@Nullable Object yaml) {
    AttributeRules.Keys keys = keysOf(yaml);
    return keys == null ? null : new AttributeRules.Drop(keys);
  }

  private static AttributeRules.@Nullable Rule mask(@Nullable Object yaml) {
    if (!(yaml instanceof Map<?, ?> map) || !MASK_KEYS.containsAll(map.keySet())) {
      return null;
    }
    AttributeRules.Keys keys = keysOf(map.get("key"));
    Object replacement = map.containsKey("replacement") ? map.get("replacement") : "***";
    if (keys == null
        || !(replacement instanceof String text)
        || text.length() > REPLACEMENT_MAX
        || !patternFits(map)) {
      return null;
    }
    return new AttributeRules.Mask(keys, pattern(map.get("pattern")), text);
  }

  private static boolean patternFits(Map<?, ?> map) {
    return !map.containsKey("pattern") || pattern(map.get("pattern")) != null;
  }

  private static @Nullable Pattern pattern(@Nullable Object yaml) {
    if (!(yaml instanceof String text) || text.isEmpty() || text.length() > PATTERN_MAX) {
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException _) {
      return null;
    }
  }

  private static AttributeRules.@Nullable Keys keysOf(@Nullable Object yaml) {
    if (!(yaml instanceof String text) || text.length() > KEY_MAX) {
      return null;
    }
    try {
      return new AttributeRules.Keys(text);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }
}
