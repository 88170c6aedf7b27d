package deepflow.server.storage;

import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;

/// The columns of table `span_links`, in its order, and how they come from a span's links.
final class LinkBlock {
  static final String TABLE = "span_links";

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn rollup = block.add("rollup", new LongColumn("UInt64"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final FixedBytesColumn traceId =
      block.add("trace_id", FixedBytesColumn.fixedString(SpanLinks.TRACE_ID_BYTES));
  private final LowCardinalityColumn service = block.add("service", new LowCardinalityColumn());
  private final IntColumn time = block.add("time", new IntColumn("DateTime('UTC')"));
  private final ByteColumn failed = block.add("failed", new ByteColumn("UInt8"));
  private final LongColumn micros = block.add("micros", new LongColumn("UInt64"));
  private final FixedBytesColumn linkedTraceId =
      block.add("linked_trace_id", FixedBytesColumn.fixedString(SpanLinks.TRACE_ID_BYTES));
  private final FixedBytesColumn linkedSpanId =
      block.add("linked_span_id", FixedBytesColumn.fixedString(SpanLinks.SPAN_ID_BYTES));

  private final SpanLinks links = new SpanLinks();

  Block block() {
    return block;
  }

  /// Adds the links of one row of [RollupSql#withLinks].
  void append(BlockId id, Rows row) {
    byte[] bytes = row.getBytes(6);
    links.reset(bytes, bytes.length);
    while (links.next()) {
      appendLink(id, row);
    }
  }

  private void appendLink(BlockId id, Rows row) {
    blockTime.append(id.timeSeconds());
    rollup.append(id.number());
    blockId.append(row.getLong(0));
    traceId.append(row.getBytes(1));
    service.append(row.getBytes(2));
    time.append((int) row.getLong(3));
    failed.append((int) row.getLong(4));
    micros.append(row.getLong(5));
    linkedTraceId.append(links.bytes(), links.traceAt(), SpanLinks.TRACE_ID_BYTES);
    linkedSpanId.append(links.bytes(), links.spanAt(), SpanLinks.SPAN_ID_BYTES);
  }
}
