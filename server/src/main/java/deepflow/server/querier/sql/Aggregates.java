package deepflow.server.querier.sql;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// DeepFlow's aggregates. Of delays only values above 0 count; `Avg` of a counter is its sum by the
/// seconds of the time range (so it is a rate), of a percentage the ratio of the sums.
final class Aggregates {

  private final Catalogue catalogue;
  private final Bindings bindings;
  private final TimeRange range;

  Aggregates(Catalogue catalogue, Bindings bindings, TimeRange range) {
    this.catalogue = catalogue;
    this.bindings = bindings;
    this.range = range;
  }

  /// The value of one row.
  static String rowValue(Metric metric) {
    String whole = metric.whole();
    return whole == null
        ? metric.expression()
        : "if(%s > 0, least((%s) / (%s), 1) * 100, NULL)"
            .formatted(whole, metric.expression(), whole);
  }

  /// One aggregate.
  ///
  /// @throws SqlException when there is no such aggregate, or not for these arguments
  Values.Value of(Expression.Call call) throws SqlException {
    return switch (call.function().toLowerCase(Locale.ROOT)) {
      case "count" -> count(call);
      case "sum" -> number(summed(call, metric(call, 1)), metric(call, 1).unit());
      case "avg" -> number(averaged(metric(call, 1)), metric(call, 1).unit());
      case "aavg" -> simple(call, "avg");
      case "max" -> simple(call, "max");
      case "min" -> simple(call, "min");
      case "stddev" -> simple(call, "stddevPopStable");
      case "spread" -> spread(call);
      case "percentile" -> percentile(call, "quantile");
      case "percentileexact" -> percentile(call, "quantileExact");
      case "uniq" -> distinct(call, "uniq");
      case "uniqexact", "countdistinct" -> distinct(call, "uniqExact");
      case "any" -> any(call);
      default ->
          throw new SqlException(
              "no function is called '%s'".formatted(call.function()), call.position());
    };
  }

  private static Values.Value number(String sql, String unit) {
    return new Values.Value(sql, true, unit, true, Set.of());
  }

  private Values.Value count(Expression.Call call) throws SqlException {
    if (metric(call, 1).type() != Metric.Type.OTHER) {
      throw new SqlException("Count takes row", call.position());
    }
    return number("count()", "");
  }

  private static String summed(Expression.Call call, Metric metric) throws SqlException {
    return switch (metric.type()) {
      case COUNTER, DELAY -> "sum(%s)".formatted(metric.expression());
      case PERCENTAGE, BOUNDED_GAUGE, OTHER ->
          throw new SqlException("Sum takes no %s".formatted(metric.name()), call.position());
    };
  }

  private String averaged(Metric metric) {
    return switch (metric.type()) {
      case COUNTER -> "sum(%s) / %s".formatted(metric.expression(), range.seconds(bindings));
      case PERCENTAGE -> ratio(metric);
      case DELAY, BOUNDED_GAUGE, OTHER -> overRows("avg", metric);
    };
  }

  private static String ratio(Metric metric) {
    return "if(sum(%s) > 0, least(sum(%s) / sum(%s), 1) * 100, NULL)"
        .formatted(metric.whole(), metric.expression(), metric.whole());
  }

  private static String overRows(String function, Metric metric) {
    return metric.type() == Metric.Type.DELAY
        ? "%sIf(%s, %s > 0)".formatted(function, metric.expression(), metric.expression())
        : "%s(%s)".formatted(function, rowValue(metric));
  }

  private Values.Value simple(Expression.Call call, String function) throws SqlException {
    Metric metric = metric(call, 1);
    return number(overRows(function, metric), metric.unit());
  }

  private Values.Value spread(Expression.Call call) throws SqlException {
    Metric metric = metric(call, 1);
    return number(
        "(%s - %s)".formatted(overRows("max", metric), overRows("min", metric)), metric.unit());
  }

  /// The level is given as 0.99 or as 99.
  private Values.Value percentile(Expression.Call call, String function) throws SqlException {
    Metric metric = metric(call, 2);
    BigDecimal level = Numbers.of(Constant.of(call.arguments().get(1)));
    double share = level.doubleValue() > 1 ? level.doubleValue() / 100 : level.doubleValue();
    if (!(share >= 0 && share <= 1)) {
      throw new SqlException("a percentile lies between 0 and 100", call.position());
    }
    // The level is no value but part of the function's name, so it can't be bound. It is a double.
    String sql =
        metric.type() == Metric.Type.DELAY
            ? "%sIf(%s)(%s, %s > 0)"
                .formatted(function, share, metric.expression(), metric.expression())
            : "%s(%s)(%s)".formatted(function, share, rowValue(metric));
    return number(sql, metric.unit());
  }

  private Values.Value distinct(Expression.Call call, String function) throws SqlException {
    List<String> values = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    for (Expression argument : call.arguments()) {
      Tag tag = tag(call, argument);
      values.add(tag.shown());
      if (tag.type() == TagType.SPAN_ID || tag.type().isText()) {
        conditions.add("%s != ''".formatted(tag.shown()));
      }
    }
    if (values.isEmpty()) {
      throw new SqlException("%s takes tags".formatted(call.function()), call.position());
    }
    String arguments = String.join(", ", values);
    return number(
        conditions.isEmpty()
            ? "%s(%s)".formatted(function, arguments)
            : "%sIf(%s, %s)".formatted(function, arguments, String.join(" AND ", conditions)),
        "");
  }

  private Values.Value any(Expression.Call call) throws SqlException {
    if (call.arguments().size() != 1) {
      throw new SqlException("Any takes one tag", call.position());
    }
    Tag tag = tag(call, call.arguments().getFirst());
    return new Values.Value("any(%s)".formatted(tag.shown()), false, "", true, Set.of());
  }

  private Tag tag(Expression.Call call, Expression argument) throws SqlException {
    if (!(argument instanceof Expression.Name name)) {
      throw new SqlException("%s takes tags".formatted(call.function()), argument.position());
    }
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag == null || !tag.sides().isEmpty()) {
      throw Names.unknown(name, catalogue);
    }
    return tag;
  }

  private Metric metric(Expression.Call call, int arguments) throws SqlException {
    if (call.arguments().size() != arguments
        || !(call.arguments().getFirst() instanceof Expression.Name name)) {
      throw new SqlException(
          "%s takes a metric%s".formatted(call.function(), arguments > 1 ? " and a number" : ""),
          call.position());
    }
    Metric metric = catalogue.metric(name.name(), bindings);
    if (metric == null) {
      throw catalogue.tag(name.name(), bindings) == null
          ? Names.unknown(name, catalogue)
          : new SqlException(
              "%s takes a metric, and %s is a tag".formatted(call.function(), name.name()),
              name.position());
    }
    if (metric.type() == Metric.Type.OTHER && !call.function().equalsIgnoreCase("Count")) {
      throw new SqlException("only Count takes row", name.position());
    }
    return metric;
  }
}
