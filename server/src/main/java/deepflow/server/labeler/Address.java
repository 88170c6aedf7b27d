package deepflow.server.labeler;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// An IP address as 128 bits, IPv4 as ::ffff:a.b.c.d.
public record Address(long high, long low) {
  /// No address.
  public static final Address NONE = new Address(0, 0);

  private static final long V4 = 0xFFFF_0000_0000L;
  private static final long V4_MASK = 0xFFFF_FFFF_0000_0000L;
  private static final Address LOOPBACK_V4 = new Address(0, V4 | 0x7F00_0001L);
  private static final Address LOOPBACK_V6 = new Address(0, 1);

  /// Reads 16 bytes.
  public static Address read(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new Address(buffer.getLong(), buffer.getLong());
  }

  /// Reads a text; no name is ever looked up.
  ///
  /// @return null when the text is no address
  public static @Nullable Address parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      byte[] bytes = InetAddress.ofLiteral(text).getAddress();
      return bytes.length == Integer.BYTES
          ? new Address(0, V4 | Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt()))
          : read(bytes);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /// Whether it is none.
  public boolean isNone() {
    return high == 0 && low == 0;
  }

  /// Whether it means "this very host": 127.0.0.1 and ::1 only, the rest of 127.0.0.0/8 is
  /// ordinary.
  public boolean isLoopback() {
    return equals(LOOPBACK_V4) || equals(LOOPBACK_V6);
  }

  /// The network round it: the first 16 bits of an IPv4 address, 64 of an IPv6 address.
  Address neighbourhood() {
    boolean v4 = high == 0 && (low & V4_MASK) == V4;
    return v4 ? new Address(0, low & ~0xFFFFL) : new Address(high, 0);
  }
}
