import java.util.Map;

/// The tables that the experiments compare, as SQL made from the parameters of a run.
final class Tables {
  private static final String DURABLE = ", fsync_after_insert = 1, fsync_part_directory = 1";

  private static final String TRACE_INDEX =
      """
      CREATE TABLE IF NOT EXISTS trace_index (block_time DateTime CODEC(ZSTD(1)), block_id UInt64 CODEC(ZSTD(1)),
        trace_id FixedString(16) CODEC(ZSTD(1)), start_time DateTime64(9) CODEC(ZSTD(1)),
        end_time DateTime64(9) CODEC(ZSTD(1)), spans UInt32 CODEC(ZSTD(1)), errors UInt32 CODEC(ZSTD(1)),
        root_service LowCardinality(String) CODEC(ZSTD(1)), root_name LowCardinality(String) CODEC(ZSTD(1)),
        services Array(LowCardinality(String)) CODEC(ZSTD(1)))
      ENGINE = MergeTree PARTITION BY toDate(block_time) ORDER BY (toStartOfMinute(start_time), start_time)
      SETTINGS index_granularity = 2048, non_replicated_deduplication_window = %s\
      """;
  private static final String BLOCKS =
      """
      CREATE TABLE IF NOT EXISTS blocks (block_time DateTime, block_id UInt64, agent FixedString(16),
        first_batch UInt64, last_batch UInt64, spans UInt64)
      ENGINE = MergeTree PARTITION BY toDate(block_time) ORDER BY (agent, block_id)
      SETTINGS non_replicated_deduplication_window = %s\
      """;

  /// Rows of trace_index; the argument is a WHERE clause or nothing.
  static final String SELECT_TRACES =
      """
      SELECT block_time, block_id, trace_id, min(s.start_time) AS start_time,
        fromUnixTimestamp64Nano(max(toUnixTimestamp64Nano(s.start_time) + duration)) AS end_time,
        toUInt32(count()) AS spans, toUInt32(countIf(status_code = 2)) AS errors,
        anyIf(service, parent_span_id = toFixedString('', 8)) AS root_service,
        anyIf(name, parent_span_id = toFixedString('', 8)) AS root_name,
        groupUniqArray(service) AS services
      FROM spans AS s %s GROUP BY block_time, block_id, trace_id\
      """;

  /// Rows of blocks; the argument is a WHERE clause or nothing.
  static final String SELECT_BLOCKS =
      """
      SELECT block_time, block_id, agent, min(batch) AS first_batch, max(batch) AS last_batch, count() AS spans
      FROM spans %s GROUP BY block_time, block_id, agent\
      """;

  private final Map<String, String> p;

  Tables(Map<String, String> parameters) {
    p = parameters;
  }

  String traceIndex() {
    return TRACE_INDEX.formatted(p.get("window")) + DURABLE;
  }

  String blocks() {
    return BLOCKS.formatted(p.get("window")) + DURABLE;
  }

  String spans(Layout layout) {
    StringBuilder sql = new StringBuilder("CREATE TABLE IF NOT EXISTS spans (");
    layout.ddl().forEach((name, type) -> sql.append(name + " " + type + codec(name, type) + ", "));
    for (String index : p.get("indexes").split(";")) {
      sql.append(index.isBlank() ? "" : index + ", ");
    }
    sql.setLength(sql.length() - 2);
    sql.append(") ENGINE = MergeTree PARTITION BY toDate(block_time) ORDER BY (" + p.get("order"))
        .append(") SETTINGS index_granularity = " + p.get("granularity"))
        .append(", non_replicated_deduplication_window = " + p.get("window") + DURABLE);
    return sql + (p.get("settings").isEmpty() ? "" : ", " + p.get("settings"));
  }

  /// A column without a codec follows the engine's configuration, which may differ by the size of a part.
  private String codec(String name, String type) {
    boolean heavy =
        name.startsWith("attribute") || name.equals("raw") || name.startsWith("request_res");
    String codec = heavy && !p.get("wide").isEmpty() ? p.get("wide") : p.get("codec");
    if (codec.equals("none") || type.equals("JSON")) {
      return "";
    }
    return switch (name) {
      case "span_id" -> " CODEC(NONE)";
      case "duration" -> " CODEC(T64, " + codec + ")";
      default -> " CODEC(" + codec + ")";
    };
  }

  /// An INSERT without its rows, under the block's own token for that table.
  static String insert(String table, String block, String settings) {
    return "INSERT INTO %s SETTINGS async_insert = 0, insert_deduplication_token = '%s/%s'%s "
        .formatted(table, block, table, settings.isEmpty() ? "" : ", " + settings);
  }
}
