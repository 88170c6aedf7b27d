package deepflow.server.storage;

import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufCursor;

/// The columns of table `span_links`, in its order, and how they come from a span's links as table
/// `spans` has them: the serialized fields 13, one after the other.
final class LinkBlock {
  static final String TABLE = "span_links";

  private static final int LINK = ProtobufCursor.tag(13, ProtobufCursor.LENGTH_DELIMITED);
  private static final int TRACE_ID = ProtobufCursor.tag(1, ProtobufCursor.LENGTH_DELIMITED);
  private static final int SPAN_ID = ProtobufCursor.tag(2, ProtobufCursor.LENGTH_DELIMITED);
  private static final int TRACE_ID_BYTES = 16;
  private static final int SPAN_ID_BYTES = 8;
  private static final int NONE = -1;

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn rollup = block.add("rollup", new LongColumn("UInt64"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final FixedBytesColumn traceId =
      block.add("trace_id", FixedBytesColumn.fixedString(TRACE_ID_BYTES));
  private final LowCardinalityColumn service = block.add("service", new LowCardinalityColumn());
  private final IntColumn time = block.add("time", new IntColumn("DateTime('UTC')"));
  private final ByteColumn failed = block.add("failed", new ByteColumn("UInt8"));
  private final LongColumn micros = block.add("micros", new LongColumn("UInt64"));
  private final FixedBytesColumn linkedTraceId =
      block.add("linked_trace_id", FixedBytesColumn.fixedString(TRACE_ID_BYTES));
  private final FixedBytesColumn linkedSpanId =
      block.add("linked_span_id", FixedBytesColumn.fixedString(SPAN_ID_BYTES));

  private final ProtobufCursor cursor = new ProtobufCursor();
  private int traceAt;
  private int spanAt;

  Block block() {
    return block;
  }

  /// Adds the links of one row of [RollupSql#withLinks]. A link without valid ids names no span.
  void append(BlockId id, Rows row) {
    byte[] links = row.getBytes(6);
    cursor.reset(links, 0, links.length);
    try {
      while (cursor.hasMore()) {
        int tag = cursor.readTag();
        if (tag == LINK) {
          readLink();
          appendLink(id, row);
        } else {
          cursor.skip(tag);
        }
      }
    } catch (MalformedProtobufException e) {
      throw new IllegalStateException("links of a stored span are malformed", e);
    }
  }

  private void readLink() throws MalformedProtobufException {
    traceAt = NONE;
    spanAt = NONE;
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == TRACE_ID) {
        traceAt = readId(TRACE_ID_BYTES);
      } else if (tag == SPAN_ID) {
        spanAt = readId(SPAN_ID_BYTES);
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }

  /// Where the id lies; -1 when it has another length.
  private int readId(int bytes) throws MalformedProtobufException {
    int length = cursor.readLength();
    int at = cursor.position();
    cursor.advance(length);
    return length == bytes ? at : NONE;
  }

  private void appendLink(BlockId id, Rows row) {
    if (traceAt == NONE || spanAt == NONE) {
      return;
    }
    blockTime.append(id.timeSeconds());
    rollup.append(id.number());
    blockId.append(row.getLong(0));
    traceId.append(row.getBytes(1));
    service.append(row.getBytes(2));
    time.append((int) row.getLong(3));
    failed.append((int) row.getLong(4));
    micros.append(row.getLong(5));
    linkedTraceId.append(cursor.bytes(), traceAt, TRACE_ID_BYTES);
    linkedSpanId.append(cursor.bytes(), spanAt, SPAN_ID_BYTES);
  }
}
