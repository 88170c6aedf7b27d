package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/// What a server writes into an answer that fails after it has begun, when the status can't tell
/// any more; then it breaks the connection off.
///
/// | bytes | field |
/// |------:|-------|
/// | 17 | `\r\n__exception__\r\n` |
/// | 16 | tag, random for each answer; also in its header `X-ClickHouse-Exception-Tag` |
/// | 2 | `\r\n` |
/// | – | the error's text, at most 16 KiB, then `\n` |
/// | – | the text's length, a space, the tag, `\r\n__exception__\r\n` |
///
/// Source: ClickHouse documentation, "HTTP interface", since 25.11.
final class ExceptionMark {
  /// The header that has the tag.
  static final String HEADER = "X-ClickHouse-Exception-Tag";

  private static final String BEGIN = "\r\n__exception__\r\n";

  private final String tag;
  private final byte[] mark;

  ExceptionMark(String tag) {
    this.tag = tag;
    this.mark = (BEGIN + tag + "\r\n").getBytes(ISO_8859_1);
  }

  /// Bytes from an error's beginning to its text.
  int length() {
    return mark.length;
  }

  /// Where an error begins, or -1.
  int find(byte[] bytes, int from, int to) {
    for (int at = from; at <= to - mark.length; at++) {
      if (bytes[at] == '\r' && Arrays.equals(bytes, at, at + mark.length, mark, 0, mark.length)) {
        return at;
      }
    }
    return -1;
  }

  /// How many of the last bytes may be the beginning of an error: more have to come before they can
  /// be taken for data.
  int undecided(byte[] bytes, int from, int to) {
    int most = Math.min(mark.length - 1, to - from);
    for (int length = most; length > 0; length--) {
      if (Arrays.equals(bytes, to - length, to, mark, 0, length)) {
        return length;
      }
    }
    return 0;
  }

  /// The error's text, as far as it came.
  String text(byte[] bytes, int at, int to) {
    String rest = new String(bytes, at + mark.length, to - at - mark.length, UTF_8);
    int tail = rest.lastIndexOf(" " + tag + BEGIN);
    int end = tail < 0 ? rest.length() : rest.lastIndexOf('\n', tail);
    return rest.substring(0, Math.max(0, end));
  }
}
