package deepflow.server.storage;

import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/// The statements of a [Rollup], with parameters: `rollup` its number; `first` and `end` of its
/// blocks; `near`, from which on blocks before are searched; `far`, from which on they are searched
/// for the traces `late`; `early`, from which on a clock that was ahead can have sent them before
/// that; `linked` and `far_linked`, the same for spans that a link names; `twice`, traces that have
/// a span twice. With `_time` behind: the same in seconds.
final class RollupSql {
  private static final String END = "(toUnixTimestamp64Nano(start_time) + greatest(duration, 0))";

  private static final String SECOND =
      "toDateTime(least(greatest(intDiv(%s, 1000000000), 0), 4294967295), 'UTC')";

  private static final String MINUTE = "toStartOfMinute(%s)".formatted(SECOND.formatted("end"));

  private static final String LATE = SpanOrder.isAmong("{late:Array(String)}");
  private static final String LINKS_LATE = "linked_" + LATE;
  private static final String TWICE = SpanOrder.isAmong("{twice:Array(String)}");

  private static final String NEW =
      "block_time >= toDateTime({first_time:UInt32}, 'UTC')"
          + " AND block_time <= toDateTime({end_time:UInt32}, 'UTC')"
          + " AND block_id >= {first:UInt64} AND block_id < {end:UInt64}";
  private static final String NEAR = between("near", "first");
  private static final String FAR = between("far", "near");
  private static final String ALL = between("far", "end");

  /// What sorts red_1m and red_1s apart from time.
  private static final List<String> TAGS =
      List.of(
          "service",
          "name",
          "kind",
          "l7_protocol",
          "protocol",
          "is_ipv4",
          "server_port",
          "ip_0",
          "ip_1",
          "peer_type",
          "peer",
          "label_id",
          "peer_label_id",
          "agent");

  /// The tags that a row of `(other)` has none of.
  private static final List<String> DETAILS = TAGS.subList(3, TAGS.size());

  private static String eachDetail(String expression) {
    return DETAILS.stream().map(expression::formatted).collect(Collectors.joining(", "));
  }

  private static String between(String from, String to) {
    return "block_time >= toDateTime({%1$s_time:UInt32}, 'UTC')".formatted(from)
        + " AND block_time <= toDateTime({%s_time:UInt32}, 'UTC')".formatted(to)
        + " AND block_id >= {%s:UInt64} AND block_id < {%s:UInt64}".formatted(from, to);
  }

  /// Spans of those blocks that are of one of these traces.
  private static String ofTraces(String blocks, String traces) {
    return blocks + " AND " + SpanOrder.ofTraces(blocks + " AND " + traces);
  }

  /// The traces whose blocks, of those, are such.
  private static String inBlocks(String blocks, String having) {
    return "trace_id IN (SELECT trace_id FROM deepflow.trace_index WHERE %s GROUP BY trace_id HAVING %s)"
        .formatted(blocks, having);
  }

  /// Spans of these blocks that came late, took long, or come from a clock that is ahead or was
  /// when it sent their trace before: their trace, and the second from which on their counterparts
  /// can have been stored.
  static final String LATE_TRACES =
      """
      SELECT trace_id, min(since) AS since FROM (
        SELECT trace_id, if(end > stored + {in_time:Int64},
            toUnixTimestamp(block_time) - {ahead:Int64},
            intDiv(toUnixTimestamp64Nano(start_time), 1000000000) - {slack:Int64}) AS since
        FROM (
          SELECT trace_id, start_time, block_time, %1$s AS end,
            toInt64(toUnixTimestamp(block_time)) * 1000000000 AS stored
          FROM deepflow.spans WHERE %2$s)
        WHERE toUnixTimestamp64Nano(start_time) < stored - {in_time:Int64}
          OR end > stored + {in_time:Int64}
        UNION ALL
        SELECT trace_id, toUnixTimestamp(block_time) - {ahead:Int64} AS since
        FROM deepflow.trace_index WHERE %2$s AND trace_id IN (
          SELECT trace_id FROM deepflow.spans
          WHERE %3$s AND %4$s >= {first_time:UInt32} - {slack:Int64}))
      GROUP BY trace_id
      ORDER BY since LIMIT {limit:UInt64}
      """
          .formatted(END, NEW, between("early", "far"), SpanOrder.step("start_time"));

  /// The block since which late traces are there, if their sender's clock was ahead then.
  static final String EARLY =
      "SELECT if(count() = 0, {far:UInt64}, min(block_id)) FROM deepflow.trace_index WHERE "
          + between("early", "far")
          + " AND "
          + LATE
          + " AND toUnixTimestamp64Nano(end_time)"
          + " > toInt64(toUnixTimestamp(block_time)) * 1000000000 + {in_time:Int64}";

  /// Those of the late traces whose spans of before are too many, the largest ones.
  static final String LARGE_TRACES =
      """
      SELECT trace_id FROM (SELECT trace_id, sum(spans) OVER (ORDER BY spans, trace_id) AS together
        FROM (SELECT trace_id, sum(span_count) AS spans FROM deepflow.trace_index
          WHERE %s AND %s GROUP BY trace_id)) WHERE together > {spans_max:UInt64}
      """
          .formatted(FAR, LATE);

  /// Notes the traces of these blocks that have a span twice, wherever: it may be another one of
  /// that id. Each slice as one part, so that none of it is noted in part.
  static final String NOTE_REPEATED =
      """
      INSERT INTO deepflow.repeated_traces (block_time, found_by, trace_id, first, last)
      SELECT toDateTime({end_time:UInt32}, 'UTC'), {found_by:UInt64}, trace_id, min(start_time),
        max(greatest(start_time, fromUnixTimestamp64Nano(%1$s, 'UTC')))
      FROM (
        SELECT trace_id, start_time, any(duration) AS duration FROM (
          SELECT trace_id, span_id, start_time, duration, block_id FROM deepflow.spans
          WHERE %2$s
          UNION ALL
          SELECT trace_id, span_id, start_time, duration, block_id FROM deepflow.spans WHERE %3$s
          UNION ALL
          SELECT trace_id, span_id, start_time, duration, block_id FROM deepflow.spans WHERE %4$s)
        WHERE %5$s
        GROUP BY trace_id, span_id, start_time
        HAVING min(block_id) < max(block_id))
      GROUP BY trace_id
      """
          .formatted(
              END,
              ofTraces(
                  between("near", "end"),
                  inBlocks(
                      between("near", "end"),
                      "min(block_id) < max(block_id) AND max(block_id) >= {first:UInt64}")),
              ofTraces(FAR, LATE),
              ofTraces(NEW, LATE),
              slice("trace_id", "span_id"));

  /// The traces that were noted for a rollup.
  static final String TWICE_TRACES =
      "SELECT DISTINCT trace_id FROM deepflow.repeated_traces WHERE found_by = {rollup:UInt64}"
          + " AND block_time = toDateTime({end_time:UInt32}, 'UTC')";

  private static final String OF_BLOCKS = NEW + " AND correction = 0";

  /// Of these blocks those in which some spans count for `(other)`.
  private static final String OVERFLOWED =
      "SELECT block_id FROM deepflow.red_1s WHERE %s AND name = '%s'"
          .formatted(OF_BLOCKS, RedBlock.OTHER_NAME);

  /// What sorts red_1s, as one value: a set of many rows is held, and each is long.
  private static final String KEY = "sipHash128(block_id, %s, service, %s, kind, %s)";

  private static final String KEYS_OF_OVERFLOWED =
      "SELECT %s FROM deepflow.red_1s WHERE %s AND block_id IN (%s)"
          .formatted(
              KEY.formatted("time", "name", String.join(", ", DETAILS)), OF_BLOCKS, OVERFLOWED);

  /// The [RedKeys.Detail] of the row of red_1s for which a span counts in its block.
  private static final String DETAIL =
      "multiIf(block_id NOT IN (%1$s), '%3$s', %4$s IN (%2$s), '%3$s', %5$s IN (%2$s), '%6$s', '%7$s')"
          .formatted(
              OVERFLOWED,
              KEYS_OF_OVERFLOWED,
              RedKeys.Detail.ALL,
              KEY.formatted(SECOND.formatted(END), "name", String.join(", ", DETAILS)),
              KEY.formatted(
                  SECOND.formatted(END),
                  "'%s'".formatted(RedBlock.OTHER_NAME),
                  eachDetail("defaultValueOfArgumentType(%1$s)")),
              RedKeys.Detail.SERVICE,
              RedKeys.Detail.NONE);

  /// Rows of these blocks whose span is there before, and for which row of red_1s they count.
  static final String SURPLUS =
      """
      SELECT %s, block_id, %s FROM (
        SELECT *, %s AS place FROM deepflow.spans %s WHERE %s)
      WHERE place > 1 AND block_id >= {first:UInt64}
      """
          .formatted(
              RedRow.COLUMNS,
              DETAIL,
              Duplicates.PLACE,
              Duplicates.SENDER_RESOURCES,
              ofTraces(ALL, TWICE));

  private static final String OF_MINUTES =
      """
      ((%s)
        OR (block_time = toDateTime({rollup_time:UInt32}, 'UTC') AND block_id = {rollup:UInt64}
          AND correction = 1))
      """
          .formatted(OF_BLOCKS);

  /// How many rows there are to add up, by minute.
  static final String ROWS_OF_MINUTES =
      "SELECT toUnixTimestamp(toStartOfMinute(time)) AS minute, count() FROM deepflow.red_1s WHERE "
          + OF_MINUTES
          + " GROUP BY minute ORDER BY minute";

  private static final String INSERT_MINUTES =
      """
      INSERT INTO deepflow.red_1m (block_time, rollup, time, %s,
        request, client_error, server_error, failure, rrt_count, rrt_sum, rrt_max,
        rrt_buckets, rrt_counts)
      SELECT toDateTime({rollup_time:UInt32}, 'UTC'), {rollup:UInt64},\
      """
          .formatted(String.join(", ", TAGS));

  private static final String SUMS =
      """
      sum(s.request) AS request, sum(s.client_error) AS client_error,
      sum(s.server_error) AS server_error, sum(s.failure) AS failure,
      sum(s.rrt_count) AS rrt_count, sum(s.rrt_sum) AS rrt_sum, max(s.rrt_max) AS rrt_max,
      tupleElement(sumMap(s.rrt_buckets, s.rrt_counts) AS buckets, 1) AS rrt_buckets,
      tupleElement(buckets, 2) AS rrt_counts
      """;

  private static final String BY_MINUTE =
      """
      SELECT toStartOfMinute(s.time) AS minute, %1$s, %2$s
      FROM deepflow.red_1s AS s WHERE %3$s
        AND toStartOfMinute(s.time) >= toDateTime({from:UInt32}, 'UTC')
        AND toStartOfMinute(s.time) <= toDateTime({to:UInt32}, 'UTC')
      GROUP BY minute, %1$s
      """
          .formatted(String.join(", ", TAGS), SUMS, OF_MINUTES);

  /// Rows of red_1s of the minutes `from` to `to`, added up: of minutes that can't have more sets
  /// of tags than they may.
  static final String MINUTES =
      INSERT_MINUTES + "* FROM (%s) WHERE request != 0".formatted(BY_MINUTE);

  /// The same of minutes that may have more. A minute has at most `keys` sets of tags of their own,
  /// those with the most requests; then as many `(other)` of a service and kind, then one row, as a
  /// block has: [RedBlock].
  static final String RANKED_MINUTES =
      INSERT_MINUTES
          + """
          s.minute,
            if(s.own OR s.of_service, s.service, '%4$s'),
            if(s.own, s.name, '%4$s'),
            if(s.own OR s.of_service, s.kind, 0),
            %3$s,
            %2$s
          FROM (
            SELECT *, dense_rank() OVER (PARTITION BY minute, own ORDER BY service, kind) <= {keys:UInt64}
              AS of_service
            FROM (
              SELECT *, row_number() OVER (PARTITION BY minute ORDER BY request DESC, %1$s) <= {keys:UInt64}
                AS own
              FROM (%5$s))) AS s
          GROUP BY ALL
          HAVING request != 0
          """
              .formatted(
                  String.join(", ", TAGS),
                  SUMS,
                  eachDetail("if(s.own, s.%1$s, defaultValueOfArgumentType(s.%1$s))"),
                  RedBlock.OTHER_NAME,
                  BY_MINUTE);

  /// Spans that count for `(other)` by the minute, and not by the second.
  static final String OVERFLOW =
      """
      SELECT greatest(
        (SELECT sum(request) FROM deepflow.red_1m
          WHERE block_time = toDateTime({rollup_time:UInt32}, 'UTC') AND rollup = {rollup:UInt64}
            AND name = '%1$s')
        - (SELECT sum(request) FROM deepflow.red_1s WHERE %2$s AND name = '%1$s'), 0)
      """
          .formatted(RedBlock.OTHER_NAME, OF_MINUTES);

  private static final String OF_CALLS =
      "trace_id, span_id, parent_span_id, service, kind, start_time, duration, status_code,"
          + " response_status, block_id";

  /// Traces of these blocks that begin before them.
  private static final String BEGUN =
      inBlocks(
          between("near", "end"),
          "min(block_id) < {first:UInt64} AND max(block_id) >= {first:UInt64}");

  /// How many spans these blocks have.
  static final String SPANS =
      "SELECT toUInt64(sum(request)) FROM deepflow.red_1s WHERE correction = 0 AND " + NEW;

  /// How many the late traces have in all that is searched.
  static final String LATE_SPANS =
      "SELECT toUInt64(sum(span_count)) FROM deepflow.trace_index WHERE "
          + between("far", "end")
          + " AND "
          + LATE;

  /// All, without a look at the rows, if there is one slice only. Both spans of a pair have the
  /// same id here, so they are in one slice, and those of a large trace in all of them.
  private static String slice(String traceId, String spanId) {
    return "({slices:UInt8} = 1 OR modulo(cityHash64(%s, %s), {slices:UInt8}) = {slice:UInt8})"
        .formatted(traceId, spanId);
  }

  private static final String LINKS_SLICE = slice("linked_trace_id", "linked_span_id");

  /// Of a span, beside [#END]: when and how it was done with.
  private static final String OUTCOME =
      END
          + " AS end, "
          + MINUTE
          + " AS minute,"
          + " intDiv(end, 1000) - intDiv(toUnixTimestamp64Nano(start_time), 1000) AS lasted,"
          + " if(lasted BETWEEN 0 AND "
          + RedSpan.MICROS_MAX
          + ", lasted, 0) AS micros, "
          + RedSpan.FAILED
          + " AS failed";

  /// Of calls and links with `client`, `server`, `minute`, `micros` and `failed`, in FROM.
  private static final String ADD_CALLS =
      """
      INSERT INTO deepflow.service_calls (block_time, rollup, time, client, server, link,
        request, failure, rrt_count, rrt_sum, rrt_max, rrt_buckets, rrt_counts)
      SELECT toDateTime({rollup_time:UInt32}, 'UTC'), {rollup:UInt64}, minute, client, server, %s,
        toInt64(count()), toInt64(countIf(failed)), toInt64(countIf(micros > 0)),
        toInt64(sum(micros)), toUInt64(max(micros)),
        tupleElement(sumMap(if(micros > 0, [%s], []),
          if(micros > 0, [toInt64(1)], [])) AS buckets, 1),
        tupleElement(buckets, 2)
      FROM (%s)
      GROUP BY minute, client, server
      """;

  /// Spans that calls are paired from, each once: those of these blocks, and those of their traces
  /// before.
  ///
  /// @param late whether there are late traces; else nothing is asked about them
  /// @param twice whether there are traces with a span twice; likewise
  /// @param id of the span by which they are paired
  private static String paired(boolean late, boolean twice, String id) {
    String slice = slice("trace_id", id);
    String once = twice ? " AND NOT (%s)".formatted(TWICE) : "";
    String select = "SELECT %s FROM deepflow.spans WHERE ".formatted(OF_CALLS);
    StringJoiner all = new StringJoiner("\n        UNION ALL ");
    all.add(select + NEW + once + " AND " + slice);
    all.add(select + ofTraces(NEAR, BEGUN) + once + " AND " + slice);
    if (late) {
      all.add(select + ofTraces(FAR, LATE) + once + " AND " + slice);
    }
    if (twice) {
      all.add(
          "SELECT %s FROM (SELECT *, %s AS place FROM deepflow.spans %s WHERE %s AND %s)"
                  .formatted(
                      OF_CALLS,
                      Duplicates.PLACE,
                      Duplicates.SENDER_RESOURCES,
                      ofTraces(ALL, TWICE),
                      slice)
              + " WHERE place = 1");
    }
    return all.toString();
  }

  /// Whether a span has no parent.
  private static final String ROOT = "parent_span_id = toFixedString('', 8)";

  /// Of a span that serves: the id of who called it.
  private static final String CALLER_ID = "if(%s, span_id, parent_span_id)".formatted(ROOT);

  /// Of spans that have one id, so that who names it is paired once: the service of the first that
  /// serves, else of the first, and the block since which one is there.
  private static final String NAMED =
      "argMin(service, bitOr(block_id, bitShiftLeft(toUInt64(kind NOT IN (2, 5)), 63))) AS client,"
          + " min(block_id) AS since";

  /// A span of kind SERVER or CONSUMER whose parent is of another service. A root of these kinds
  /// has its id from its client, if one has it too, as Zipkin's servers do: that is `shared`.
  static String calls(boolean late, boolean twice) {
    String pairs =
        """
        SELECT caller.client AS client, called.service AS server, called.minute AS minute,
          called.micros AS micros, called.failed AS failed
        FROM (
          SELECT cityHash64(trace_id, span_id, shared) AS id, trace_id, %3$s
          FROM (%5$s) ARRAY JOIN if(kind IN (3, 4) AND %4$s, [0, 1], [0]) AS shared
          GROUP BY trace_id, span_id, shared) AS caller
        INNER JOIN (
          SELECT cityHash64(trace_id, %6$s, %4$s) AS id,
            trace_id, service, block_id, %2$s
          FROM (%1$s)
          WHERE kind IN (2, 5)) AS called
        ON caller.id = called.id
        WHERE caller.trace_id = called.trace_id AND caller.client != called.service
          AND greatest(caller.since, called.block_id) >= {first:UInt64}
        """
            .formatted(
                paired(late, twice, CALLER_ID),
                OUTCOME,
                NAMED,
                ROOT,
                paired(late, twice, "span_id"),
                CALLER_ID);
    return ADD_CALLS.formatted(0, DurationBuckets.number("micros"), pairs);
  }

  /// Spans of these blocks that have links, each once.
  static String withLinks(boolean twice) {
    String columns = "block_id, trace_id, service, minute, failed, micros, links";
    String select =
        "SELECT %s FROM (SELECT *, %s FROM deepflow.spans WHERE %s AND notEmpty(links)%s)"
            .formatted(columns, OUTCOME, NEW, twice ? " AND NOT (%s)".formatted(TWICE) : "");
    return twice
        ? select
            + " UNION ALL SELECT %s FROM (SELECT *, %s, %s AS place FROM deepflow.spans %s"
                .formatted(columns, OUTCOME, Duplicates.PLACE, Duplicates.SENDER_RESOURCES)
            + " WHERE %s AND notEmpty(links))".formatted(ofTraces(ALL, TWICE))
            + " WHERE place = 1 AND block_id >= {first:UInt64}"
        : select;
  }

  /// Whether there are links that spans of these blocks have, or may be named by.
  static final String LINKS =
      "SELECT count() FROM deepflow.span_links"
          + " WHERE block_time >= toDateTime({far_time:UInt32}, 'UTC')";

  /// Links of spans of these blocks, and those before that may name one of their spans.
  private static String linksOf(boolean late) {
    String select = "SELECT * FROM deepflow.span_links WHERE " + LINKS_SLICE;
    String counts = " AND rollup IN (SELECT rollup FROM deepflow.rollups)";
    String before =
        " AND block_time >= toDateTime({%1$s_time:UInt32}, 'UTC')"
            + " AND block_id >= {%1$s:UInt64} AND block_id < {%2$s:UInt64}";
    StringJoiner all = new StringJoiner("\n        UNION ALL ");
    all.add(
        select
            + " AND block_time = toDateTime({rollup_time:UInt32}, 'UTC')"
            + " AND rollup = {rollup:UInt64}");
    all.add(
        select
            + before.formatted("near", "first")
            + counts
            + " AND linked_trace_id IN (SELECT trace_id FROM deepflow.trace_index WHERE %s)"
                .formatted(NEW));
    if (late) {
      all.add(select + before.formatted("far", "near") + counts + " AND " + LINKS_LATE);
    }
    return all.toString();
  }

  /// Spans that those links name, by their ids.
  private static String linked(boolean late) {
    String select =
        "SELECT trace_id, span_id, kind, service, block_id FROM deepflow.spans WHERE %s AND "
            + slice("trace_id", "span_id");
    String named = "trace_id IN (SELECT linked_trace_id FROM (%s)%s)";
    String all =
        select.formatted(ofTraces(between("linked", "end"), named.formatted(linksOf(late), "")));
    if (late) {
      all +=
          " UNION ALL "
              + select.formatted(
                  ofTraces(
                      between("far_linked", "linked"),
                      named.formatted(
                          linksOf(true), " WHERE %s OR %s".formatted(LATE, LINKS_LATE))));
    }
    return "SELECT cityHash64(trace_id, span_id) AS id, trace_id, %s FROM (%s)"
            .formatted(NAMED, all)
        + " GROUP BY trace_id, span_id";
  }

  /// A span that names one of another service.
  static String links(boolean late) {
    String pairs =
        """
        SELECT linked.client AS client, link.service AS server, link.time AS minute,
          link.micros AS micros, link.failed AS failed
        FROM (%s) AS linked
        INNER JOIN (
          SELECT cityHash64(linked_trace_id, linked_span_id) AS id, linked_trace_id AS trace_id,
            service, rollup, time, micros, failed FROM (%s)) AS link
        ON linked.id = link.id
        WHERE linked.trace_id = link.trace_id AND linked.client != link.service
          AND (link.rollup = {rollup:UInt64} OR linked.since >= {first:UInt64})
        """
            .formatted(linked(late), linksOf(late));
    return ADD_CALLS.formatted(1, DurationBuckets.number("micros"), pairs);
  }

  private RollupSql() {}
}
