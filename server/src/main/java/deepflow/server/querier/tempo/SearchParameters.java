package deepflow.server.querier.tempo;

import deepflow.server.querier.RefusedException;
import deepflow.server.querier.search.Numerals;
import deepflow.server.querier.search.SearchException;
import deepflow.server.querier.search.SpanCondition;
import deepflow.server.querier.search.TagSearch;
import deepflow.server.querier.search.TraceQl;
import deepflow.server.querier.search.TraceQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Reads the parameters of Tempo's searches. Times are Unix seconds.
final class SearchParameters {

  private static final int TRACES_DEFAULT = 20;
  private static final int TRACES_MAX = 1000;
  private static final int SPANS_DEFAULT = 3;
  private static final int SPANS_MAX = 100;
  private static final int VALUES_DEFAULT = 1000;
  private static final int VALUES_MAX = 10_000;
  private static final Duration TAGS_RANGE_DEFAULT = Duration.ofHours(1);

  private final Function<String, List<String>> parameters;

  /// @param parameters the values of a name; none is the empty list
  SearchParameters(Function<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /// What a search asks.
  ///
  /// @throws RefusedException when a parameter is wrong; says which
  TraceQuery query() {
    String q = one("q");
    String tags = one("tags");
    if (!q.isBlank() && !tags.isBlank()) {
      throw new RefusedException("q and tags can't stand together");
    }
    return new TraceQuery(
        time("start", Long.MIN_VALUE),
        end(Long.MAX_VALUE),
        true,
        tags.isBlank() ? TraceQl.parse(q) : Logfmt.parse(tags),
        duration("minDuration", 0),
        duration("maxDuration", Long.MAX_VALUE),
        TraceQuery.Order.NEWEST,
        null,
        number("limit", TRACES_DEFAULT, TRACES_MAX),
        number("spss", SPANS_DEFAULT, SPANS_MAX));
  }

  /// Where names and values are looked for: the hour before now when nothing is said.
  TagSearch.Range range(Instant now) {
    long end = end(TimeUnit.MILLISECONDS.toNanos(now.toEpochMilli()));
    long start = time("start", end - TAGS_RANGE_DEFAULT.toNanos());
    return new TagSearch.Range(start, end);
  }

  /// What restricts values. Somebody still types at it, so one that can't be read restricts
  /// nothing.
  SpanCondition restriction() {
    try {
      return TraceQl.parse(one("q"));
    } catch (SearchException _) {
      return SpanCondition.ANY;
    }
  }

  /// How many values.
  int values() {
    return number("limit", VALUES_DEFAULT, VALUES_MAX);
  }

  /// The scope of names; empty for all.
  String scope() {
    return one("scope");
  }

  private long end(long otherwise) {
    long end = time("end", otherwise);
    if (end < time("start", Long.MIN_VALUE)) {
      throw new RefusedException("end is before start");
    }
    return end;
  }

  private long time(String name, long otherwise) {
    String text = one(name);
    if (text.isEmpty() || text.equals("0")) {
      return otherwise;
    }
    if (!text.matches("\\d{1,10}") || Long.parseLong(text) > Long.MAX_VALUE / 1_000_000_000L) {
      throw new RefusedException(name + " must be Unix seconds");
    }
    return TimeUnit.SECONDS.toNanos(Long.parseLong(text));
  }

  private long duration(String name, long otherwise) {
    String text = one(name);
    return text.isEmpty()
        ? otherwise
        : Numerals.nanos(text)
            .orElseThrow(() -> new RefusedException(name + " must be a duration such as 100ms"));
  }

  private int number(String name, int otherwise, int max) {
    String text = one(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.matches("[1-9]\\d{0,5}") || Integer.parseInt(text) > max) {
      throw new RefusedException("%s must be a number from 1 to %s".formatted(name, max));
    }
    return Integer.parseInt(text);
  }

  private String one(String name) {
    List<String> values = parameters.apply(name);
    if (values.size() > 1) {
      throw new RefusedException(name + " may stand once");
    }
    return values.isEmpty() ? "" : values.getFirst();
  }
}
