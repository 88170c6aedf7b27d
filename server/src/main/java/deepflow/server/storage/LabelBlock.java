package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.MapColumn;
import deepflow.clickhouse.block.ShortColumn;
import deepflow.clickhouse.block.StringColumn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The columns of table `labels`, in its order.
public final class LabelBlock {
  /// The table.
  public static final String TABLE = "labels";

  /// The version of a row that any answer takes the place of.
  public static final long FIRST = 0;

  private final Block block = new Block();

  public final ShortColumn day = block.add("day", new ShortColumn("Date"));
  public final LongColumn labelId = block.add("label_id", new LongColumn("UInt64"));
  private final Map<String, LowCardinalityColumn> names = new HashMap<>();

  {
    List.of("app_instance", "pod", "pod_ns", "pod_node", "pod_group", "pod_cluster", "host")
        .forEach(this::addName);
    List.of("pod_service", "pod_ingress", "region", "az").forEach(this::addName);
    List.of("auto_instance", "auto_service", "tag_source").forEach(this::addName);
  }

  public final ByteColumn podGroupType = block.add("pod_group_type", new ByteColumn("UInt8"));
  public final ByteColumn autoInstanceType =
      block.add("auto_instance_type", new ByteColumn("UInt8"));
  public final ByteColumn autoServiceType = block.add("auto_service_type", new ByteColumn("UInt8"));
  public final MapColumn<LowCardinalityColumn, StringColumn> labels =
      block.add("k8s_labels", SpanBlock.attributeMap());
  public final MapColumn<LowCardinalityColumn, StringColumn> annotations =
      block.add("k8s_annotations", SpanBlock.attributeMap());
  public final MapColumn<LowCardinalityColumn, StringColumn> env =
      block.add("k8s_env", SpanBlock.attributeMap());
  public final StringColumn conflicts = block.add("tag_conflicts", new StringColumn());
  public final LongColumn version = block.add("version", new LongColumn("UInt64"));

  {
    List.of("pod_node_ip", "pod_node_hostname", "host_ip", "host_hostname").forEach(this::addName);
  }

  /// The rows.
  public Block block() {
    return block;
  }

  /// The column of a name, such as `pod_ns`.
  public LowCardinalityColumn name(String column) {
    return Objects.requireNonNull(names.get(column), column);
  }

  private void addName(String column) {
    names.put(column, block.add(column, new LowCardinalityColumn()));
  }
}
