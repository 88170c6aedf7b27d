package deepflow.wire.otlp;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/// Turns text into the bytes that it stands for where it lies: they are never more.
final class TextInPlace {
  /// The text is not of its kind.
  static final int WRONG = -1;

  private static final int BASE64_PIECE = 48 << 10;

  private TextInPlace() {}

  /// Decodes hexadecimal digits of any case.
  ///
  /// @return where the bytes end, or [#WRONG]
  static int hex(byte[] bytes, int from, int to) {
    if ((to - from) % 2 != 0) {
      return WRONG;
    }
    int end = from;
    for (int at = from; at < to; at += 2) {
      if (!HexFormat.isHexDigit(bytes[at]) || !HexFormat.isHexDigit(bytes[at + 1])) {
        return WRONG;
      }
      int high = HexFormat.fromHexDigit(bytes[at]);
      bytes[end++] = (byte) (high << 4 | HexFormat.fromHexDigit(bytes[at + 1]));
    }
    return end;
  }

  /// Decodes base64, standard or URL-safe, padded or not.
  ///
  /// @return where the bytes end, or [#WRONG]
  static int base64(byte[] bytes, int from, int to) {
    int end = from;
    for (int at = from; at < to; at += BASE64_PIECE) {
      int pieceEnd = Math.min(at + BASE64_PIECE, to);
      byte[] piece = decoded(Arrays.copyOfRange(bytes, at, pieceEnd));
      boolean isPadded = piece.length < BASE64_PIECE / 4 * 3;
      if (piece.length == 0 || (isPadded && pieceEnd < to)) {
        return WRONG;
      }
      System.arraycopy(piece, 0, bytes, end, piece.length);
      end += piece.length;
    }
    return end;
  }

  /// Empty when it is no base64.
  private static byte[] decoded(byte[] piece) {
    for (int i = 0; i < piece.length; i++) {
      piece[i] = piece[i] == '-' ? (byte) '+' : piece[i] == '_' ? (byte) '/' : piece[i];
    }
    try {
      return Base64.getDecoder().decode(piece);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
