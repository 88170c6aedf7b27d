package deepflow.server.storage;

import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.block.ArrayColumn;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.MapColumn;
import deepflow.clickhouse.block.NullableColumn;
import deepflow.clickhouse.block.ShortColumn;
import deepflow.clickhouse.block.StringColumn;
import java.util.List;

/// The columns of table `spans` that are stored, in its order: their one home in Java. The start
/// compares them with the table, so that neither can change alone.
///
/// A row is one append to every column. What the columns mean is said in `schema/`.
public final class SpanBlock {
  /// The table.
  public static final String TABLE = "spans";

  /// First byte of `unknown_fields`: serialized fields of the span follow that are unknown to us.
  public static final int UNKNOWN_FIELDS = 0;

  /// First byte of `unknown_fields`: the whole serialized span follows, because the columns can't
  /// say all of it.
  public static final int WHOLE_SPAN = 1;

  private final Block block = new Block();

  public final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  public final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  public final FixedBytesColumn agent = block.add("agent", FixedBytesColumn.fixedString(16));
  public final LongColumn batch = block.add("batch", new LongColumn("UInt64"));
  public final FixedBytesColumn traceId = block.add("trace_id", FixedBytesColumn.fixedString(16));
  public final FixedBytesColumn spanId = block.add("span_id", FixedBytesColumn.fixedString(8));
  public final FixedBytesColumn parentSpanId =
      block.add("parent_span_id", FixedBytesColumn.fixedString(8));
  public final StringColumn traceState = block.add("trace_state", new StringColumn());
  public final IntColumn flags = block.add("flags", new IntColumn("UInt32"));
  public final LowCardinalityColumn name = names("name");
  public final IntColumn kind = block.add("kind", new IntColumn("Int32"));
  public final LongColumn startTime =
      block.add("start_time", new LongColumn("DateTime64(9, 'UTC')"));
  public final LongColumn duration = block.add("duration", new LongColumn("Int64"));
  public final LowCardinalityColumn service = names("service");
  public final ByteColumn hasStatus = block.add("has_status", new ByteColumn("UInt8"));
  public final IntColumn statusCode = block.add("status_code", new IntColumn("Int32"));
  public final StringColumn statusMessage = block.add("status_message", new StringColumn());
  public final FixedBytesColumn resourceId =
      block.add("resource_id", FixedBytesColumn.fixedString(16));
  public final FixedBytesColumn scopeId = block.add("scope_id", FixedBytesColumn.fixedString(16));

  public final MapColumn<LowCardinalityColumn, StringColumn> attributes =
      block.add("attributes", attributeMap());
  public final LowCardinalityColumn attributeTypes = names("attribute_types");
  public final IntColumn droppedAttributesCount =
      block.add("dropped_attributes_count", new IntColumn("UInt32"));

  public final IntColumn droppedEventsCount =
      block.add("dropped_events_count", new IntColumn("UInt32"));
  public final IntColumn droppedLinksCount =
      block.add("dropped_links_count", new IntColumn("UInt32"));
  public final ArrayColumn<LowCardinalityColumn> eventNames =
      block.add("event_names", new ArrayColumn<>(new LowCardinalityColumn()));
  public final StringColumn events = block.add("events", new StringColumn());
  public final StringColumn links = block.add("links", new StringColumn());
  public final StringColumn unknownFields = block.add("unknown_fields", new StringColumn());
  public final FixedBytesColumn sender = address("sender");

  public final FixedBytesColumn ip0 = address("ip_0");
  public final FixedBytesColumn ip1 = address("ip_1");
  public final ByteColumn isIpv4 = block.add("is_ipv4", new ByteColumn("UInt8"));
  public final ByteColumn protocol = block.add("protocol", new ByteColumn("UInt8"));
  public final ShortColumn serverPort = block.add("server_port", new ShortColumn("UInt16"));
  public final ShortColumn clientPort = block.add("client_port", new ShortColumn("UInt16"));
  public final ByteColumn l7Protocol = block.add("l7_protocol", new ByteColumn("UInt8"));
  public final ByteColumn isTls = block.add("is_tls", new ByteColumn("UInt8"));
  public final StringColumn version = block.add("version", new StringColumn());
  public final LowCardinalityColumn requestType = names("request_type");
  public final StringColumn requestDomain = block.add("request_domain", new StringColumn());
  public final StringColumn requestResource = block.add("request_resource", new StringColumn());
  public final NullableColumn<LongColumn> requestLength =
      block.add("request_length", new NullableColumn<>(new LongColumn("Int64")));
  public final NullableColumn<LongColumn> responseLength =
      block.add("response_length", new NullableColumn<>(new LongColumn("Int64")));
  public final ByteColumn responseStatus = block.add("response_status", new ByteColumn("UInt8"));
  public final NullableColumn<IntColumn> responseCode =
      block.add("response_code", new NullableColumn<>(new IntColumn("Int32")));
  public final StringColumn responseException = block.add("response_exception", new StringColumn());

  public final LongColumn labelId = block.add("label_id", new LongColumn("UInt64"));
  public final LongColumn peerLabelId = block.add("peer_label_id", new LongColumn("UInt64"));

  public final ByteColumn peerType = block.add("peer_type", new ByteColumn("UInt8"));
  public final StringColumn peer = block.add("peer", new StringColumn());

  public final MapColumn<IntColumn, StringColumn> elements = block.add("elements", elementMap());

  /// The rows.
  public Block block() {
    return block;
  }

  /// Names and types of all columns, in the table's order.
  public static List<ColumnType> columnTypes() {
    return columnTypes(new SpanBlock().block);
  }

  static List<ColumnType> columnTypes(Block block) {
    return block.columns().entrySet().stream()
        .map(entry -> new ColumnType(entry.getKey(), entry.getValue().type()))
        .toList();
  }

  private LowCardinalityColumn names(String column) {
    return block.add(column, new LowCardinalityColumn());
  }

  private FixedBytesColumn address(String column) {
    return block.add(column, new FixedBytesColumn("IPv6", 16));
  }

  static MapColumn<LowCardinalityColumn, StringColumn> attributeMap() {
    return new MapColumn<>(new LowCardinalityColumn(), new StringColumn());
  }

  static MapColumn<IntColumn, StringColumn> elementMap() {
    return new MapColumn<>(new IntColumn("UInt32"), new StringColumn());
  }
}
