package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;

/// The columns of table `refusals`, in its order.
final class RefusalBlock {
  static final String TABLE = "refusals";

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final FixedBytesColumn agent = block.add("agent", FixedBytesColumn.fixedString(16));
  private final LongColumn batch = block.add("batch", new LongColumn("UInt64"));
  private final LowCardinalityColumn reason = block.add("reason", new LowCardinalityColumn());
  private final LongColumn spans = block.add("spans", new LongColumn("UInt64"));

  Block block() {
    return block;
  }

  void append(BlockId id, Refused refused) {
    byte[] words = refused.reason().getBytes(UTF_8);
    blockTime.append(id.timeSeconds());
    blockId.append(id.number());
    agent.append(refused.agent().bytes());
    batch.append(refused.batch());
    reason.append(words, 0, words.length);
    spans.append(refused.spans());
  }
}
