package deepflow.server.storage;

/// What [RedBlock] takes from one span: one instance is filled again for every span.
///
/// A number of a text (`serviceNumber`, `nameNumber`) is any that stands for it, and for no other,
/// as long as a block is being made; so most spans cost no look at the bytes.
public final class RedSpan {
  /// Of a row of `spans`: whether it failed in the eyes of who is responsible for it. Its status is
  /// ERROR, or its protocol's code tells of a server error. By OpenTelemetry's conventions a 404
  /// leaves a server's status unset, since the client is to blame, and is an ERROR of the client's
  /// span.
  public static final String FAILED = "(status_code = 2 OR response_status = 3)";

  /// 30 days. What takes longer began when nobody knows (a start of 0) or when a clock was set: it
  /// counts, without a duration. Of such durations a few thousand would pass 64 bits.
  public static final long MICROS_MAX = 30L * 24 * 3600 * 1_000_000;

  private static final byte[] NOTHING = {};
  private static final byte[] NO_ADDRESS = new byte[16];

  /// 16 bytes.
  public byte[] agent = NO_ADDRESS;

  /// ns since 1970-01-01 UTC, as sent.
  public long start;

  /// Likewise.
  public long end;

  public byte[] service = NOTHING;
  public int serviceNumber;

  /// Where the name lies.
  public byte[] bytes = NOTHING;

  public int nameAt;
  public int nameLength;
  public int nameNumber;

  public int kind;
  public int statusCode;
  public int responseStatus;
  public int l7Protocol;
  public int protocol;
  public int isIpv4;
  public int serverPort;

  /// 16 bytes; so is the other.
  public byte[] ip0 = NO_ADDRESS;

  public byte[] ip1 = NO_ADDRESS;

  /// 0 none, 1 a database, 2 a queue, 3 a queue that the span takes from.
  public int peerType;

  /// Where the peer's name lies.
  public byte[] peer = NOTHING;

  public int peerAt;
  public int peerLength;

  /// Rows of table `labels`: of who sent the span, and of the other side.
  public long labelId;

  public long peerLabelId;

  /// The second in which it ended: 1970 or 2106 for what lies outside. Without an end, or with one
  /// before its start, a span ends when it starts.
  int endSecond() {
    return (int) Math.clamp(Math.max(start, end) / 1_000_000_000L, 0L, 0xFFFF_FFFFL);
  }

  /// How long it took in whole µs of its begin and its end, as in table l7_flow_log; 0 when that
  /// isn't known.
  long micros() {
    long micros = end / 1_000 - start / 1_000;
    return micros < 0 || micros > MICROS_MAX ? 0 : micros;
  }

  /// [#FAILED] of this one.
  boolean isFailure() {
    return statusCode == 2 || responseStatus == RedBlock.SERVER_ERROR;
  }
}
