package deepflow.server.querier.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tag of a table.
///
/// @param name as statements call it
/// @param nullable whether a row can lack it
/// @param enumeration display names, or null when it has none
/// @param shown ClickHouse's expression of the value in an answer; `{key}` stands for a sub-key
/// @param compared ClickHouse's expression that conditions compare; `{key}` as above
/// @param sides tags that a condition on this one tries both of (`ip` means `ip_0` or `ip_1`); such
///   a tag has no value of its own
record Tag(
    String name,
    TagType type,
    boolean nullable,
    @Nullable Enumeration enumeration,
    String shown,
    String compared,
    List<String> sides) {

  private static final String KEY = "*";

  /// Whether a key stands in the name: `attribute.*`, `k8s.label.*_0`.
  boolean takesKeys() {
    return name.contains("." + KEY);
  }

  /// The key that stands in a name of this form; empty when it isn't of this form.
  String keyIn(String subName) {
    String before = name.substring(0, name.indexOf(KEY));
    String after = name.substring(before.length() + 1);
    return subName.length() > before.length() + after.length()
            && subName.startsWith(before)
            && subName.endsWith(after)
        ? subName.substring(before.length(), subName.length() - after.length())
        : "";
  }

  /// ClickHouse's expression of the name with a key.
  String keyed(String key) {
    String before = name.substring(0, name.indexOf(KEY));
    String after = name.substring(before.length() + 1);
    return after.isEmpty()
        ? "concat(%s, %s)".formatted(Literal.of(before), key)
        : "concat(%s, %s, %s)".formatted(Literal.of(before), key, Literal.of(after));
  }

  /// Whether it means the same of a client and of a server, such as `pod` does.
  boolean hasClientAndServer() {
    return sides.equals(List.of(name + "_0", name + "_1"));
  }

  /// The tag of one sub-key.
  ///
  /// @param parameter what stands for the key in SQL, such as `{p0:String}`
  Tag at(String subName, String parameter) {
    return new Tag(
        subName,
        type,
        nullable,
        enumeration,
        shown.replace("{key}", parameter),
        compared.replace("{key}", parameter),
        sides.stream().map(side -> side.replace(KEY, keyIn(subName))).toList());
  }
}
