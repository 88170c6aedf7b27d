package deepflow.server.ingester.decode;

import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.StringColumn;
import deepflow.server.semconv.Authority;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A piece of text as a range of someone's bytes, or of its own when it had to be made. Used again
/// and again.
final class Text {
  private static final byte[] NOTHING = {};
  private static final Pattern HOST = Pattern.compile(Authority.HOST);
  private static final Pattern PORT = Pattern.compile(Authority.PORT);

  byte[] bytes = NOTHING;
  int offset;
  int length;

  private byte[] own = new byte[NumberText.BYTES_MAX];

  Text clear() {
    length = 0;
    return this;
  }

  Text set(byte[] source, int from, int count) {
    bytes = source;
    offset = from;
    length = count;
    return this;
  }

  /// The text that stands for an attribute's value in the store.
  Text set(byte[] source, AttributeList attributes, int index) {
    return switch (attributes.type[index]) {
      case AttributeList.INTEGER ->
          set(own, 0, NumberText.writeLong(attributes.number[index], own));
      case AttributeList.DOUBLE ->
          set(
              own,
              0,
              NumberText.writeDouble(Double.longBitsToDouble(attributes.number[index]), own));
      case AttributeList.BOOLEAN ->
          set(own, 0, NumberText.writeBoolean(attributes.number[index] != 0, own));
      default -> set(source, attributes.valueOffset[index], attributes.valueLength[index]);
    };
  }

  boolean startsWith(String ascii) {
    return length >= ascii.length() && matches(ascii, offset);
  }

  boolean endsWith(String ascii) {
    return length >= ascii.length() && matches(ascii, offset + length - ascii.length());
  }

  boolean is(String ascii) {
    return length == ascii.length() && matches(ascii, offset);
  }

  private boolean matches(String ascii, int from) {
    for (int i = 0; i < ascii.length(); i++) {
      if (bytes[from + i] != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int lastIndexOf(char wanted) {
    for (int i = offset + length - 1; i >= offset; i--) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private int indexOf(char wanted, int from) {
    for (int i = from; i < offset + length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /// What stands behind the last `separator`; all of it when there is none.
  Text afterLast(char separator) {
    int at = lastIndexOf(separator);
    return at < 0 ? this : set(bytes, at + 1, offset + length - at - 1);
  }

  /// What stands before the last `separator`; nothing when there is none.
  Text beforeLast(char separator) {
    int at = lastIndexOf(separator);
    return at < 0 ? clear() : set(bytes, offset, at - offset);
  }

  /// The host of an authority, without its port and without the brackets around an IPv6 address.
  Text hostOfAuthority() {
    if (startsWith("[")) {
      int end = indexOf(']', offset);
      return end < 0 ? this : set(bytes, offset + 1, end - offset - 1);
    }
    int colon = indexOf(':', offset);
    boolean hasPort = colon >= 0 && colon == lastIndexOf(':');
    return hasPort ? set(bytes, offset, colon - offset) : this;
  }

  /// The host of a URL or a connection string, as [#hostOfAuthority]; nothing when it tells none.
  Text hostOfConnection() {
    return found(HOST).hostOfAuthority();
  }

  /// The port of a URL or a connection string; nothing when it tells none.
  Text portOfConnection() {
    return found(PORT);
  }

  /// The first group. A character of Latin-1 is a byte, wherever in it.
  private Text found(Pattern pattern) {
    if (length == 0) {
      return this;
    }
    Matcher match = pattern.matcher(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
    return match.find() ? set(bytes, offset + match.start(1), match.group(1).length()) : clear();
  }

  /// The path of a URL, without query and fragment; nothing when it has none.
  Text pathOfUrl() {
    int end = offset + length;
    int colon = indexOf(':', offset);
    boolean absolute =
        colon >= 0 && colon + 2 < end && bytes[colon + 1] == '/' && bytes[colon + 2] == '/';
    int start = indexOf('/', absolute ? colon + 3 : offset);
    if (start < 0) {
      return clear();
    }
    int query = indexOf('?', start);
    int fragment = indexOf('#', start);
    end = query >= 0 ? query : end;
    end = fragment >= 0 && fragment < end ? fragment : end;
    return set(bytes, start, end - start);
  }

  /// Adds `?` and the string value of an attribute, unless that is empty or no string.
  Text plusQuery(byte[] source, AttributeList attributes, int index) {
    int more = attributes.valueLength[index];
    if (attributes.type[index] != AttributeList.STRING || more == 0) {
      return this;
    }
    int total = length + 1 + more;
    if (own.length < total) {
      own = Arrays.copyOf(own, Math.max(own.length * 2, total));
    }
    // What stands here may itself be in `own`, at its beginning: arraycopy minds the overlap.
    System.arraycopy(bytes, offset, own, 0, length);
    own[length] = '?';
    System.arraycopy(source, attributes.valueOffset[index], own, length + 1, more);
    return set(own, 0, total);
  }

  /// The integer that it is, else `otherwise`.
  long number(long otherwise) {
    return NumberText.parseLong(bytes, offset, length, otherwise);
  }

  void appendTo(StringColumn column) {
    column.append(bytes, offset, length);
  }

  void appendTo(LowCardinalityColumn column) {
    column.append(bytes, offset, length);
  }
}
