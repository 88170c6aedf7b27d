package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Stretches.Possible;
import deepflow.server.querier.search.TraceSummaries.Parts;
import deepflow.server.storage.SpanOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One search for the newest traces: goes back from the newest spans in ever longer [Stretches],
/// until it has enough.
///
/// A stretch gives candidates: traces with a span that fulfils the condition, none of which begins
/// later than that span. What begins in a stretch or later has been a candidate when the stretch is
/// done, so the newest of these are the answer as soon as there are enough of them. For one thread.
final class NewestTraces {

  /// Candidates of a stretch for each trace that is wanted: the last to begin are not always the
  /// last to have such a span.
  private static final int CANDIDATES = 2;

  /// How many times as many they become at most, where they were not enough.
  private static final int GROWTH = 10;

  /// Where so many are not enough, all traces are asked for at once.
  private static final int CANDIDATES_MAX = 20_000;

  /// A guess of more steps isn't followed: what is rare is found sooner by which steps can have it.
  private static final int GUESSED_STEPS_MAX = 40;

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final Densities densities;
  private final TraceSummaries summaries;
  private final TraceQuery query;
  private final Set<String> resourceKeys;
  private final SpanCondition ofSpans;
  private final Densities.Form form;
  private final long now;

  /// When spans start, at the latest, of traces that are looked for.
  private final long lastStart;

  private int candidatesMax;

  /// Candidates of which nothing more is known, each with a time in which it has a row for sure.
  private final Map<String, TimeRows> candidates = new LinkedHashMap<>();

  private final Set<String> seen = new HashSet<>();
  private final List<TraceSummary> found = new ArrayList<>();
  private final Matches matches = new Matches();

  /// Whether what is found in a stretch is all that fulfils the condition, but for the part that an
  /// earlier one gave.
  private boolean collects;

  /// @param now ns since 1970-01-01 UTC
  NewestTraces(
      ClickHouse clickHouse,
      QueryLimits limits,
      Densities densities,
      TraceSummaries summaries,
      TraceQuery query,
      Set<String> resourceKeys,
      long now) {
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.densities = densities;
    this.summaries = summaries;
    this.query = query;
    this.resourceKeys = resourceKeys;
    Parts parts = Parts.of(query.condition());
    this.ofSpans = SpanCondition.all(parts.ofSpans());
    this.form = Densities.Form.of(query.condition());
    collects = MatchedSpans.areWanted(query) && parts.ofTraces().isEmpty() && !ofSpans.isOfTraces();
    this.now = now;
    lastStart = TraceSummaries.last(query);
    candidatesMax = CANDIDATES * (query.limit() + 1);
  }

  /// The spans that were come across on the way.
  Matches matches() {
    return matches;
  }

  /// The newest, one more than the page has.
  List<TraceSummary> find() throws ClickHouseException {
    Stretches stretches = stretches();
    while (stretches.hasNext()) {
      TimeRows stretch = stretches.next();
      int before = seen.size();
      OptionalLong cut = collect(stretch, stretches);
      matches.completeFrom(stretch.fromNanos());
      if (cut.isPresent() || seen.size() > query.limit()) {
        readCandidates();
      }
      if (count(cut, stretch) > query.limit()) {
        noteDensity(cut.orElse(stretch.fromNanos()));
        return page();
      }
      if (cut.isEmpty()) {
        stretches.done(seen.size() - before, lacking(stretch));
      } else if (candidatesMax > CANDIDATES_MAX) {
        return summaries.first(query, resourceKeys);
      } else {
        stretches.doneDownTo(cut.getAsLong());
        collectNoMore(); // the rest has rows again that this stretch had
        candidatesMax *= growth();
      }
    }
    readCandidates();
    noteDensity(TraceSummaries.earliest(query));
    return page();
  }

  /// What was looked through, from the newest spans down to there.
  private void noteDensity(long downTo) {
    long last = SpanOrder.step(Math.min(TraceSummaries.latest(query), now));
    densities.note(form, seen.size(), Math.max(1, last - SpanOrder.step(downTo) + 1));
  }

  /// Of how many it is sure that none that is newer was overlooked.
  private long count(OptionalLong cut, TimeRows stretch) {
    return found.stream()
        .filter(trace ->
            cut.isPresent()
                ? trace.startNanos() > cut.getAsLong()
                : trace.startNanos() >= stretch.fromNanos())
        .count();
  }

  /// How many more are to be looked for. Of candidates that nothing is known of yet each may do.
  private int lacking(TimeRows stretch) {
    long there = candidates.isEmpty() ? count(OptionalLong.empty(), stretch) : seen.size();
    return (int) Math.max(1, query.limit() + 1 - there);
  }

  /// How many times as many candidates are to be asked for, so that twice as many are found as are
  /// wanted.
  private int growth() {
    return found.isEmpty()
        ? GROWTH
        : Math.clamp(CANDIDATES * (query.limit() + 1L) / found.size(), 2, GROWTH);
  }

  private List<TraceSummary> page() {
    return found.stream()
        .sorted(
            Comparator.comparingLong(TraceSummary::startNanos)
                .reversed()
                .thenComparing(TraceSummary::traceId))
        .limit(query.limit() + 1L)
        .toList();
  }

  private Stretches stretches() throws ClickHouseException {
    long earliest = TraceSummaries.earliest(query);
    long latest = TraceSummaries.latest(query);
    // Of a trace that begins in time, one row at least is in time.
    TimeRows all = new TimeRows(earliest, ofSpans.isOfTraces() ? latest : lastStart);
    NeededValues values = NeededValues.of(ofSpans, resourceKeys);
    Possible possible = () -> values.isEmpty() ? null : steps(values, all);
    // Who asks for all until now has asked a moment ago.
    if (latest >= now - SpanOrder.STEP_NANOS || ofSpans.isOfTraces()) {
      return untilNow(all, Math.min(latest, now), possible);
    }
    List<Long> steps = possible.steps();
    TimeRows past = new TimeRows(earliest, latest);
    TimeRows behind = new TimeRows(latest + 1, lastStart);
    boolean noneIsBehind =
        steps != null && (steps.isEmpty() || steps.getFirst() < SpanOrder.step(behind.fromNanos()));
    collects &= noneIsBehind;
    long first = guess().orElse(1);
    return noneIsBehind
        ? new Stretches(past, latest, first, steps, /* behind= */ null, this::lastBegin)
        : new Stretches(past, latest, first, /* possible= */ null, behind, this::lastBegin);
  }

  private Stretches untilNow(TimeRows all, long start, Possible possible)
      throws ClickHouseException {
    OptionalLong guess = guess();
    return guess.isPresent()
        ? Stretches.guessed(all, start, guess.getAsLong(), possible, this::lastBegin)
        : new Stretches(
            all, start, /* first= */ 1, possible.steps(), /* behind= */ null, this::lastBegin);
  }

  /// In how many steps there is most likely enough, if those are few.
  private OptionalLong guess() {
    OptionalLong steps = densities.steps(form, query.limit() + 1L);
    return steps.isPresent() && steps.getAsLong() <= GUESSED_STEPS_MAX
        ? steps
        : OptionalLong.empty();
  }

  /// The steps that can have such spans, the newest first.
  private List<Long> steps(NeededValues values, TimeRows rows) throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql = values.steps(rows, bindings) + " ORDER BY possible DESC";
    List<Long> steps = new ArrayList<>();
    try (Rows found = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (found.next()) {
        steps.add(found.getLong(0));
      }
    }
    return steps;
  }

  /// Takes the candidates of a stretch.
  ///
  /// @return when the last of them begins at the latest, if there can be more
  private OptionalLong collect(TimeRows stretch, Stretches stretches) throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        ofSpans.isOfTraces() ? begun(stretch, bindings) : matched(stretch, stretches, bindings);
    int count = 0;
    long last = stretch.fromNanos();
    try (Rows rows = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (rows.next()) {
        count++;
        long start = rows.getLong(1);
        last = Math.min(start, stretch.toNanos());
        String traceId = rows.getString(0);
        if (seen.add(traceId)) {
          candidates.put(traceId, place(start, stretch));
        }
        if (collects) {
          List<?> some = (List<?>) Objects.requireNonNull(rows.get(3));
          matches.add(traceId, rows.getLong(2), some.stream().map(MatchedRow::of).toList());
        }
      }
    }
    if (matches.isFull()) {
      collectNoMore();
    }
    return count < candidatesMax ? OptionalLong.empty() : OptionalLong.of(last);
  }

  /// A trace whose span starts behind the stretch has a row somewhere in it, too.
  private static TimeRows place(long start, TimeRows stretch) {
    return new TimeRows(start > stretch.toNanos() ? stretch.fromNanos() : start, start);
  }

  private String begun(TimeRows stretch, Bindings bindings) {
    return "SELECT lower(hex(trace_id)), %s AS begun FROM deepflow.trace_index WHERE %s GROUP BY trace_id ORDER BY begun DESC LIMIT %s"
        .formatted(ConditionSql.STARTED, stretch.sql(bindings), bindings.number(candidatesMax));
  }

  private String matched(TimeRows stretch, Stretches stretches, Bindings bindings) {
    TimeRows rows =
        new TimeRows(
            SpanOrder.begin(SpanOrder.step(stretch.fromNanos())),
            stretches.reachBehind() ? lastStart : stretch.toNanos());
    ConditionSql condition =
        new ConditionSql(bindings, rows, TraceSummaries.rows(query), resourceKeys);
    return """
    SELECT lower(hex(trace_id)), %s AS begun%s
    FROM deepflow.spans
    WHERE %s
      AND %s
    GROUP BY trace_id
    ORDER BY least(begun, %s) DESC
    LIMIT %s
    """
        .formatted(
            ConditionSql.STARTED,
            collects ? rowsSql() : "",
            stretches.sql(bindings),
            stretches.reachBehind() ? condition.ofSpanAnywhere(ofSpans) : condition.ofSpan(ofSpans),
            bindings.number(stretch.toNanos()),
            bindings.number(candidatesMax));
  }

  private String rowsSql() {
    return ", count(), groupArray(%s)(%s)"
        .formatted(Matches.rowsOfTrace(candidatesMax), MatchedRow.sql(query));
  }

  private void collectNoMore() {
    collects = false;
    matches.forget();
  }

  /// Asks what is to be known of the candidates.
  private void readCandidates() throws ClickHouseException {
    if (candidates.isEmpty()) {
      return;
    }
    found.addAll(summaries.of(candidates.keySet(), TimeRows.over(candidates.values()), query));
    candidates.clear();
  }

  /// When the newest traces begin that begin in that time, if there are any.
  private @Nullable Long lastBegin(TimeRows rows) throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        "SELECT count(), toUnixTimestamp64Nano(max(start_time)) FROM deepflow.trace_index WHERE "
            + rows.sql(bindings);
    try (Rows found = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      return found.next() && found.getLong(0) > 0 ? found.getLong(1) : null;
    }
  }
}
