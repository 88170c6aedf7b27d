package deepflow.server.querier.traces;

import deepflow.server.querier.RefusedException;
import deepflow.server.querier.search.Cursor;
import deepflow.server.querier.search.Field;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.Numerals;
import deepflow.server.querier.search.Operator;
import deepflow.server.querier.search.SpanCondition;
import deepflow.server.querier.search.SpanCondition.Comparison;
import deepflow.server.querier.search.TraceQl;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.querier.search.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads the parameters by which our UI asks for traces.
///
/// | parameter | meaning |
/// |---|---|
/// | start, end | when the trace begins, ns since 1970-01-01 UTC |
/// | service, name, attribute (`key=value`, may be repeated), q (simple TraceQL) | what holds for one and the same span of it |
/// | status | likewise: `error`, `ok`, `unset`, or `failed`: what counts as an error of a service, i.e. an error or an answer such as 503 |
/// | minDuration, maxDuration | of the whole trace, such as `100ms` |
/// | sort | `newest` or `slowest` |
/// | limit | 1 to 1000 |
/// | cursor | `next` of the answer before |
public final class TraceParameters {

  private static final int LIMIT_DEFAULT = 100;
  private static final int LIMIT_MAX = 1000;
  private static final int ATTRIBUTES_MAX = 32;
  private static final int TEXT_MAX = 8 * 1024;

  private final Function<String, List<String>> parameters;

  private TraceParameters(Function<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /// Reads them.
  ///
  /// @param parameters the values of a name; none is the empty list
  /// @throws RefusedException when one is wrong; says which
  public static TraceQuery parse(Function<String, List<String>> parameters) {
    return new TraceParameters(parameters).query();
  }

  private TraceQuery query() {
    Order order = order();
    return new TraceQuery(
        time("start", Long.MIN_VALUE),
        time("end", Long.MAX_VALUE),
        false,
        condition(),
        duration("minDuration", 0),
        duration("maxDuration", Long.MAX_VALUE),
        order,
        cursor(order),
        limit(),
        0);
  }

  private SpanCondition condition() {
    List<SpanCondition> conditions = new ArrayList<>();
    String service = one("service");
    if (!service.isEmpty()) {
      conditions.add(equal(Intrinsic.SERVICE, new Value.Text(service)));
    }
    String name = one("name");
    if (!name.isEmpty()) {
      conditions.add(equal(Intrinsic.NAME, new Value.Text(name)));
    }
    String status = one("status");
    if (!status.isEmpty()) {
      conditions.add(status(status));
    }
    List<String> attributes = parameters.apply("attribute");
    if (attributes.size() > ATTRIBUTES_MAX) {
      throw new RefusedException("attribute may be repeated %s times".formatted(ATTRIBUTES_MAX));
    }
    attributes.forEach(attribute -> conditions.add(attribute(attribute)));
    String q = one("q");
    if (!q.isBlank()) {
      addAll(TraceQl.parse(q), conditions);
    }
    return SpanCondition.all(conditions);
  }

  private static void addAll(SpanCondition condition, List<SpanCondition> into) {
    if (condition instanceof SpanCondition.And(List<SpanCondition> operands)) {
      into.addAll(operands);
    } else {
      into.add(condition);
    }
  }

  private static SpanCondition attribute(String text) {
    int sign = text.indexOf('=');
    if (sign < 1 || text.length() > TEXT_MAX) {
      throw new RefusedException("attribute must be key=value");
    }
    return equal(
        new Attribute(Scope.EITHER, text.substring(0, sign)),
        new Value.Written(text.substring(sign + 1)));
  }

  private static Comparison equal(Field field, Value value) {
    return new Comparison(field, Operator.EQUAL, value);
  }

  private static Comparison status(String text) {
    return switch (text) {
      case "error" -> equal(Intrinsic.STATUS, Value.Status.ERROR);
      case "ok" -> equal(Intrinsic.STATUS, Value.Status.OK);
      case "unset" -> equal(Intrinsic.STATUS, Value.Status.UNSET);
      case "failed" -> equal(Intrinsic.FAILED, new Value.Truth(true));
      default -> throw new RefusedException("status must be error, ok, unset or failed");
    };
  }

  private Order order() {
    String sort = one("sort");
    return switch (sort.toLowerCase(Locale.ROOT)) {
      case "", "newest" -> Order.NEWEST;
      case "slowest" -> Order.SLOWEST;
      default -> throw new RefusedException("sort must be newest or slowest");
    };
  }

  private @Nullable Cursor cursor(Order order) {
    String text = one("cursor");
    if (text.isEmpty()) {
      return null;
    }
    Cursor cursor = Cursor.parse(text);
    if (cursor.order() != order) {
      throw new RefusedException("cursor belongs to another sort");
    }
    return cursor;
  }

  private int limit() {
    String limit = one("limit");
    if (limit.isEmpty()) {
      return LIMIT_DEFAULT;
    }
    if (!limit.matches("[1-9]\\d{0,3}") || Integer.parseInt(limit) > LIMIT_MAX) {
      throw new RefusedException("limit must be a number from 1 to " + LIMIT_MAX);
    }
    return Integer.parseInt(limit);
  }

  private long duration(String name, long otherwise) {
    String text = one(name);
    return text.isEmpty()
        ? otherwise
        : Numerals.nanos(text)
            .orElseThrow(() -> new RefusedException(name + " must be a duration such as 100ms"));
  }

  private long time(String name, long otherwise) {
    String text = one(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.matches("\\d{1,18}|[1-8]\\d{18}")) {
      throw new RefusedException(name + " must be ns since 1970-01-01 UTC");
    }
    return Long.parseLong(text);
  }

  /// The value of what stands once; empty when it isn't there.
  private String one(String name) {
    List<String> values = parameters.apply(name);
    if (values.size() > 1) {
      throw new RefusedException(name + " may stand once");
    }
    String value = values.isEmpty() ? "" : values.getFirst();
    if (value.length() > TEXT_MAX) {
      throw new RefusedException(name + " is too long");
    }
    return value;
  }
}
