package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.wire.otlp.OtlpField;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads spans back as the OTLP that they came as. Safe for use by many threads.
public final class SpanReader {
  private static final long FOREVER_PAST = Long.MIN_VALUE;
  private static final long FOREVER = Long.MAX_VALUE;
  private static final int SHRINK = 4;

  /// What spans that can't be parted may take: more than a frame.
  private static final int ALONE_BYTES_MAX = 128 << 20;

  /// What a row takes beside its span's bytes.
  private static final int ROW_BYTES = 200;

  /// When spans started, ns since 1970-01-01 UTC, both ends included.
  public record TimeRange(long startNanos, long endNanos) {
    /// All times.
    public static final TimeRange ALL = new TimeRange(FOREVER_PAST, FOREVER);
  }

  /// A resource or scope of the store.
  ///
  /// @param sameAs equal for resources that differ only in what the agent added
  private record Head(Bytes fields, Bytes sameAs, boolean appHostIpAdded) {
    static final Head MISSING = new Head(new Bytes(new byte[0]), new Bytes(new byte[0]), false);
  }

  /// Spans in the table's order.
  ///
  /// @param last where they end, null when there are none
  /// @param more whether there can be others behind it
  public record Page(Trace spans, @Nullable Place last, boolean more) {}

  /// A place in the table's order, behind all spans of that trace and start.
  public record Place(String traceId, long startNanos) {}

  private record Span(Bytes scopeId, Bytes bytes) {}

  private record Row(Bytes resourceId, Span span) {}

  private final ClickHouse clickHouse;
  private final HeadCache resources = new HeadCache();
  private final HeadCache scopes = new HeadCache();

  public SpanReader(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /// The spans of a trace, by their start. The same span is given once, however often it was sent.
  ///
  /// The rows are ordered here: to sort them in the engine takes it a millisecond more to plan, and
  /// it would hold all of them.
  ///
  /// @param traceId 32 hexadecimal digits
  /// @param range to search; the more is known the less is read
  /// @param spansMax no more than the first of them are held, one at least
  /// @param bytesMax likewise, of the spans together
  public Found trace(String traceId, TimeRange range, int spansMax, long bytesMax)
      throws ClickHouseException {
    var first = new FirstRows<Span, Bytes>(spansMax, bytesMax);
    Set<Long> steps = steps(traceId);
    if (!steps.isEmpty()) {
      String place =
          steps.size() <= SpanOrder.LITERALS_MAX
              ? SpanOrder.canBeIn(steps)
              : SpanOrder.ofTraces(SpanOrder.isOf(traceId));
      read(ofTrace(place + " AND " + SpanOrder.isOf(traceId), range), first);
    }
    List<Row> rows = new ArrayList<>();
    int read = 0;
    for (FirstRows.Held<Span, Bytes> held : first.inOrder()) {
      held.resources().forEach(resource -> rows.add(new Row(resource, held.span())));
      read += held.rows();
    }
    List<Row> spans = distinct(rows);
    boolean cut = first.isCut() || spans.size() > spansMax;
    return new Found(spans.subList(0, Math.min(spans.size(), spansMax)), read - spans.size(), cut);
  }

  /// The first spans of a trace, held to be given as often as is needed.
  public final class Found {
    private final List<Row> spans;
    private final int merged;
    private final boolean cut;

    private Found(List<Row> spans, int merged, boolean cut) {
      this.spans = spans;
      this.merged = merged;
      this.cut = cut;
    }

    /// All that are held.
    public Trace all() throws ClickHouseException {
      return group(spans, merged, cut);
    }

    /// The first of them.
    ///
    /// @param count at most so many
    public Trace first(int count) throws ClickHouseException {
      return count < spans.size() ? group(spans.subList(0, count), merged, true) : all();
    }
  }

  /// What the engine finds out by itself it is told: it takes less time to plan.
  private static Query ofTrace(String condition, TimeRange range) {
    String sql =
        "SELECT %s, block_id FROM deepflow.spans PREWHERE %s%s"
            .formatted(SpanRow.COLUMNS, condition, times(range));
    return lookUp(sql).with("from", range.startNanos).with("to", range.endNanos);
  }

  /// Of a few rows. The other analyzer takes up to a millisecond longer before it reads, and a
  /// second thread half of one.
  private static Query lookUp(String sql) {
    return Query.of(sql).setting("enable_analyzer", 0).setting("max_threads", 1);
  }

  /// In which steps a trace has spans. One statement for both would be dearer than two, above all
  /// for a trace that isn't there.
  private Set<Long> steps(String traceId) throws ClickHouseException {
    var steps = new LinkedHashSet<Long>();
    String sql = "SELECT start_time FROM deepflow.trace_index WHERE " + SpanOrder.isOf(traceId);
    try (Rows rows = clickHouse.query(lookUp(sql))) {
      while (rows.next()) {
        steps.add(SpanOrder.step(rows.getLong(0)));
      }
    }
    return steps;
  }

  private static String times(TimeRange range) {
    return range.equals(TimeRange.ALL)
        ? ""
        : " AND start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')"
            + " AND start_time <= fromUnixTimestamp64Nano({to:Int64}, 'UTC')";
  }

  private void read(Query query, FirstRows<Span, Bytes> first) throws ClickHouseException {
    var writer = new SpanRow();
    try (Rows found = clickHouse.query(query)) {
      while (found.next()) {
        var key =
            new FirstRows.Key(
                found.getLong(6),
                ByteBuffer.wrap(found.getBytes(1)).getLong(),
                found.getLong(5),
                found.getLong(7),
                found.getLong(SpanRow.COUNT));
        if (first.isWanted(key)) {
          Row row = row(found, writer.toOtlp(found));
          first.add(key, row.span, row.resourceId, row.span.bytes.array().length);
        }
      }
    }
  }

  private static Row row(Rows found, byte[] span) {
    return new Row(
        new Bytes(found.getBytes(SpanRow.RESOURCE_ID)),
        new Span(new Bytes(found.getBytes(SpanRow.SCOPE_ID)), new Bytes(span)));
  }

  /// Reads a page of spans in the order of [SpanOrder], each span once.
  ///
  /// @param query gives the statement of that SQL, with its parameters and limits
  /// @param where a condition on a row of `deepflow.spans`
  /// @param spans about so many; all of one trace with the same start stay together
  /// @param bytesMax of the spans; a page that would be larger, or that the engine has no memory
  ///   for, is read anew with a quarter of them
  /// @throws TooLargeException when even the spans of one trace and start are larger
  public Page page(Function<String, Query> query, String where, int spans, int bytesMax)
      throws ClickHouseException, TooLargeException {
    for (int limit = spans; true; limit = Math.max(1, limit / SHRINK)) {
      String sql =
          "SELECT %s FROM deepflow.spans WHERE %s ORDER BY %s LIMIT %s WITH TIES"
              .formatted(SpanRow.COLUMNS, where, SpanOrder.COLUMNS, limit);
      Query asked = limit < spans ? inSmallBlocks(query.apply(sql), limit) : query.apply(sql);
      Page page =
          limit == 1 ? page(asked, limit, ALONE_BYTES_MAX) : pageIfItFits(asked, limit, bytesMax);
      if (page != null) {
        return page;
      }
      if (limit == 1) {
        throw new TooLargeException();
      }
    }
  }

  /// Spans of one trace and start, more than fit into the memory that they may take.
  public static final class TooLargeException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /// Of each part that it looks at the engine holds a block, whatever the limit is.
  private static Query inSmallBlocks(Query query, int rows) {
    return query.setting("max_block_size", rows);
  }

  private @Nullable Page pageIfItFits(Query query, int limit, int bytesMax)
      throws ClickHouseException {
    try {
      return page(query, limit, bytesMax);
    } catch (ClickHouseException e) {
      if (e.isOutOfMemory()) {
        return null;
      }
      throw e;
    }
  }

  private @Nullable Page page(Query query, int limit, int bytesMax) throws ClickHouseException {
    var rows = new ArrayList<Row>();
    var writer = new SpanRow();
    Place last = null;
    long bytes = 0;
    try (Rows found = clickHouse.query(query)) {
      while (found.next()) {
        byte[] span = writer.toOtlp(found);
        bytes += span.length + ROW_BYTES;
        if (bytes > bytesMax) {
          return null;
        }
        last = new Place(HexFormat.of().formatHex(found.getBytes(0)), found.getLong(6));
        rows.add(row(found, span));
      }
    }
    boolean more = rows.size() >= limit;
    List<Row> spans = distinct(rows);
    return new Page(group(spans, rows.size() - spans.size(), more), last, more);
  }

  /// Each span once, whatever agents added to its resource.
  private List<Row> distinct(List<Row> rows) throws ClickHouseException {
    Map<Bytes, Head> resources = resources(ids(rows, true));
    var seen = new HashSet<Row>();
    return rows.stream()
        .filter(row -> {
          Bytes resource = resources.getOrDefault(row.resourceId, Head.MISSING).sameAs;
          return seen.add(new Row(resource, row.span));
        })
        .toList();
  }

  private Trace group(List<Row> spans, int merged, boolean truncated) throws ClickHouseException {
    Map<Bytes, Head> resources = resources(ids(spans, true));
    Map<Bytes, Head> scopes = scopes(ids(spans, false));
    var groups = new LinkedHashMap<Bytes, Map<Bytes, List<Bytes>>>();
    for (Row row : spans) {
      groups
          .computeIfAbsent(row.resourceId, _ -> new LinkedHashMap<>())
          .computeIfAbsent(row.span.scopeId, _ -> new ArrayList<>())
          .add(row.span.bytes);
    }
    var ofResources = new ArrayList<Trace.OfResource>();
    groups.forEach((id, byScope) -> {
      Head head = resources.getOrDefault(id, Head.MISSING);
      var ofScopes = new ArrayList<Trace.OfScope>();
      byScope.forEach((scopeId, some) ->
          ofScopes.add(new Trace.OfScope(scopes.getOrDefault(scopeId, Head.MISSING).fields, some)));
      ofResources.add(new Trace.OfResource(head.fields, head.appHostIpAdded, ofScopes));
    });
    return new Trace(ofResources, spans.size(), merged, truncated);
  }

  private static Set<Bytes> ids(List<Row> rows, boolean ofResources) {
    var ids = new HashSet<Bytes>();
    rows.forEach(row -> ids.add(ofResources ? row.resourceId : row.span.scopeId));
    return ids;
  }

  private Map<Bytes, Head> resources(Set<Bytes> ids) throws ClickHouseException {
    return heads(
        resources,
        "SELECT resource_id, has_resource, resource, schema_url, unknown_fields,"
            + " sender_resource_id, app_host_ip_added FROM deepflow.resources"
            + " WHERE resource_id IN (SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 16))"
            + " LIMIT 1 BY resource_id",
        ids);
  }

  private Map<Bytes, Head> scopes(Set<Bytes> ids) throws ClickHouseException {
    return heads(
        scopes,
        "SELECT scope_id, has_scope, scope, schema_url, unknown_fields, scope_id, 0"
            + " FROM deepflow.scopes"
            + " WHERE scope_id IN (SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 16))"
            + " LIMIT 1 BY scope_id",
        ids);
  }

  /// Heads that were read lately: an id names its content, so they never get old.
  private static final class HeadCache {
    private static final int HEADS_MAX = 2_048;
    private static final int HEAD_BYTES_MAX = 16 << 10;

    private final Map<Bytes, Head> heads =
        new LinkedHashMap<>(64, 0.75f, /* accessOrder= */ true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Bytes, Head> eldest) {
            return size() > HEADS_MAX;
          }
        };

    /// Moves what is known from `ids` to what is returned.
    synchronized Map<Bytes, Head> take(Set<Bytes> ids) {
      var known = new HashMap<Bytes, Head>();
      ids.removeIf(id -> {
        Head head = heads.get(id);
        if (head != null) {
          known.put(id, head);
        }
        return head != null;
      });
      return known;
    }

    synchronized void put(Bytes id, Head head) {
      if (head.fields.array().length <= HEAD_BYTES_MAX) {
        heads.put(id, head);
      }
    }
  }

  private Map<Bytes, Head> heads(HeadCache cache, String sql, Set<Bytes> ids)
      throws ClickHouseException {
    Map<Bytes, Head> heads = cache.take(ids);
    if (ids.isEmpty()) {
      return heads;
    }
    var array = new StringBuilder();
    ids.forEach(id -> array.append(array.isEmpty() ? "['" : "','").append(id));
    try (Rows rows = clickHouse.query(Query.of(sql).with("ids", array.append("']").toString()))) {
      while (rows.next()) {
        var id = new Bytes(rows.getBytes(0));
        Head head = head(rows);
        cache.put(id, head);
        heads.put(id, head);
      }
    }
    return heads;
  }

  /// ResourceSpans and ScopeSpans have the same fields.
  private static Head head(Rows row) {
    var fields = new ProtobufWriter();
    if (row.getLong(1) != 0) {
      fields.bytes(OtlpField.RESOURCE_SPANS_RESOURCE, row.getBytes(2));
    }
    fields.optional(OtlpField.RESOURCE_SPANS_SCHEMA_URL, row.getBytes(3));
    byte[] unknown = row.getBytes(4);
    fields.raw(unknown, 0, unknown.length);
    return new Head(
        new Bytes(fields.toByteArray()), new Bytes(row.getBytes(5)), row.getLong(6) != 0);
  }
}
