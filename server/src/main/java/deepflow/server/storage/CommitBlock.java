package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;

/// The columns of table `blocks`, in its order.
final class CommitBlock {
  static final String TABLE = "blocks";

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final FixedBytesColumn agent = block.add("agent", FixedBytesColumn.fixedString(16));
  private final LongColumn epoch = block.add("epoch", new LongColumn("UInt64"));
  private final LongColumn batchMin = block.add("batch_min", new LongColumn("UInt64"));
  private final LongColumn batchMax = block.add("batch_max", new LongColumn("UInt64"));
  private final LongColumn batches = block.add("batches", new LongColumn("UInt64"));
  private final LongColumn spans = block.add("spans", new LongColumn("UInt64"));
  private final LongColumn refusedSpans = block.add("refused_spans", new LongColumn("UInt64"));

  Block block() {
    return block;
  }

  void append(BlockId id, Commit commit) {
    blockTime.append(id.timeSeconds());
    blockId.append(id.number());
    agent.append(commit.agent().bytes());
    epoch.append(commit.epoch());
    batchMin.append(commit.batchMin());
    batchMax.append(commit.batchMax());
    batches.append(commit.batches());
    spans.append(commit.spans());
    refusedSpans.append(commit.refusedSpans());
  }
}
