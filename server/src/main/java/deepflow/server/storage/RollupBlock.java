package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;

/// The columns of table `rollups`, in its order.
final class RollupBlock {
  static final String TABLE = "rollups";

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn rollup = block.add("rollup", new LongColumn("UInt64"));
  private final LongColumn blockMin = block.add("block_min", new LongColumn("UInt64"));
  private final LongColumn blockEnd = block.add("block_end", new LongColumn("UInt64"));
  private final LongColumn merged = block.add("merged", new LongColumn("UInt64"));

  Block block() {
    return block;
  }

  void append(BlockId id, long first, long end, long mergedSpans) {
    blockTime.append(id.timeSeconds());
    rollup.append(id.number());
    blockMin.append(first);
    blockEnd.append(end);
    merged.append(mergedSpans);
  }
}
