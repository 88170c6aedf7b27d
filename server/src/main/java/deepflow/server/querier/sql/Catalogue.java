package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import deepflow.server.storage.Duplicates;
import deepflow.server.storage.RedTables;
import deepflow.server.storage.RepeatedTraces;
import deepflow.server.storage.SpanOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tags and metrics of one table, read from data files beside this class. Nothing else says
/// which names a statement may use or what they mean in ClickHouse; to widen the dialect's
/// vocabulary is to add lines there.
///
/// | file | a line |
/// |---|---|
/// | `<table>.tags` | a name alone: as in l7_flow_log; else name, type (with `?` when a row can lack it), enumeration, expression shown, expression compared (empty: the one shown), expression of the elements of an array that are compared as well; `= a or b` for a tag that means either of two; `number of a, b by id` for a number made of names of that label, 0 when the last of them is empty; `first of a, b` for the first of the tags above it that isn't 0 |
/// | `<table>.metrics` | name, type, unit, expression, whole (percentages only); application_map has those of application too |
/// | `<table>.descriptions` | headings of kind and category; name and meaning in both languages |
/// | `enumerations` | `[name \| int]` or `[name \| string]`, then lines of value, English, Chinese |
/// | `abbreviations` | what several of them use |
///
/// How a file is written: [DataFile]. A name with `.*` in it takes sub-keys: `{key}` is the bound
/// key.
final class Catalogue {

  /// The column that only a row with its resource beside it has.
  static final String RESOURCE_ATTRIBUTES = "resource_attributes";

  /// What tags read of a row's resource.
  private static final String OF_RESOURCE =
      "resource_id, any(attributes) AS resource_attributes, any(attribute_types) AS"
          + " resource_attribute_types, any(elements) AS resource_elements";

  private static final String NUMBER_OF = "number of ";
  private static final String FIRST_OF = "first of ";

  private final String database;
  private final String name;
  private final Rows rows;
  private final Map<String, Tag> tags = new LinkedHashMap<>();
  private final Map<String, Metric> metrics = new LinkedHashMap<>();
  private final Map<String, Description> descriptions = new LinkedHashMap<>();
  private final Map<String, Wording> units = new LinkedHashMap<>();

  /// Where a table's rows are.
  ///
  /// @param from ClickHouse's table, or one in parentheses
  /// @param newest what sorts the newest first
  /// @param precisionSeconds what lies between the times of two rows
  /// @param sums whether a row is the sum of many, else it is one request
  private record Rows(String from, String newest, int precisionSeconds, boolean sums) {

    static Rows ofSpans(String from) {
      return new Rows(from, SpanOrder.step("start_time"), 1, false);
    }

    static Rows ofSums(String from, int precisionSeconds) {
      return new Rows(from, "time", precisionSeconds, true);
    }
  }

  private Catalogue(String database, String name, Rows rows) {
    this.database = database;
    this.name = name;
    this.rows = rows;
  }

  /// DeepFlow's request log over our spans.
  static Catalogue l7FlowLog() {
    Catalogue catalogue = new Catalogue("flow_log", "l7_flow_log", Rows.ofSpans("deepflow.spans"));
    catalogue.read("l7_flow_log.tags", List.of("l7_flow_log.metrics"), null);
    DataFile.sections("l7_flow_log.descriptions").forEach(catalogue::describe);
    return catalogue;
  }

  /// DeepFlow's metrics of services and of the paths between them, by the second and by the minute.
  static List<Catalogue> flowMetrics(Catalogue log) {
    String oneSided = "(SELECT * FROM %s WHERE kind IN (2, 3, 4, 5))";
    return List.of(
        application(Rows.ofSums(oneSided.formatted(RedTables.MINUTES), 60), log),
        application(Rows.ofSums(oneSided.formatted(RedTables.SECONDS), 1), log),
        applicationMap(Rows.ofSums(RedTables.MINUTES, 60), log),
        applicationMap(Rows.ofSums(RedTables.SECONDS, 1), log));
  }

  private static Catalogue application(Rows rows, Catalogue log) {
    return metrics("application", rows, List.of("application.metrics"), log);
  }

  private static Catalogue applicationMap(Rows rows, Catalogue log) {
    return metrics(
        "application_map", rows, List.of("application.metrics", "application_map.metrics"), log);
  }

  private static Catalogue metrics(
      String name, Rows rows, List<String> metricFiles, Catalogue log) {
    Catalogue catalogue = new Catalogue("flow_metrics", name, rows);
    catalogue.read(name + ".tags", metricFiles, log);
    catalogue.descriptions.putAll(log.descriptions);
    catalogue.units.putAll(log.units);
    DataFile.sections("application.descriptions").forEach(catalogue::describe);
    return catalogue;
  }

  /// @param log what names alone refer to
  private void read(String tagFile, List<String> metricFiles, @Nullable Catalogue log) {
    Map<String, Enumeration> enumerations = Enumeration.all();
    for (List<String> line : DataFile.lines(tagFile)) {
      Tag tag =
          line.size() == 1
              ? Objects.requireNonNull(Objects.requireNonNull(log).tags.get(line.get(0)))
              : tag(written(line), enumerations);
      tags.put(tag.name(), tag);
    }
    metricFiles.stream()
        .flatMap(file -> DataFile.lines(file).stream())
        .forEach(line -> metrics.put(line.get(0), metric(line)));
  }

  /// Writes out what a line says in words.
  private List<String> written(List<String> line) {
    String expression = line.get(3);
    if (expression.startsWith(NUMBER_OF)) {
      return with(line, number(expression.substring(NUMBER_OF.length())));
    }
    return expression.startsWith(FIRST_OF)
        ? with(line, first(expression.substring(FIRST_OF.length())))
        : line;
  }

  private static List<String> with(List<String> line, String expression) {
    List<String> full = new ArrayList<>(line);
    full.set(3, expression);
    return full;
  }

  /// Of 53 bits, which is what clients in JavaScript can hold. Nobody hands it out: the same names
  /// have the same one wherever and whenever it is asked.
  private static String number(String names) {
    int by = names.indexOf(" by ");
    List<String> values =
        Arrays.stream(names.substring(0, by).split(", "))
            .map(name ->
                "dictGet('deepflow.label_names', %s, %s)"
                    .formatted(Literal.of(name), names.substring(by + 4)))
            .toList();
    return "if(%s = '', 0, bitAnd(cityHash64(%s), 9007199254740991))"
        .formatted(values.getLast(), String.join(", ", values));
  }

  private String first(String numbers) {
    return Arrays.stream(numbers.split(", "))
        .map(name -> Objects.requireNonNull(tags.get(name), name).shown())
        .map("nullIf(%s, 0)"::formatted)
        .collect(Collectors.joining(", ", "coalesce(", ", 0)"));
  }

  /// The columns of a derived table.
  ///
  /// @param from the table in parentheses
  static Catalogue derived(String from, List<Tag> columns) {
    Catalogue catalogue = new Catalogue("", "", Rows.ofSums(from, 1));
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

  /// `1s` or `1m` of a table of sums; empty for a log.
  String precision() {
    return rows.sums ? rows.precisionSeconds == 1 ? "1s" : "1m" : "";
  }

  /// Seconds between the times of two rows.
  int precisionSeconds() {
    return rows.precisionSeconds;
  }

  /// Whether a row is the sum of many requests.
  boolean hasSums() {
    return rows.sums;
  }

  /// ClickHouse's expression of a row's time in whole Unix seconds.
  String second() {
    return Objects.requireNonNull(tags.get("time"), name).seconds();
  }

  /// ClickHouse's table, with each row's resource beside it when an expression asks for that.
  String from(boolean withResource) {
    return rows.from.contains(RESOURCE_ATTRIBUTES) ? rows.from : from(rows.from, withResource);
  }

  /// The same of the newest rows only, by what sorts the table.
  String newest(long limit, boolean withResource) {
    return from(
        "(SELECT * FROM %s ORDER BY %s DESC LIMIT %s) AS newest"
            .formatted(rows.from, rows.newest, limit),
        withResource);
  }

  /// The same table, of one trace only, each span once: rows that differ in nothing that the sender
  /// said are one. Each row has its resource beside it.
  ///
  /// @param traceId what stands for 32 hexadecimal digits in SQL, such as `{p0:String}`
  Catalogue ofTrace(String traceId) {
    String isOfTrace =
        " WHERE "
            + SpanOrder.ofTraces("trace_id = toFixedString(unhex(%s), 16)".formatted(traceId));
    String once =
        "(SELECT * FROM (SELECT * FROM %1$s%2$s) AS rows ANY LEFT JOIN (SELECT "
            + OF_RESOURCE
            + ", any(sender_resource_id) AS sender_resource_id FROM deepflow.resources WHERE resource_id IN (SELECT"
            + " resource_id FROM %1$s%2$s) GROUP BY resource_id) AS r USING (resource_id)"
            + " LIMIT 1 BY "
            + Duplicates.SENDERS_WORDS
            + ")";
    return of(Rows.ofSpans(once.formatted(rows.from, isOfTrace)));
  }

  /// The same log with each span once: rows that differ in nothing that the sender said are one.
  ///
  /// @param from what stands for the start of a range in SQL, ns since 1970-01-01 UTC
  /// @param to likewise
  Catalogue once(String from, String to) {
    return of(Rows.ofSpans(RepeatedTraces.once(from, to)));
  }

  private Catalogue of(Rows others) {
    Catalogue catalogue = new Catalogue(database, name, others);
    catalogue.tags.putAll(tags);
    catalogue.metrics.putAll(metrics);
    return catalogue;
  }

  private static String from(String rows, boolean withResource) {
    return withResource
        ? rows
            + " ANY LEFT JOIN (SELECT "
            + OF_RESOURCE
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
    Tag map = map(name);
    return map == null ? null : map.at(name, map.keyIn(name), bindings);
  }

  /// The tag that has a name's key in it.
  private @Nullable Tag map(String name) {
    return tags.values().stream()
        .filter(map -> map.takesKeys() && !map.keyIn(name).isEmpty())
        .max(Comparator.comparingInt(map -> map.name().length()))
        .orElse(null);
  }

  /// What a condition on a tag tries: its sides, and of each all ways in which a row can say it.
  List<Tag> tried(Tag tag, Bindings bindings) {
    return sides(tag, bindings).stream()
        .flatMap(side -> readings(side, bindings).stream())
        .toList();
  }

  private List<Tag> readings(Tag tag, Bindings bindings) {
    Tag map = tags.containsKey(tag.name()) ? null : map(tag.name());
    return map == null ? List.of(tag) : map.readings(tag, map.keyIn(tag.name()), bindings);
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
        : map.at(name, name.substring(dot + 1), bindings);
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
    String elements = line.size() > 5 ? line.get(5) : "";
    return new Tag(name, type, nullable, enumeration, shown, compared, List.of(), elements);
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
