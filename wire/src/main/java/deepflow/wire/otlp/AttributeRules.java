package deepflow.wire.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which attributes are taken out of spans, and which values are made unreadable, before a request
/// is kept. A rule holds for attributes of resources, scopes, spans, events and links; the first
/// one that fits counts. `app.host.ip` stays as it is.
public final class AttributeRules {
  /// No rules.
  public static final AttributeRules NONE = new AttributeRules(List.of());

  private final List<Rule> rules;

  /// @param rules in the order in which they are asked
  public AttributeRules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /// What is done with an attribute.
  public sealed interface Rule {
    /// The attributes that it is for.
    Keys keys();
  }

  /// Takes the attribute away.
  public record Drop(Keys keys) implements Rule {}

  /// Puts a text in the place of the value, or of those parts of its texts that fit a pattern.
  ///
  /// @param pattern in RE2's syntax, whose time grows with the text only; null for the whole value
  /// @param replacement as it is written
  public record Mask(Keys keys, @Nullable Pattern pattern, String replacement) implements Rule {
    /// The text with what fits replaced; the same object when nothing does.
    String mask(String text) {
      if (pattern == null) {
        return replacement;
      }
      Matcher matcher = pattern.matcher(text);
      return matcher.find() ? matcher.replaceAll(Matcher.quoteReplacement(replacement)) : text;
    }
  }

  /// A key, or all keys with a beginning, written with `*` behind it.
  public static final class Keys {
    private final String text;
    private final byte[] bytes;
    private final boolean beginning;

    /// @param text not empty, and not `*` alone
    public Keys(String text) {
      this.text = text;
      beginning = text.endsWith("*");
      bytes = (beginning ? text.substring(0, text.length() - 1) : text).getBytes(UTF_8);
      if (bytes.length == 0) {
        throw new IllegalArgumentException("no key: '%s'".formatted(text));
      }
    }

    private boolean fit(byte[] source, int from, int to) {
      int end = from + bytes.length;
      return (beginning ? end <= to : end == to)
          && Arrays.equals(source, from, end, bytes, 0, bytes.length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Keys keys && keys.text.equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /// The rule for the key in a range of bytes; null when there is none.
  @Nullable Rule find(byte[] source, int from, int to) {
    for (Rule rule : rules) {
      if (rule.keys().fit(source, from, to)) {
        return Arrays.equals(source, from, to, HostIpAttribute.KEY_BYTES, 0, hostIpLength())
            ? null
            : rule;
      }
    }
    return null;
  }

  private static int hostIpLength() {
    return HostIpAttribute.KEY_BYTES.length;
  }
}
