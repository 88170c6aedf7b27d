package deepflow.server.querier.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The tags and metrics of one table, read from data files beside this class. Nothing else says
/// which names a statement may use or what they mean in ClickHouse; to widen the dialect's
/// vocabulary is to add lines there.
///
/// | file | a line |
/// |---|---|
/// | `<table>.tags` | name, type (with `?` when a row can lack it), enumeration, expression shown, expression compared (empty: the one shown); `= a or b` for a tag that means either of two |
/// | `<table>.metrics` | name, type, unit, expression, whole (percentages only) |
/// | `enumerations` | `[name int]` or `[name string]`, then lines of value, English, Chinese |
///
/// Fields are separated by ` | `; `#` begins a comment; `${x}` is replaced by what a line `x :=
/// expression` above it says. A name that ends in `.*` takes sub-keys: `{key}` is the bound key.
final class Catalogue {

  /// The column that only a row with its resource beside it has.
  static final String RESOURCE_ATTRIBUTES = "resource_attributes";

  private final String from;
  private final Map<String, Tag> tags = new LinkedHashMap<>();
  private final Map<String, Metric> metrics = new LinkedHashMap<>();

  private Catalogue(String from) {
    this.from = from;
  }

  /// DeepFlow's request log over our spans.
  static Catalogue l7FlowLog() {
    Catalogue catalogue = new Catalogue("deepflow.spans");
    Map<String, Enumeration> enumerations = enumerations(lines("enumerations"));
    for (List<String> line : fields(lines("l7_flow_log.tags"))) {
      Tag tag = tag(line, enumerations);
      catalogue.tags.put(tag.name(), tag);
    }
    for (List<String> line : fields(lines("l7_flow_log.metrics"))) {
      catalogue.metrics.put(line.get(0), metric(line));
    }
    return catalogue;
  }

  /// ClickHouse's table, with each row's resource beside it when an expression asks for that.
  String from(boolean withResource) {
    return withResource
        ? from
            + " ANY LEFT JOIN (SELECT resource_id, any(attributes) AS resource_attributes"
            + " FROM deepflow.resources GROUP BY resource_id) AS r USING (resource_id)"
        : from;
  }

  List<Tag> tags() {
    return List.copyOf(tags.values());
  }

  List<Metric> metrics() {
    return List.copyOf(metrics.values());
  }

  boolean knows(String name) {
    return tags.containsKey(name) || metrics.containsKey(name);
  }

  /// The tag of that name; a sub-key such as `attribute.http.route` is bound.
  @Nullable Tag tag(String name, Bindings bindings) {
    Tag tag = tags.get(name);
    if (tag != null || name.endsWith(".*")) {
      return name.endsWith(".*") ? null : tag;
    }
    int dot = name.indexOf('.');
    Tag map = dot < 0 ? null : tags.get(name.substring(0, dot) + ".*");
    return map == null || dot + 1 == name.length()
        ? null
        : map.at(name, bindings.bind("String", name.substring(dot + 1)));
  }

  /// The metric of that name; a sub-key such as `metrics.web.vitals.LCP.value` is bound.
  @Nullable Metric metric(String name, Bindings bindings) {
    Metric metric = metrics.get(name);
    if (metric != null || name.endsWith(".*")) {
      return name.endsWith(".*") ? null : metric;
    }
    int dot = name.indexOf('.');
    Metric map = dot < 0 ? null : metrics.get(name.substring(0, dot) + ".*");
    return map == null || dot + 1 == name.length()
        ? null
        : map.at(name, bindings.bind("String", name.substring(dot + 1)));
  }

  private static Tag tag(List<String> line, Map<String, Enumeration> enumerations) {
    String name = line.get(0);
    boolean nullable = line.get(1).endsWith("?");
    TagType type = TagType.of(nullable ? line.get(1).replace("?", "") : line.get(1));
    Enumeration enumeration =
        line.get(2).isEmpty()
            ? null
            : Objects.requireNonNull(enumerations.get(line.get(2)), line.get(2));
    String shown = line.get(3);
    if (shown.startsWith("= ")) {
      List<String> sides = List.of(shown.substring(2).split(" or ", -1));
      return new Tag(name, type, nullable, enumeration, "", "", sides);
    }
    String compared = line.size() > 4 && !line.get(4).isEmpty() ? line.get(4) : shown;
    return new Tag(name, type, nullable, enumeration, shown, compared, List.of());
  }

  private static Metric metric(List<String> line) {
    return new Metric(
        line.get(0),
        Metric.Type.of(line.get(1)),
        line.get(2),
        line.get(3),
        line.size() > 4 ? line.get(4) : null);
  }

  private static Map<String, Enumeration> enumerations(List<String> lines) {
    Map<String, Enumeration> enumerations = new LinkedHashMap<>();
    String[] heading = {};
    List<Enumeration.Entry> entries = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("[")) {
        entries = new ArrayList<>();
        heading = line.substring(1, line.length() - 1).split(" ", -1);
        enumerations.put(
            heading[0], new Enumeration(heading[0], heading[1].equals("int"), entries));
      } else {
        List<String> fields = split(line);
        entries.add(new Enumeration.Entry(fields.get(0), fields.get(1), fields.get(2)));
      }
    }
    return enumerations;
  }

  private static List<List<String>> fields(List<String> lines) {
    Map<String, String> abbreviations = new LinkedHashMap<>();
    List<List<String>> fields = new ArrayList<>();
    for (String line : lines) {
      String full = line;
      for (Map.Entry<String, String> abbreviation : abbreviations.entrySet()) {
        full = full.replace("${" + abbreviation.getKey() + "}", abbreviation.getValue());
      }
      int sign = full.indexOf(" := ");
      if (sign > 0) {
        abbreviations.put(full.substring(0, sign).strip(), full.substring(sign + 4).strip());
      } else {
        fields.add(split(full));
      }
    }
    return fields;
  }

  private static List<String> split(String line) {
    List<String> fields = new ArrayList<>();
    for (String field : line.split("\\|", -1)) {
      fields.add(field.strip());
    }
    return fields;
  }

  private static List<String> lines(String file) {
    try (InputStream in = Catalogue.class.getResourceAsStream(file)) {
      String text =
          new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
