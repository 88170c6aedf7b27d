package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

/// Knows which traces have a span in two blocks, so that an answer that counts spans has to compare
/// only theirs: nearly always there are none.
///
/// Each rollup notes those of its blocks in table `repeated_traces`. What was committed since is
/// looked at when a question is asked, once, and noted likewise. Safe for use by many threads.
public final class RepeatedTraces {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  /// Blocks that were made in that time are looked at together.
  private static final long STRETCH = 60 * NANOS_OF_SECOND;

  /// Stands for no rollup.
  private static final long ON_DEMAND = 0;

  /// What looks at blocks may take no longer than a question.
  private static final int SECONDS_MAX = 30;

  private static final String COLUMNS =
      SpanBlock.columnTypes().stream().map(ColumnType::name).collect(Collectors.joining(", "));

  /// Names a row: what a question holds of each span, instead of all that it says.
  private static final String ROW =
      "cityHash64(block_id, agent, batch, trace_id, span_id, start_time, duration, kind, name)";

  private static final String IN_RANGE =
      "deepflow.repeated_traces WHERE first <= fromUnixTimestamp64Nano(%2$s, 'UTC')"
          + " AND last >= fromUnixTimestamp64Nano(%1$s, 'UTC')";

  /// What is in no rollup yet begins where the last one ends. A store without a rollup is new, or
  /// was made when they were forgotten after days in which nothing came: there the newest day is
  /// all that has to be looked at.
  private static final String SINCE =
      "(SELECT if(count() > 0, max(block_end), toUInt64(1000000000)"
          + " * (SELECT toUInt64(greatest(toInt64(toUnixTimestamp(max(block_time))) - 86400, 0))"
          + " FROM deepflow.blocks)) FROM deepflow.rollups)";

  private static final String STATE =
      "WITH "
          + SINCE
          + " AS since SELECT"
          + " (SELECT groupUniqArray(block_id) FROM deepflow.blocks"
          + " WHERE block_time >= toDateTime(intDiv(since, 1000000000), 'UTC')"
          + " AND block_id >= since), (SELECT count() FROM "
          + IN_RANGE.formatted("{from:Int64}", "{to:Int64}")
          + ")";

  private final ClickHouse clickHouse;

  /// Blocks that no rollup has taken yet and that were looked at.
  private volatile Set<Long> known = Set.of();

  public RepeatedTraces(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /// Table `spans`, with each span once, to stand in FROM of a query that binds `from` and `to`.
  ///
  /// @param range of `from` and `to`, when spans start that the query takes
  public String spans(SpanReader.TimeRange range) throws ClickHouseException {
    return between(range.startNanos(), range.endNanos())
        ? once("{from:Int64}", "{to:Int64}")
        : "deepflow.spans";
  }

  /// Whether spans may be there twice, as far as they are committed now.
  ///
  /// @param fromNanos ns since 1970-01-01 UTC; a span counts that starts, lasts or ends between
  public boolean between(long fromNanos, long toNanos) throws ClickHouseException {
    Set<Long> before = known;
    State state = state(fromNanos, toNanos);
    if (!before.containsAll(state.blocks)) {
      await(lookingAt(state.blocks));
      state = state(fromNanos, toNanos);
    }
    return state.traces > 0;
  }

  /// Table `spans` with each span once: of its rows the one that was stored first.
  ///
  /// @param from what stands for the start of a range in SQL, such as `{from:Int64}`; spans count
  ///   that start, last or end between
  /// @param to likewise
  public static String once(String from, String to) {
    String traces = "(SELECT trace_id FROM %s)".formatted(IN_RANGE.formatted(from, to));
    String repeated = SpanOrder.ofTraces("trace_id IN " + traces);
    String first =
        "SELECT argMin(%s, (block_id, agent, batch)) FROM (SELECT * FROM deepflow.spans WHERE %s) AS rows %s GROUP BY trace_id, sipHash128(%s)"
            .formatted(ROW, repeated, Duplicates.SENDER_RESOURCES, Duplicates.SENDERS_WORDS);
    String same =
        "SELECT %s FROM deepflow.spans WHERE %s AND %s IN (%s)"
            .formatted(COLUMNS, repeated, ROW, first);
    return "(SELECT %s FROM deepflow.spans WHERE trace_id NOT IN %s UNION ALL %s) AS spans"
        .formatted(COLUMNS, traces, same);
  }

  /// Both by one statement, as both are asked for with nearly each question.
  ///
  /// @param blocks that no rollup has taken
  /// @param traces that are known to be repeated
  private record State(Set<Long> blocks, long traces) {}

  private State state(long fromNanos, long toNanos) throws ClickHouseException {
    Query query =
        Query.of(STATE)
            .with("from", fromNanos)
            .with("to", toNanos)
            .setting("max_execution_time", SECONDS_MAX);
    try (Rows rows = clickHouse.query(query)) {
      rows.next();
      Set<Long> blocks = new HashSet<>();
      for (Object block : (List<?>) Objects.requireNonNull(rows.get(0))) {
        blocks.add(((Number) Objects.requireNonNull(block)).longValue());
      }
      return new State(blocks, rows.getLong(1));
    }
  }

  /// Goes on when the question is given up: others need what it writes.
  private Future<?> lookingAt(Set<Long> blocks) {
    FutureTask<?> looking =
        new FutureTask<>(() -> {
          lookAt(blocks);
          return blocks;
        });
    Thread.ofVirtual().name("repeated-traces").start(looking);
    return looking;
  }

  private static void await(Future<?> looking) throws ClickHouseException {
    try {
      looking.get();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the next statement says so
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ClickHouseException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private synchronized void lookAt(Set<Long> blocks) throws ClickHouseException {
    NavigableSet<Long> unknown = new TreeSet<>(blocks);
    unknown.removeAll(known);
    // Lanes commit apart: a block may have been looked at before one that was named earlier.
    long seen = known.isEmpty() ? 0 : Collections.max(known);
    while (!unknown.isEmpty()) {
      NavigableSet<Long> some = unknown.headSet(unknown.first() + STRETCH, false);
      long last = Math.max(some.last(), seen);
      new BlockRange(some.first(), last + 1, SECONDS_MAX).findRepeated(clickHouse, ON_DEMAND);
      some.clear();
    }
    known = blocks;
  }
}
