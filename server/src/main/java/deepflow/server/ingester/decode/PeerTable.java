package deepflow.server.ingester.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Labels by address, port and home, of the peers that were asked for last. A peer whose place is
/// taken pushes another one out, so that hostile addresses fill no memory.
final class PeerTable {
  private static final int SLOTS = 1 << 14;
  private static final int PROBES = 4;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final long secret = new SecureRandom().nextLong();
  private final long[] high = new long[SLOTS];
  private final long[] low = new long[SLOTS];
  private final long[] rest = new long[SLOTS];
  private final @Nullable SideLabel[] labels = new SideLabel[SLOTS];
  private boolean used;

  /// @param address 16 bytes
  /// @param where all else that the label depends on
  @Nullable SideLabel find(byte[] address, long where, long time) {
    long wantedHigh = (long) LONG.get(address, 0);
    long wantedLow = (long) LONG.get(address, Long.BYTES);
    int slot = slot(wantedHigh, wantedLow, where);
    for (int i = 0; i < PROBES; i++) {
      int at = slot + i & SLOTS - 1;
      SideLabel label = labels[at];
      if (label == null) {
        return null;
      }
      if (low[at] == wantedLow && high[at] == wantedHigh && rest[at] == where) {
        return label.side().holdsAt(time) ? label : null;
      }
    }
    return null;
  }

  void put(byte[] address, long where, SideLabel label) {
    long newHigh = (long) LONG.get(address, 0);
    long newLow = (long) LONG.get(address, Long.BYTES);
    int slot = slot(newHigh, newLow, where);
    int place = slot;
    for (int i = 0; i < PROBES; i++) {
      int at = slot + i & SLOTS - 1;
      boolean same = low[at] == newLow && high[at] == newHigh && rest[at] == where;
      if (labels[at] == null || same) {
        place = at;
        break;
      }
    }
    high[place] = newHigh;
    low[place] = newLow;
    rest[place] = where;
    labels[place] = label;
    used = true;
  }

  void clear() {
    if (used) {
      Arrays.fill(labels, null);
      used = false;
    }
  }

  private int slot(long first, long second, long third) {
    long hash = mix(mix(mix(secret ^ first) ^ second) ^ third);
    return (int) (hash ^ hash >>> 32) & SLOTS - 1;
  }

  private static long mix(long value) {
    return (value * MULTIPLIER) ^ Math.unsignedMultiplyHigh(value, MULTIPLIER);
  }
}
