package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;

/// The columns of table `link_index`, and how its rows come from the spans of a block: each link
/// makes a row.
public final class LinkIndexBlock {
  /// The table.
  public static final String TABLE = "link_index";

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final FixedBytesColumn linkedTraceId =
      block.add("linked_trace_id", FixedBytesColumn.fixedString(SpanLinks.TRACE_ID_BYTES));
  private final FixedBytesColumn linkedSpanId =
      block.add("linked_span_id", FixedBytesColumn.fixedString(SpanLinks.SPAN_ID_BYTES));
  private final FixedBytesColumn traceId =
      block.add("trace_id", FixedBytesColumn.fixedString(SpanLinks.TRACE_ID_BYTES));
  private final FixedBytesColumn spanId =
      block.add("span_id", FixedBytesColumn.fixedString(SpanLinks.SPAN_ID_BYTES));
  private final LongColumn startTime =
      block.add("start_time", new LongColumn("DateTime64(9, 'UTC')"));
  private final LowCardinalityColumn services = block.add("service", new LowCardinalityColumn());
  private final LowCardinalityColumn names = block.add("name", new LowCardinalityColumn());

  private final NumberedTexts serviceNumbers = new NumberedTexts(services);
  private final SpanLinks links = new SpanLinks();

  /// The rows.
  public Block block() {
    return block;
  }

  /// Forgets the rows.
  public void clear() {
    block.clear();
    serviceNumbers.clear();
  }

  /// Takes the links of a span of the block.
  ///
  /// @param bytes hold the span's ids and its name
  /// @param traceIdAt index in `bytes` of the trace id
  /// @param spanIdAt likewise
  /// @param start ns since 1970-01-01 UTC
  /// @param serviceNumber stands for the service in this block, as in [NumberedTexts]
  /// @param nameAt index in `bytes` of the span's name
  /// @param linkBytes as in column `links` of table `spans`
  public void add(
      BlockId id,
      byte[] bytes,
      int traceIdAt,
      int spanIdAt,
      long start,
      int serviceNumber,
      byte[] serviceText,
      int nameAt,
      int nameLength,
      byte[] linkBytes,
      int linksLength) {
    if (linksLength == 0) {
      return;
    }
    // Once for all links: a text can be so long that it must not be looked up for each of them.
    int service = serviceNumbers.indexOf(serviceNumber, serviceText);
    int name = names.indexOf(bytes, nameAt, nameLength);
    links.reset(linkBytes, linksLength);
    while (links.next()) {
      blockTime.append(id.timeSeconds());
      blockId.append(id.number());
      linkedTraceId.append(links.bytes(), links.traceAt(), SpanLinks.TRACE_ID_BYTES);
      linkedSpanId.append(links.bytes(), links.spanAt(), SpanLinks.SPAN_ID_BYTES);
      traceId.append(bytes, traceIdAt, SpanLinks.TRACE_ID_BYTES);
      spanId.append(bytes, spanIdAt, SpanLinks.SPAN_ID_BYTES);
      startTime.append(start);
      services.appendIndex(service);
      names.appendIndex(name);
    }
  }
}
