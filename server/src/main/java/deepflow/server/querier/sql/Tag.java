package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import deepflow.server.querier.ConversionSql;
import deepflow.server.semconv.Reading;
import deepflow.server.semconv.Renames;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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
/// @param elements ClickHouse's expression of texts of which any fulfils a condition as well: the
///   elements of an array; empty when it can't be one
record Tag(
    String name,
    TagType type,
    boolean nullable,
    @Nullable Enumeration enumeration,
    String shown,
    String compared,
    List<String> sides,
    String elements) {

  Tag(
      String name,
      TagType type,
      boolean nullable,
      @Nullable Enumeration enumeration,
      String shown,
      String compared,
      List<String> sides) {
    this(name, type, nullable, enumeration, shown, compared, sides, "");
  }

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

  /// ClickHouse's expression of a time in whole Unix seconds.
  ///
  /// @throws IllegalStateException when it is no time
  String seconds() {
    return switch (type) {
      case TIME -> "intDiv(%s, 1000000000)".formatted(compared);
      case SECOND -> "toUnixTimestamp(%s)".formatted(compared);
      case STRING,
          STRING_ENUM,
          RESOURCE,
          INT,
          INT_ENUM,
          BOOL,
          RESOURCE_ID,
          IP,
          MICROSECONDS,
          ID,
          TRACE_ID,
          SPAN_ID,
          MAC,
          ATTRIBUTE,
          EVENTS,
          MAP ->
          throw new IllegalStateException(name);
    };
  }

  /// Whether lists of tags have it.
  boolean isListed() {
    return type != TagType.RESOURCE_ID;
  }

  /// Whether it is the time of a row.
  boolean isTime() {
    return type == TagType.TIME || type == TagType.SECOND;
  }

  /// The tag of one sub-key.
  Tag at(String subName, String key, Bindings bindings) {
    return new Tag(
        subName,
        type,
        nullable,
        enumeration,
        keyed(shown, readings(key), bindings),
        keyed(compared, readings(key), bindings),
        sides.stream().map(side -> side.replace(KEY, key)).toList(),
        elements.isEmpty() ? "" : elements(key, bindings));
  }

  /// Under a key and other names of the same, as they were sent.
  private String elements(String key, Bindings bindings) {
    return Renames.keys(key).stream()
        .map(name -> elements.replace("{key}", bindings.bind("String", name)))
        .collect(Collectors.joining(", ", "arrayConcat(", ")"));
  }

  /// A tag of one sub-key, for each way in which a row can say it.
  ///
  /// @param whole all of them as one, the first of which a row has counts
  List<Tag> readings(Tag whole, String key, Bindings bindings) {
    return readings(key).stream()
        .map(reading ->
            new Tag(
                whole.name,
                type,
                nullable,
                enumeration,
                read(shown, reading, bindings),
                read(compared, reading, bindings),
                whole.sides,
                values(elements, bindings).apply(reading.key())))
        .toList();
  }

  private static String read(String expression, Reading reading, Bindings bindings) {
    return conversions(bindings).one(reading, values(expression, bindings));
  }

  /// ClickHouse's expression of the value under a key, or under another name of the same.
  private static String keyed(String expression, List<Reading> readings, Bindings bindings) {
    return conversions(bindings).first(readings, values(expression, bindings));
  }

  /// Only senders' attributes have names of the semantic conventions: a pod's label may be called
  /// so, and is another thing.
  private List<Reading> readings(String key) {
    return type == TagType.ATTRIBUTE ? Renames.of(key) : List.of(Reading.own(key));
  }

  private static UnaryOperator<String> values(String expression, Bindings bindings) {
    return name -> expression.replace("{key}", bindings.bind("String", name));
  }

  private static ConversionSql conversions(Bindings bindings) {
    return new ConversionSql(
        bindings::bind,
        other ->
            "mapValues(attributes)[arrayLastIndex(k -> k = %s, mapKeys(attributes))]"
                .formatted(bindings.bind("String", other)));
  }
}
