package deepflow.server.querier.sql;

import java.util.Comparator;
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
/// | `<table>.descriptions` | headings of kind and category; name and meaning in both languages |
/// | `enumerations` | `[name \| int]` or `[name \| string]`, then lines of value, English, Chinese |
///
/// How a file is written: [DataFile]. A name with `.*` in it takes sub-keys: `{key}` is the bound
/// key.
final class Catalogue {

  /// The column that only a row with its resource beside it has.
  static final String RESOURCE_ATTRIBUTES = "resource_attributes";

  /// All of a span that comes from its sender.
  private static final String SENDERS_WORDS =
      "span_id, parent_span_id, trace_state, flags, name, kind, start_time, duration, has_status,"
          + " status_code, status_message, attributes, attribute_types, dropped_attributes_count,"
          + " dropped_events_count, dropped_links_count, events, links, unknown_fields, scope_id,"
          + " sender_resource_id";

  private final String database;
  private final String name;
  private final String from;
  private final Map<String, Tag> tags = new LinkedHashMap<>();
  private final Map<String, Metric> metrics = new LinkedHashMap<>();
  private final Map<String, Description> descriptions = new LinkedHashMap<>();
  private final Map<String, Wording> units = new LinkedHashMap<>();

  private Catalogue(String database, String name, String from) {
    this.database = database;
    this.name = name;
    this.from = from;
  }

  /// DeepFlow's request log over our spans.
  static Catalogue l7FlowLog() {
    Catalogue catalogue = new Catalogue("flow_log", "l7_flow_log", "deepflow.spans");
    Map<String, Enumeration> enumerations = Enumeration.all();
    for (List<String> line : DataFile.lines("l7_flow_log.tags")) {
      Tag tag = tag(line, enumerations);
      catalogue.tags.put(tag.name(), tag);
    }
    for (List<String> line : DataFile.lines("l7_flow_log.metrics")) {
      catalogue.metrics.put(line.get(0), metric(line));
    }
    DataFile.sections("l7_flow_log.descriptions").forEach(catalogue::describe);
    return catalogue;
  }

  /// The columns of a derived table.
  ///
  /// @param from the table in parentheses
  static Catalogue derived(String from, List<Tag> columns) {
    Catalogue catalogue = new Catalogue("", "", from);
    columns.forEach(column -> catalogue.tags.put(column.name(), column));
    return catalogue;
  }

  private void describe(DataFile.Section section) {
    for (List<String> line : section.lines()) {
      Wording word = new Wording(line.get(1), line.get(2));
      if (section.heading().get(0).equals("units")) {
        units.put(line.get(0), word);
        continue;
      }
      Wording category = new Wording(section.heading().get(1), section.heading().get(2));
      Wording meaning = new Wording(line.get(3), line.get(4));
      descriptions.put(line.get(0), new Description(category, word, meaning, line.size() > 5));
    }
  }

  String database() {
    return database;
  }

  /// As statements call it.
  String name() {
    return name;
  }

  /// ClickHouse's table, with each row's resource beside it when an expression asks for that.
  String from(boolean withResource) {
    return from.contains(RESOURCE_ATTRIBUTES) ? from : from(from, withResource);
  }

  /// The same of the newest rows only, found by the hour of their start, which sorts the table.
  String newest(long rows, boolean withResource) {
    return from(
        "(SELECT *, app_instance FROM "
            + from
            + " ORDER BY toStartOfHour(start_time) DESC LIMIT "
            + rows
            + ") AS newest",
        withResource);
  }

  /// The same table, of one trace only, each span once: rows that differ in nothing that the sender
  /// said are one. Each row has its resource beside it.
  ///
  /// @param traceId what stands for 32 hexadecimal digits in SQL, such as `{p0:String}`
  Catalogue ofTrace(String traceId) {
    String isOfTrace = " WHERE trace_id = toFixedString(unhex(%s), 16)".formatted(traceId);
    Catalogue trace =
        new Catalogue(
            database,
            name,
            "(SELECT * FROM (SELECT *, app_instance FROM "
                + from
                + isOfTrace
                + ") AS rows ANY LEFT JOIN (SELECT resource_id, any(attributes) AS"
                + " resource_attributes, any(sender_resource_id) AS sender_resource_id FROM"
                + " deepflow.resources WHERE resource_id IN (SELECT resource_id FROM "
                + from
                + isOfTrace
                + ") GROUP BY resource_id) AS r USING (resource_id) LIMIT 1 BY "
                + SENDERS_WORDS
                + ")");
    trace.tags.putAll(tags);
    trace.metrics.putAll(metrics);
    return trace;
  }

  private static String from(String rows, boolean withResource) {
    return withResource
        ? rows
            + " ANY LEFT JOIN (SELECT resource_id, any(attributes) AS resource_attributes"
            + " FROM deepflow.resources GROUP BY resource_id) AS r USING (resource_id)"
        : rows;
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

  /// What is said of a tag or a metric; of `pod_0` what is said of `pod`.
  Description description(String name) {
    Description own = descriptions.get(name);
    if (own != null) {
      return own;
    }
    int suffix = name.length() - 2;
    Description both = suffix > 0 ? descriptions.get(name.substring(0, suffix)) : null;
    Objects.requireNonNull(both, name);
    return name.endsWith("_0") ? both.ofClient() : both.ofServer();
  }

  /// A metric's unit for people.
  Wording unit(Metric metric) {
    return metric.unit().isEmpty()
        ? Wording.NONE
        : Objects.requireNonNull(units.get(metric.unit()), metric.unit());
  }

  /// The tag of that name; a sub-key such as `attribute.http.route` is bound.
  @Nullable Tag tag(String name, Bindings bindings) {
    Tag tag = tags.get(name);
    if (tag != null) {
      return tag.takesKeys() ? null : tag;
    }
    return tags.values().stream()
        .filter(map -> map.takesKeys() && !map.keyIn(name).isEmpty())
        .max(Comparator.comparingInt(map -> map.name().length()))
        .map(map -> map.at(name, bindings.bind("String", map.keyIn(name))))
        .orElse(null);
  }

  /// The tags that a tag stands for: its sides, or itself.
  List<Tag> sides(Tag tag, Bindings bindings) {
    return tag.sides().isEmpty()
        ? List.of(tag)
        : tag.sides().stream()
            .map(side -> Objects.requireNonNull(tag(side, bindings), side))
            .toList();
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
}
