package deepflow.server.ingester.decode;

import java.util.Arrays;

/// Reads the text of an IP address into 16 bytes; IPv4 is written as ::ffff:a.b.c.d. No object is
/// made, and no name is ever looked up.
final class AddressText {
  static final int BYTES = 16;

  private static final int GROUPS = 8;

  private AddressText() {}

  /// Reads an address, a zone after `%` left out.
  ///
  /// @param target its first 16 bytes are overwritten, with zeros when the text is no address
  /// @return whether the text is an address
  static boolean parse(byte[] source, int offset, int length, byte[] target) {
    boolean parsed =
        indexOf(source, offset, offset + length, ':') >= 0
            ? parseV6(source, offset, zoneStart(source, offset, offset + length), target)
            : parseV4(source, offset, offset + length, target, 12);
    if (!parsed) {
      Arrays.fill(target, 0, BYTES, (byte) 0);
    } else if (indexOf(source, offset, offset + length, ':') < 0) {
      Arrays.fill(target, 0, 10, (byte) 0);
      target[10] = (byte) 0xFF;
      target[11] = (byte) 0xFF;
    }
    return parsed;
  }

  /// Whether 16 bytes are an IPv4 address.
  static boolean isV4(byte[] address) {
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return address[10] == -1 && address[11] == -1;
  }

  private static int indexOf(byte[] source, int from, int to, int wanted) {
    for (int i = from; i < to; i++) {
      if (source[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static int zoneStart(byte[] source, int from, int to) {
    int zone = indexOf(source, from, to, '%');
    return zone < 0 ? to : zone;
  }

  private static boolean parseV4(byte[] source, int from, int to, byte[] target, int at) {
    int position = from;
    for (int part = 0; part < 4; part++) {
      int end = part == 3 ? to : indexOf(source, position, to, '.');
      if (end <= position || end - position > 3) {
        return false;
      }
      long value = NumberText.parseLong(source, position, end - position, -1);
      if (value < 0 || value > 255) {
        return false;
      }
      target[at + part] = (byte) value;
      position = end + 1;
    }
    return true;
  }

  private static boolean parseV6(byte[] source, int from, int to, byte[] target) {
    int gap = -1;
    int group = 0;
    int position = from;
    if (to - from >= 2 && source[from] == ':' && source[from + 1] == ':') {
      gap = 0;
      position = from + 2;
    }
    while (position < to) {
      if (group == GROUPS) {
        return false;
      }
      int colon = indexOf(source, position, to, ':');
      int end = colon < 0 ? to : colon;
      if (colon < 0 && indexOf(source, position, to, '.') >= 0) {
        if (group > GROUPS - 2 || !parseV4(source, position, to, target, group * 2)) {
          return false;
        }
        group += 2;
        break;
      }
      if (!parseGroup(source, position, end, target, group++)) {
        return false;
      }
      position = end + 1;
      if (colon >= 0 && position == to) {
        return false; // ends in a single colon
      }
      if (position < to && source[position] == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = group;
        position++;
      }
    }
    return spread(target, group, gap);
  }

  private static boolean parseGroup(byte[] source, int from, int to, byte[] target, int group) {
    if (to <= from || to - from > 4) {
      return false;
    }
    int value = 0;
    for (int i = from; i < to; i++) {
      int digit = Character.digit(source[i], 16);
      if (digit < 0) {
        return false;
      }
      value = value << 4 | digit;
    }
    target[group * 2] = (byte) (value >> 8);
    target[group * 2 + 1] = (byte) value;
    return true;
  }

  /// Moves the groups after `::` to the end.
  private static boolean spread(byte[] target, int groups, int gap) {
    if (gap < 0) {
      return groups == GROUPS;
    }
    if (groups == GROUPS) {
      return false;
    }
    int tail = (groups - gap) * 2;
    System.arraycopy(target, gap * 2, target, BYTES - tail, tail);
    Arrays.fill(target, gap * 2, BYTES - tail, (byte) 0);
    return true;
  }
}
