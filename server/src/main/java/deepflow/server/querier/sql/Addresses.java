package deepflow.server.querier.sql;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;

/// Addresses and CIDR blocks of conditions.
final class Addresses {

  private Addresses() {}

  /// Neighbouring addresses.
  ///
  /// @param first in IPv6's text form, v4-mapped for IPv4; so is last
  record Range(String first, String last) {
    boolean isOne() {
      return first.equals(last);
    }
  }

  /// Reads an address or a block.
  ///
  /// @param text `10.0.0.1`, `fe80::1`, `10.0.0.0/8`
  static Range range(String text, int position) throws SqlException {
    int slash = text.indexOf('/');
    try {
      InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
      byte[] first = mapped(address);
      int bits = address.getAddress().length * 8;
      int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
      if (prefix < 0 || prefix > bits) {
        throw new NumberFormatException();
      }
      return new Range(
          bounded(first, 128 - bits + prefix, false), bounded(first, 128 - bits + prefix, true));
    } catch (IllegalArgumentException _) {
      throw new SqlException("'%s' is no address".formatted(text), position);
    }
  }

  private static byte[] mapped(InetAddress address) {
    if (!(address instanceof Inet4Address)) {
      return address.getAddress();
    }
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(address.getAddress(), 0, mapped, 12, 4);
    return mapped;
  }

  private static String bounded(byte[] address, int prefix, boolean last) {
    byte[] bound = Arrays.copyOf(address, 16);
    for (int bit = prefix; bit < 128; bit++) {
      int mask = 1 << (7 - bit % 8);
      bound[bit / 8] = (byte) (last ? bound[bit / 8] | mask : bound[bit / 8] & ~mask);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 16; i += 2) {
      text.append(i == 0 ? "" : ":");
      text.append(Integer.toHexString(((bound[i] & 0xff) << 8) | (bound[i + 1] & 0xff)));
    }
    return text.toString();
  }
}
