package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.clickhouse.block.ArrayColumn;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.ShortColumn;
import java.util.Arrays;

/// The columns of table `red_1s`, and how its rows come from the spans of a block: one for each
/// second and set of tags. For one thread; used again and again.
///
/// A block has at most [StoreConfig#metricsKeys] sets of tags of their own. Beyond, a span counts
/// for `(other)` of its service, second and kind; when that are too many as well, for one row of
/// the block. Such spans are counted.
public final class RedBlock {
  /// The table.
  public static final String TABLE = "red_1s";

  static final int SERVER_ERROR = 3;
  static final int CLIENT_ERROR = 4;
  static final String OTHER_NAME = "(other)";
  private static final byte[] OTHER = OTHER_NAME.getBytes(UTF_8);
  private static final byte[] NOTHING = {};

  private final Block block = new Block();
  private final IntColumn blockTime = block.add("block_time", new IntColumn("DateTime('UTC')"));
  private final LongColumn blockId = block.add("block_id", new LongColumn("UInt64"));
  private final ByteColumn correction = block.add("correction", new ByteColumn("UInt8"));
  private final IntColumn time = block.add("time", new IntColumn("DateTime('UTC')"));
  private final LowCardinalityColumn service = block.add("service", new LowCardinalityColumn());
  private final NumberedTexts services = new NumberedTexts(service);
  private final LowCardinalityColumn name = block.add("name", new LowCardinalityColumn());
  private final IntColumn kind = block.add("kind", new IntColumn("Int32"));
  private final ByteColumn l7Protocol = block.add("l7_protocol", new ByteColumn("UInt8"));
  private final ByteColumn protocol = block.add("protocol", new ByteColumn("UInt8"));
  private final ByteColumn isIpv4 = block.add("is_ipv4", new ByteColumn("UInt8"));
  private final ShortColumn serverPort = block.add("server_port", new ShortColumn("UInt16"));
  private final FixedBytesColumn ip0 = block.add("ip_0", new FixedBytesColumn("IPv6", 16));
  private final FixedBytesColumn ip1 = block.add("ip_1", new FixedBytesColumn("IPv6", 16));
  private final ByteColumn peerType = block.add("peer_type", new ByteColumn("UInt8"));
  private final LowCardinalityColumn peer = block.add("peer", new LowCardinalityColumn());
  private final LongColumn labelId = block.add("label_id", new LongColumn("UInt64"));
  private final LongColumn peerLabelId = block.add("peer_label_id", new LongColumn("UInt64"));
  private final FixedBytesColumn agent = block.add("agent", FixedBytesColumn.fixedString(16));
  private final LongColumn request = block.add("request", new LongColumn("Int64"));
  private final LongColumn clientError = block.add("client_error", new LongColumn("Int64"));
  private final LongColumn serverError = block.add("server_error", new LongColumn("Int64"));
  private final LongColumn failure = block.add("failure", new LongColumn("Int64"));
  private final LongColumn rrtCount = block.add("rrt_count", new LongColumn("Int64"));
  private final LongColumn rrtSum = block.add("rrt_sum", new LongColumn("Int64"));
  private final LongColumn rrtMax = block.add("rrt_max", new LongColumn("UInt64"));
  private final ArrayColumn<ShortColumn> rrtBuckets =
      block.add("rrt_buckets", new ArrayColumn<>(new ShortColumn("UInt16")));
  private final ArrayColumn<LongColumn> rrtCounts =
      block.add("rrt_counts", new ArrayColumn<>(new LongColumn("Int64")));

  private final RedKeys keys;
  private final DurationBuckets buckets = new DurationBuckets();

  /// Of each row: the five sums, in the order of the columns, and the maximum.
  private static final int FIGURES = 7;

  private long[] figures = new long[FIGURES * 256];
  private long overflow;

  private final boolean counts;

  /// @param keysMax sets of tags of their own; 0 counts nothing
  RedBlock(int keysMax) {
    keys = new RedKeys(keysMax);
    counts = keysMax > 0;
  }

  /// The rows; complete after [#finish].
  public Block block() {
    return block;
  }

  /// Spans of the block that count for `(other)`.
  public long overflow() {
    return overflow;
  }

  /// Forgets the rows.
  public void clear() {
    block.clear();
    services.clear();
    keys.clear();
    buckets.clear();
    overflow = 0;
  }

  /// Of a row: the five sums, in the order of the columns, and the maximum.
  long[] figures(int row) {
    return Arrays.copyOfRange(figures, row * FIGURES, (row + 1) * FIGURES);
  }

  /// Takes the next span of the block.
  public void add(BlockId id, RedSpan span) {
    if (counts) {
      add(rowOf(id, span), span, 1);
    }
  }

  /// Takes back a span that counts in a block for a row of that detail: only the block itself tells
  /// which of its spans were too many. No more of them when the rows are full.
  void takeBack(BlockId block, RedSpan span, RedKeys.Detail detail) {
    int known = keys.rows();
    int row =
        switch (detail) {
          case ALL -> keys.find(span);
          case SERVICE -> keys.findOfService(span);
          case NONE -> keys.findOther(block.timeSeconds());
        };
    appendNew(known, span, row);
    add(row, span, -1);
  }

  /// Whether a span with other tags may find no row of its own.
  boolean isFull() {
    return keys.isFull();
  }

  private void add(int row, RedSpan span, int weight) {
    long micros = span.micros();
    int at = row * FIGURES;
    figures[at] += weight;
    figures[at + 1] += span.responseStatus == CLIENT_ERROR ? weight : 0;
    figures[at + 2] += span.responseStatus == SERVER_ERROR ? weight : 0;
    figures[at + 3] += span.isFailure() ? weight : 0;
    if (micros > 0) {
      figures[at + 4] += weight;
      figures[at + 5] += weight * micros;
      figures[at + 6] = weight > 0 ? Math.max(figures[at + 6], micros) : figures[at + 6];
      buckets.add(row, micros, weight);
    }
  }

  private int rowOf(BlockId id, RedSpan span) {
    int known = keys.rows();
    int row = keys.find(span);
    if (row < 0) {
      overflow++;
      known = keys.rows();
      row = keys.findOfService(span);
      if (row < 0) {
        known = keys.rows();
        row = keys.findOther(id.timeSeconds());
      }
    }
    appendNew(known, span, row);
    return row;
  }

  private void appendNew(int known, RedSpan span, int row) {
    if (keys.rows() > known) {
      append(span, row);
    }
  }

  /// The tags of a row that is new.
  private void append(RedSpan span, int row) {
    if ((row + 1) * FIGURES > figures.length) {
      figures = Arrays.copyOf(figures, figures.length * 2);
    }
    Arrays.fill(figures, row * FIGURES, (row + 1) * FIGURES, 0);
    time.append(keys.time(row));
    kind.append(keys.kind(row));
    switch (keys.detail(row)) {
      case ALL -> {
        services.append(span.serviceNumber, span.service);
        name.append(span.bytes, span.nameAt, span.nameLength);
        appendDetails(span);
      }
      case SERVICE -> {
        services.append(span.serviceNumber, span.service);
        name.append(OTHER);
        appendNoDetails();
      }
      case NONE -> {
        service.append(OTHER);
        name.append(OTHER);
        appendNoDetails();
      }
    }
  }

  private void appendDetails(RedSpan span) {
    l7Protocol.append(span.l7Protocol);
    protocol.append(span.protocol);
    isIpv4.append(span.isIpv4);
    serverPort.append(span.serverPort);
    ip0.append(span.ip0);
    ip1.append(span.ip1);
    peerType.append(span.peerType);
    peer.append(span.peer, span.peerAt, span.peerLength);
    labelId.append(span.labelId);
    peerLabelId.append(span.peerLabelId);
    agent.append(span.agent);
  }

  private void appendNoDetails() {
    l7Protocol.append(0);
    protocol.append(0);
    isIpv4.append(0);
    serverPort.append(0);
    ip0.append(0, 0);
    ip1.append(0, 0);
    peerType.append(0);
    peer.append(NOTHING);
    labelId.append(0);
    peerLabelId.append(0);
    agent.append(0, 0);
  }

  /// Completes the rows. To be called after the block's last span.
  public void finish(BlockId id) {
    finish(id, false);
  }

  /// @param takesBack whether the rows are a correction
  void finish(BlockId id, boolean takesBack) {
    buckets.sort();
    for (int row = 0; row < keys.rows(); row++) {
      blockTime.append(id.timeSeconds());
      blockId.append(id.number());
      correction.append(takesBack ? 1 : 0);
      int at = row * FIGURES;
      request.append(figures[at]);
      clientError.append(figures[at + 1]);
      serverError.append(figures[at + 2]);
      failure.append(figures[at + 3]);
      rrtCount.append(figures[at + 4]);
      rrtSum.append(figures[at + 5]);
      rrtMax.append(figures[at + 6]);
      buckets.append(row, rrtBuckets.elements(), rrtCounts.elements());
      rrtBuckets.endRow();
      rrtCounts.endRow();
    }
  }
}
