package deepflow.server.storage;

import deepflow.clickhouse.block.ArrayColumn;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import java.util.Arrays;

/// The columns of table `trace_index`, and how its rows come from the spans of a block, in the
/// order of table `spans`: each run of spans of one trace and second makes a row.
public final class TraceIndexBlock {
  /// The table.
  public static final String TABLE = "trace_index";

  private static final int SERVICES_MAX = 256;
  private static final int TRACE_ID_BYTES = 16;
  private static final byte[] NOTHING = {};

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final FixedBytesColumn traceId =
      block.add("trace_id", FixedBytesColumn.fixedString(TRACE_ID_BYTES));
  private final LongColumn startTime =
      block.add("start_time", new LongColumn("DateTime64(9, 'UTC')"));
  private final LongColumn endTime = block.add("end_time", new LongColumn("DateTime64(9, 'UTC')"));
  private final IntColumn spanCount = block.add("span_count", new IntColumn("UInt32"));
  private final IntColumn errorCount = block.add("error_count", new IntColumn("UInt32"));
  private final ByteColumn hasRoot = block.add("has_root", new ByteColumn("UInt8"));
  private final LowCardinalityColumn rootService =
      block.add("root_service", new LowCardinalityColumn());
  private final LowCardinalityColumn rootName = block.add("root_name", new LowCardinalityColumn());
  private final ArrayColumn<LowCardinalityColumn> services =
      block.add("services", new ArrayColumn<>(new LowCardinalityColumn()));

  private final NumberedTexts rootServices = new NumberedTexts(rootService);
  private final NumberedTexts serviceNumbers = new NumberedTexts(services.elements());

  private final byte[] trace = new byte[TRACE_ID_BYTES];
  private final int[] serviceIndexes = new int[SERVICES_MAX];
  private int serviceCount;
  private int spans;
  private int errors;
  private long firstStart;
  private long lastEnd;
  private boolean rooted;

  /// The rows.
  public Block block() {
    return block;
  }

  /// Forgets the rows.
  public void clear() {
    block.clear();
    serviceNumbers.clear();
    rootServices.clear();
    spans = 0;
  }

  /// Takes the next span of the block.
  ///
  /// @param traceIdAt index in `bytes` of the trace id
  /// @param root whether the span has no parent
  /// @param start ns since 1970-01-01 UTC
  /// @param end likewise; a span that has none (0), or one before its start, ends when it starts
  /// @param error whether its status is ERROR
  /// @param serviceNumber stands for the service in this block, as in [NumberedTexts]
  /// @param nameAt index in `bytes` of the span's name
  public void add(
      BlockId id,
      byte[] bytes,
      int traceIdAt,
      boolean root,
      long start,
      long end,
      boolean error,
      int serviceNumber,
      byte[] service,
      int nameAt,
      int nameLength) {
    if (spans > 0 && !isAlike(bytes, traceIdAt, start)) {
      finish(id);
    }
    if (spans++ == 0) {
      begin(bytes, traceIdAt, start);
    }
    firstStart = Math.min(firstStart, start);
    lastEnd = Math.max(lastEnd, Math.max(start, end));
    errors += error ? 1 : 0;
    addService(serviceNumbers.indexOf(serviceNumber, service));
    if (root && !rooted) {
      rooted = true;
      rootServices.append(serviceNumber, service);
      rootName.append(bytes, nameAt, nameLength);
    }
  }

  /// Whether a span belongs to the row that was begun.
  private boolean isAlike(byte[] bytes, int traceIdAt, long start) {
    return SpanOrder.step(start) == SpanOrder.step(firstStart)
        && Arrays.equals(trace, 0, TRACE_ID_BYTES, bytes, traceIdAt, traceIdAt + TRACE_ID_BYTES);
  }

  private void begin(byte[] bytes, int traceIdAt, long start) {
    System.arraycopy(bytes, traceIdAt, trace, 0, TRACE_ID_BYTES);
    firstStart = start;
    lastEnd = start;
    errors = 0;
    rooted = false;
    serviceCount = 0;
  }

  private void addService(int index) {
    for (int i = 0; i < serviceCount; i++) {
      if (serviceIndexes[i] == index) {
        return;
      }
    }
    if (serviceCount < SERVICES_MAX) {
      serviceIndexes[serviceCount++] = index;
    }
  }

  /// Completes the last row. To be called after the block's last span.
  public void finish(BlockId id) {
    if (spans == 0) {
      return;
    }
    blockTime.append(id.timeSeconds());
    blockId.append(id.number());
    traceId.append(trace);
    startTime.append(firstStart);
    endTime.append(lastEnd);
    spanCount.append(spans);
    errorCount.append(errors);
    hasRoot.append(rooted ? 1 : 0);
    if (!rooted) {
      rootService.append(NOTHING);
      rootName.append(NOTHING);
    }
    for (int i = 0; i < serviceCount; i++) {
      services.elements().appendIndex(serviceIndexes[i]);
    }
    services.endRow();
    spans = 0;
  }
}
