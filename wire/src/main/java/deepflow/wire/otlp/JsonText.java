package deepflow.wire.otlp;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Copies strings out of a request's own bytes. Its parser would make characters of them first, and
/// of those a String: a long one would take six times its bytes for a moment.
///
/// Escapes and ends that are none are left to the parser, which passes over the string afterwards.
final class JsonText {
  private static final int UNICODE_DIGITS = 4;

  private final byte[] json;
  private final int offset;
  private final int end;
  private final ProtobufWriter writer;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
  private final CharBuffer decoded = CharBuffer.allocate(1024);

  JsonText(byte[] json, int offset, int length, ProtobufWriter writer) {
    this.json = json;
    this.offset = offset;
    this.end = offset + length;
    this.writer = writer;
  }

  /// Whether nothing stands in the string that begins with this quote.
  boolean isEmpty(long quoteAt) {
    int at = first(quoteAt);
    return at < end && json[at] == '"';
  }

  /// Writes what stands in the string that begins with this quote.
  ///
  /// @return false when that is not UTF-8
  boolean write(long quoteAt) {
    int written = writer.length();
    int at = first(quoteAt);
    int from = at;
    int bits = 0;
    while (at < end && json[at] != '"') {
      bits |= json[at];
      if (json[at] == '\\') {
        writer.raw(json, from, at - from);
        at = escape(at + 1);
        from = at;
      } else {
        at++;
      }
    }
    writer.raw(json, from, at - from);
    return bits >= 0 || isUtf8(written);
  }

  private int first(long quoteAt) {
    int at = offset + Math.toIntExact(quoteAt);
    if (json[at] != '"') {
      throw new IllegalStateException("no string begins at byte " + quoteAt);
    }
    return at + 1;
  }

  /// Writes what the escape behind a backslash stands for, and says where it ends.
  private int escape(int at) {
    if (at == end) {
      return end;
    }
    switch (json[at]) {
      case 'b' -> writer.raw('\b');
      case 'f' -> writer.raw('\f');
      case 'n' -> writer.raw('\n');
      case 'r' -> writer.raw('\r');
      case 't' -> writer.raw('\t');
      case 'u' -> {
        return unicode(at + 1);
      }
      default -> writer.raw(json[at]);
    }
    return at + 1;
  }

  private int unicode(int at) {
    int behind = at + UNICODE_DIGITS;
    char unit = unit(at);
    if (!Character.isSurrogate(unit)) {
      codePoint(unit);
      return Math.min(behind, end);
    }
    boolean escaped = behind + 1 < end && json[behind] == '\\' && json[behind + 1] == 'u';
    char low = escaped ? unit(behind + 2) : 0;
    if (Character.isHighSurrogate(unit) && Character.isLowSurrogate(low)) {
      codePoint(Character.toCodePoint(unit, low));
      return behind + 2 + UNICODE_DIGITS;
    }
    codePoint('?'); // half a character, as Java writes it
    return behind;
  }

  /// The four hexadecimal digits here; 0 when they are none.
  private char unit(int at) {
    int unit = 0;
    for (int i = at; i < at + UNICODE_DIGITS; i++) {
      if (i >= end || !HexFormat.isHexDigit(json[i])) {
        return 0;
      }
      unit = unit << 4 | HexFormat.fromHexDigit(json[i]);
    }
    return (char) unit;
  }

  private void codePoint(int point) {
    if (point < 0x80) {
      writer.raw(point);
    } else if (point < 0x800) {
      writer.raw(0xC0 | point >> 6);
      continuation(point);
    } else if (point < 0x10000) {
      writer.raw(0xE0 | point >> 12);
      continuation(point >> 6);
      continuation(point);
    } else {
      writer.raw(0xF0 | point >> 18);
      continuation(point >> 12);
      continuation(point >> 6);
      continuation(point);
    }
  }

  private void continuation(int bits) {
    writer.raw(0x80 | (bits & 0x3F));
  }

  private boolean isUtf8(int from) {
    ByteBuffer bytes = ByteBuffer.wrap(writer.array(), from, writer.length() - from);
    utf8.reset();
    CoderResult result;
    do {
      result = utf8.decode(bytes, decoded.clear(), true);
    } while (result.isOverflow());
    return !result.isError();
  }
}
