package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.ShortColumn;
import deepflow.clickhouse.block.StringColumn;

/// The columns of table `scopes`, in its order.
public final class ScopeBlock {
  /// The table.
  public static final String TABLE = "scopes";

  private final Block block = new Block();

  public final ShortColumn day = block.add("day", new ShortColumn("Date"));
  public final FixedBytesColumn scopeId = block.add("scope_id", FixedBytesColumn.fixedString(16));
  public final ByteColumn hasScope = block.add("has_scope", new ByteColumn("UInt8"));
  public final StringColumn scope = block.add("scope", new StringColumn());
  public final StringColumn schemaUrl = block.add("schema_url", new StringColumn());
  public final StringColumn unknownFields = block.add("unknown_fields", new StringColumn());
  public final LowCardinalityColumn name = block.add("name", new LowCardinalityColumn());
  public final LowCardinalityColumn version = block.add("version", new LowCardinalityColumn());

  /// The rows.
  public Block block() {
    return block;
  }
}
