package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.MapColumn;
import deepflow.clickhouse.block.ShortColumn;
import deepflow.clickhouse.block.StringColumn;

/// The columns of table `resources`, in its order.
public final class ResourceBlock {
  /// The table.
  public static final String TABLE = "resources";

  private final Block block = new Block();

  public final ShortColumn day = block.add("day", new ShortColumn("Date"));
  public final FixedBytesColumn resourceId =
      block.add("resource_id", FixedBytesColumn.fixedString(16));
  public final FixedBytesColumn senderResourceId =
      block.add("sender_resource_id", FixedBytesColumn.fixedString(16));
  public final ByteColumn hasResource = block.add("has_resource", new ByteColumn("UInt8"));
  public final StringColumn resource = block.add("resource", new StringColumn());
  public final StringColumn schemaUrl = block.add("schema_url", new StringColumn());
  public final StringColumn unknownFields = block.add("unknown_fields", new StringColumn());
  public final MapColumn<LowCardinalityColumn, StringColumn> attributes =
      block.add("attributes", SpanBlock.attributeMap());
  public final LowCardinalityColumn attributeTypes =
      block.add("attribute_types", new LowCardinalityColumn());
  public final LowCardinalityColumn service = block.add("service", new LowCardinalityColumn());
  public final ByteColumn appHostIpAdded = block.add("app_host_ip_added", new ByteColumn("UInt8"));
  public final MapColumn<IntColumn, StringColumn> elements =
      block.add("elements", SpanBlock.elementMap());

  /// The rows.
  public Block block() {
    return block;
  }
}
