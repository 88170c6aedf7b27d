package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.ShortColumn;

/// The columns of table `labels`, in its order.
public final class LabelBlock {
  /// The table.
  public static final String TABLE = "labels";

  private final Block block = new Block();

  public final ShortColumn day = block.add("day", new ShortColumn("Date"));
  public final LongColumn labelId = block.add("label_id", new LongColumn("UInt64"));
  public final LowCardinalityColumn appInstance = names("app_instance");
  public final LowCardinalityColumn pod = names("pod");
  public final LowCardinalityColumn podNs = names("pod_ns");
  public final LowCardinalityColumn podNode = names("pod_node");
  public final LowCardinalityColumn podGroup = names("pod_group");
  public final LowCardinalityColumn podCluster = names("pod_cluster");
  public final LowCardinalityColumn host = names("host");

  /// The rows.
  public Block block() {
    return block;
  }

  private LowCardinalityColumn names(String column) {
    return block.add(column, new LowCardinalityColumn());
  }
}
