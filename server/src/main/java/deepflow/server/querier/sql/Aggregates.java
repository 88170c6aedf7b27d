package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import deepflow.server.storage.RedTables;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// DeepFlow's aggregates. Of delays only values above 0 count; `Avg` of a counter is its sum by the
/// seconds of the time range (so it is a rate), of a percentage the ratio of the sums.
final class Aggregates {

  private final Catalogue catalogue;
  private final Bindings bindings;
  private final TimeRange range;
  private final @Nullable Bucket bucket;

  /// @param bucket that rows are grouped by, or null
  Aggregates(Catalogue catalogue, Bindings bindings, TimeRange range, @Nullable Bucket bucket) {
    this.catalogue = catalogue;
    this.bindings = bindings;
    this.range = range;
    this.bucket = bucket;
  }

  /// How many seconds an aggregate is about.
  private String seconds() {
    return bucket == null
        ? range.seconds(bindings, catalogue.second(), catalogue.precisionSeconds())
        : bindings.bind("Int64", Long.toString(bucket.seconds()));
  }

  /// The value of one row.
  static String rowValue(Metric metric) {
    if (metric.type() == Metric.Type.DISTRIBUTION) {
      return "if(%1$s_count > 0, %1$s_sum / %1$s_count, NULL)".formatted(metric.expression());
    }
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
      case "apdex" -> apdex(call);
      case "persecond" -> perSecond(call);
      default ->
          throw new SqlException(
              "no function is called '%s'".formatted(call.function()), call.position());
    };
  }

  private static Values.Value number(String sql, String unit) {
    return Values.Value.ofAggregate(sql, unit);
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
      case DISTRIBUTION -> "sum(%s_sum)".formatted(metric.expression());
      case PERCENTAGE, BOUNDED_GAUGE, OTHER ->
          throw new SqlException("Sum takes no %s".formatted(metric.name()), call.position());
    };
  }

  private String averaged(Metric metric) {
    return switch (metric.type()) {
      case COUNTER ->
          catalogue.precisionSeconds() == 1
              ? "sum(%s) / %s".formatted(metric.expression(), seconds())
              : "sum(%s) / (%s / %s)"
                  .formatted(metric.expression(), seconds(), catalogue.precisionSeconds());
      case DISTRIBUTION -> mean(metric);
      case PERCENTAGE -> ratio(metric);
      case DELAY, BOUNDED_GAUGE, OTHER -> overRows("avg", metric);
    };
  }

  private static String ratio(Metric metric) {
    return "if(sum(%s) > 0, least(sum(%s) / sum(%s), 1) * 100, NULL)"
        .formatted(metric.whole(), metric.expression(), metric.whole());
  }

  private static String mean(Metric metric) {
    return "if(sum(%1$s_count) > 0, sum(%1$s_sum) / sum(%1$s_count), NULL)"
        .formatted(metric.expression());
  }

  /// An aggregate function over the values of rows. Rows of sums are added up first, by their
  /// times.
  private String overRows(String function, Metric metric) {
    return switch (metric.type()) {
      case DELAY ->
          "%s(%s, %s > 0)".formatted(withIf(function), metric.expression(), metric.expression());
      case COUNTER, PERCENTAGE ->
          catalogue.hasSums()
              ? "arrayReduce('%s', %s)".formatted(function, byTime(metric))
              : "%s(%s)".formatted(function, rowValue(metric));
      case DISTRIBUTION, BOUNDED_GAUGE, OTHER -> "%s(%s)".formatted(function, rowValue(metric));
    };
  }

  /// `quantile(0.9)` becomes `quantileIf(0.9)`.
  private static String withIf(String function) {
    int parameters = function.indexOf('(');
    return parameters < 0
        ? function + "If"
        : function.substring(0, parameters) + "If" + function.substring(parameters);
  }

  /// A metric's values at all times, as an array.
  private String byTime(Metric metric) {
    String whole = metric.whole();
    String second = catalogue.second();
    return whole == null
        // Without a part that is never 0 a time would be left out at which nothing was counted.
        ? "tupleElement(sumMap([%s], [%s], [1]), 2)".formatted(second, metric.expression())
        : ("arrayMap((part, whole) -> if(whole > 0, least(part / whole, 1) * 100, NULL),"
                + " tupleElement(sumMap([%1$s], [%2$s], [%3$s]), 2),"
                + " tupleElement(sumMap([%1$s], [%2$s], [%3$s]), 3))")
            .formatted(second, metric.expression(), whole);
  }

  private Values.Value simple(Expression.Call call, String function) throws SqlException {
    Metric metric = metric(call, 1);
    return number(
        metric.type() == Metric.Type.DISTRIBUTION
            ? ofDistribution(call, function, metric)
            : overRows(function, metric),
        metric.unit());
  }

  private static String ofDistribution(Expression.Call call, String function, Metric metric)
      throws SqlException {
    return switch (function) {
      case "avg" -> mean(metric);
      case "max" -> "max(%s_max)".formatted(metric.expression());
      case "min" -> RedTables.quantile(0);
      case "stddevPopStable" -> RedTables.deviation();
      default ->
          throw new SqlException(
              "%s takes no %s".formatted(call.function(), metric.name()), call.position());
    };
  }

  private Values.Value spread(Expression.Call call) throws SqlException {
    return number(
        "(%s - %s)".formatted(simple(call, "max").sql(), simple(call, "min").sql()),
        metric(call, 1).unit());
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
    return number(
        metric.type() == Metric.Type.DISTRIBUTION
            ? RedTables.quantile(share)
            : overRows("%s(%s)".formatted(function, share), metric),
        metric.unit());
  }

  /// The share of satisfied requests, in percent: those that took no longer than `T`, and half of
  /// those that took no longer than four times that.
  private Values.Value apdex(Expression.Call call) throws SqlException {
    Metric metric = metric(call, 2);
    BigDecimal limit = Numbers.of(Constant.of(call.arguments().get(1)));
    String satisfied = bindings.bind("Float64", Double.toString(limit.doubleValue()));
    String tolerated = bindings.bind("Float64", Double.toString(4 * limit.doubleValue()));
    return switch (metric.type()) {
      case DELAY ->
          number(
              "(countIf(%1$s > 0 AND %1$s <= %2$s) + countIf(%1$s > 0 AND %1$s <= %3$s)) * 50 / countIf(%1$s > 0)"
                  .formatted(metric.expression(), satisfied, tolerated),
              "%");
      case DISTRIBUTION ->
          number(
              "(%s + %s) * 50 / sum(%s_count)"
                  .formatted(
                      RedTables.countUpTo(satisfied),
                      RedTables.countUpTo(tolerated),
                      metric.expression()),
              "%");
      case COUNTER, PERCENTAGE, BOUNDED_GAUGE, OTHER ->
          throw new SqlException("Apdex takes no %s".formatted(metric.name()), call.position());
    };
  }

  /// By the seconds that the aggregate is about: a sum's are those of the time range or interval,
  /// any other's those between two rows.
  private Values.Value perSecond(Expression.Call call) throws SqlException {
    if (call.arguments().size() != 1
        || !(call.arguments().getFirst() instanceof Expression.Call inner)) {
      throw new SqlException("PerSecond takes an aggregate", call.position());
    }
    Values.Value value = of(inner);
    boolean sum = Set.of("sum", "count").contains(inner.function().toLowerCase(Locale.ROOT));
    String by = sum ? seconds() : Integer.toString(catalogue.precisionSeconds());
    return number("(%s) / %s".formatted(value.sql(), by), value.unit() + "/s");
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
    return Values.Value.ofAny("any(%s)".formatted(tag.shown()), tag.type().rendering());
  }

  private Tag tag(Expression.Call call, Expression argument) throws SqlException {
    if (!(argument instanceof Expression.Name name)) {
      throw new SqlException("%s takes tags".formatted(call.function()), argument.position());
    }
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag == null || !tag.sides().isEmpty()) {
      throw Names.misfit(name, catalogue);
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
          ? Names.misfit(name, catalogue)
          : new SqlException(
              "%s takes a metric, and %s is a tag".formatted(call.function(), name.name()),
              name.position());
    }
    if (metric.type() == Metric.Type.OTHER && !call.function().equalsIgnoreCase("Count")) {
      throw Names.misfit(name, catalogue);
    }
    return metric;
  }
}
