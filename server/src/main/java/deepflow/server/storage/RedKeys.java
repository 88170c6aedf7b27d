package deepflow.server.storage;

import deepflow.clickhouse.block.LowCardinalityColumn;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;

/// Numbers the sets of tags of a block's spans, each with the second in which they ended. Open
/// addressing, no object a key. For one thread.
final class RedKeys {
  /// Rows with all of their tags, unless told otherwise; and as many again of services.
  static final int ROWS_MAX = 8_192;

  /// What an operator can choose.
  static final int ROWS_MOST = 1 << 18;

  /// What a row tells of its spans.
  enum Detail {
    ALL,
    /// Service, second and kind only.
    SERVICE,
    /// Nothing: all that found no other place.
    NONE
  }

  private static final VarHandle BIG_ENDIAN =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int LONGS = 10;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  /// Senders choose the tags; without a secret they could choose some that collide.
  private static final long SECRET = new SecureRandom().nextLong();

  private static final int NO_NAME = -1;
  private static final int NO_SERVICE = -1;

  private final long[] wanted = new long[LONGS];
  private long[] keys = new long[LONGS * 256];

  /// Number of a row plus one; 0 is free.
  private final int[] slots;

  private final int rowsMax;

  /// Their dictionaries number the texts.
  private final LowCardinalityColumn peers = new LowCardinalityColumn();

  private final LowCardinalityColumn agents = new LowCardinalityColumn();
  private byte[] lastAgent = {};
  private int lastAgentNumber;

  private int rows;

  RedKeys(int rowsMax) {
    this.rowsMax = Math.clamp(rowsMax, 1, ROWS_MOST);
    slots = new int[Integer.highestOneBit(2 * this.rowsMax) * 4];
  }

  int rows() {
    return rows;
  }

  boolean isFull() {
    return rows >= rowsMax;
  }

  void clear() {
    if (rows > 0) {
      Arrays.fill(slots, 0);
    }
    rows = 0;
    peers.clear();
    agents.clear();
    lastAgent = new byte[0];
  }

  /// The row of a span's tags, which is added when it is new.
  ///
  /// @return -1 when there are too many already
  int find(RedSpan span) {
    wanted[0] = pair(span.endSecond(), span.nameNumber);
    wanted[1] = pair(span.serviceNumber, span.kind);
    wanted[2] = span.labelId;
    wanted[3] = (long) BIG_ENDIAN.get(span.ip0, 0);
    wanted[4] = (long) BIG_ENDIAN.get(span.ip0, Long.BYTES);
    wanted[5] = (long) BIG_ENDIAN.get(span.ip1, 0);
    wanted[6] = (long) BIG_ENDIAN.get(span.ip1, Long.BYTES);
    wanted[7] =
        (long) span.serverPort << 32
            | span.l7Protocol << 16
            | span.protocol << 8
            | span.isIpv4 << 4
            | span.peerType;
    int peer = span.peerLength == 0 ? -1 : peers.indexOf(span.peer, span.peerAt, span.peerLength);
    wanted[8] = pair(agentNumber(span.agent), peer);
    wanted[9] = span.peerLabelId;
    return find(rowsMax);
  }

  private static long pair(int high, int low) {
    return (long) high << 32 | Integer.toUnsignedLong(low);
  }

  /// The spans of a batch stand together, mostly.
  private int agentNumber(byte[] agent) {
    if (!Arrays.equals(agent, lastAgent)) {
      lastAgent = agent;
      lastAgentNumber = agents.indexOf(agent, 0, agent.length);
    }
    return lastAgentNumber;
  }

  /// The row of all that is known of a span but its service, its second and its kind.
  int findOfService(RedSpan span) {
    Arrays.fill(wanted, 0);
    wanted[0] = pair(span.endSecond(), NO_NAME);
    wanted[1] = pair(span.serviceNumber, span.kind);
    return find(2 * rowsMax);
  }

  /// The row for all that finds no other place.
  int findOther(int second) {
    Arrays.fill(wanted, 0);
    wanted[0] = pair(second, NO_NAME);
    wanted[1] = pair(NO_SERVICE, 0);
    return find(2 * rowsMax + 1);
  }

  private int find(int most) {
    int slot = hash() & (slots.length - 1);
    while (slots[slot] != 0) {
      int row = slots[slot] - 1;
      int at = row * LONGS;
      if (Arrays.equals(keys, at, at + LONGS, wanted, 0, LONGS)) {
        return row;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    if (rows >= most) {
      return -1;
    }
    slots[slot] = rows + 1;
    if ((rows + 1) * LONGS > keys.length) {
      keys = Arrays.copyOf(keys, keys.length * 2);
    }
    System.arraycopy(wanted, 0, keys, rows * LONGS, LONGS);
    return rows++;
  }

  private int hash() {
    long hash = SECRET;
    for (long part : wanted) {
      hash = (hash ^ part) * MULTIPLIER;
      hash ^= hash >>> 32;
    }
    return (int) hash;
  }

  /// Seconds since 1970-01-01 UTC, u32.
  int time(int row) {
    return (int) (keys[row * LONGS] >>> 32);
  }

  int kind(int row) {
    return (int) keys[row * LONGS + 1];
  }

  Detail detail(int row) {
    if ((int) keys[row * LONGS] != NO_NAME) {
      return Detail.ALL;
    }
    return (int) (keys[row * LONGS + 1] >>> 32) == NO_SERVICE ? Detail.NONE : Detail.SERVICE;
  }
}
