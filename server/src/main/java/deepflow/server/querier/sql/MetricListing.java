package deepflow.server.querier.sql;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// What SHOW METRICS and SHOW METRICS FUNCTIONS list. Each tag that a row has is a metric too, of
/// kind 6, for Uniq, UniqExact, countDistinct and Any.
final class MetricListing {

  private static final int KIND_TAG = 6;

  private final Language language;
  private final Listing listing =
      new Listing()
          .text("name")
          .other("is_agg")
          .text("display_name", "display_name_zh", "display_name_en")
          .text("unit", "unit_zh", "unit_en")
          .number("type")
          .text("category")
          .texts("operators")
          .other("permissions")
          .text("table", "description", "description_zh", "description_en");

  private MetricListing(Language language) {
    this.language = language;
  }

  static Listing of(List<Catalogue> tables, Language language) {
    MetricListing metrics = new MetricListing(language);
    for (Catalogue table : tables) {
      table.metrics().forEach(metric -> metrics.add(table, metric));
      table.tags().stream()
          .filter(tag -> tag.sides().isEmpty() && tag.isListed())
          .forEach(tag -> metrics.add(table, tag));
    }
    return metrics.listing;
  }

  private void add(Catalogue table, Metric metric) {
    Description description = table.description(metric.name());
    Wording unit = table.unit(metric);
    List<String> operators = TagType.INT.operators();
    if (metric.takesKeys()) {
      String name = metric.keyed("key");
      listing.addEach(
          row(
              table,
              name,
              List.of(name, name, name),
              unit,
              metric.type().kind(),
              operators,
              description),
          AttributeKeys.numeric(table));
    } else {
      listing.add(
          row(
              table,
              Literal.of(metric.name()),
              Listing.values(description.name(), language),
              unit,
              metric.type().kind(),
              operators,
              description));
    }
  }

  private void add(Catalogue table, Tag tag) {
    Description description = table.description(tag.name());
    List<String> operators = tag.type().operators();
    if (tag.takesKeys()) {
      String name = tag.keyed("key");
      listing.addEach(
          row(
              table,
              name,
              List.of(name, name, name),
              Wording.NONE,
              KIND_TAG,
              operators,
              description),
          AttributeKeys.of(tag, table));
    } else {
      listing.add(
          row(
              table,
              Literal.of(tag.name()),
              Listing.values(description.name(), language),
              Wording.NONE,
              KIND_TAG,
              operators,
              description));
    }
  }

  private List<String> row(
      Catalogue table,
      String name,
      List<String> displayNames,
      Wording unit,
      int kind,
      List<String> operators,
      Description description) {
    List<String> row = new ArrayList<>(List.of(name, "false"));
    row.addAll(displayNames);
    row.addAll(Listing.values(unit, language));
    row.add(Integer.toString(kind));
    row.add(Literal.of(description.category().in(language)));
    row.add(Literal.of(operators));
    row.add(Listing.PERMISSIONS);
    row.add(Literal.of(table.name()));
    row.addAll(Listing.values(description.meaning(), language));
    return row;
  }

  /// The aggregates, as file `functions` has them.
  static Listing functions() {
    Listing listing =
        new Listing()
            .text("name")
            .number("type")
            .other("support_metric_types")
            .text("unit_overwrite")
            .number("additional_param_count")
            .other("is_support_other_operators")
            .text("value_type");
    for (List<String> line : DataFile.lines("functions")) {
      listing.add(
          List.of(
              Literal.of(line.get(0)),
              line.get(5),
              kinds(line.get(1)),
              Literal.of(line.get(2)),
              line.get(3),
              "true",
              Literal.of(line.get(4))));
    }
    return listing;
  }

  private static String kinds(String words) {
    return Arrays.stream(words.split(", ", -1))
        .map(word -> word.equals("tag") ? KIND_TAG : Metric.Type.of(word).kind())
        .map(Object::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
