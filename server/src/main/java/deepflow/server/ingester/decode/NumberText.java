package deepflow.server.ingester.decode;

import java.nio.charset.StandardCharsets;

/// Writes numbers as text into a caller's buffer without making garbage.
///
/// Integers are plain decimal. Doubles are the text of [Double#toString], by which searches look
/// for them; it parses back to the very same bits.
final class NumberText {
  /// The longest text of any number: a double such as `-2.2250738585072014E-308`.
  static final int BYTES_MAX = 32;

  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final long EXACT_MAX = 1L << 53;
  private static final double[] POWERS_OF_TEN = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};

  private NumberText() {}

  /// Writes `true` or `false`.
  ///
  /// @return bytes written from `target[0]` on
  static int writeBoolean(boolean value, byte[] target) {
    byte[] text = value ? TRUE : FALSE;
    System.arraycopy(text, 0, target, 0, text.length);
    return text.length;
  }

  /// Writes a decimal number.
  ///
  /// @return bytes written from `target[0]` on
  static int writeLong(long value, byte[] target) {
    return writeLong(value, target, 0);
  }

  private static int writeLong(long value, byte[] target, int offset) {
    // Works on negative numbers, because Long.MIN_VALUE has no positive counterpart.
    long rest = value < 0 ? value : -value;
    int length = digits(rest) + (value < 0 ? 1 : 0);
    int position = offset + length;
    do {
      long tenth = rest / 10;
      target[--position] = (byte) ('0' + (int) (tenth * 10 - rest));
      rest = tenth;
    } while (rest != 0);
    if (value < 0) {
      target[offset] = '-';
    }
    return length;
  }

  private static int digits(long negative) {
    int digits = 1;
    for (long bound = -10; negative <= bound; bound *= 10) {
      digits++;
      if (digits == 19) {
        break;
      }
    }
    return digits;
  }

  /// Writes the text that [Double#toString] gives: the shortest that [Double#parseDouble] makes the
  /// same number of.
  ///
  /// @return bytes written from `target[0]` on
  static int writeDouble(double value, byte[] target) {
    double magnitude = Math.abs(value);
    if (magnitude >= 1e-3 && magnitude < 1e7) {
      for (int decimals = 0; decimals < POWERS_OF_TEN.length; decimals++) {
        double scaled = magnitude * POWERS_OF_TEN[decimals];
        long whole = (long) scaled;
        // A quotient of two exact numbers is rounded like the decimal text that it stands for.
        if (whole == scaled && whole < EXACT_MAX && whole / POWERS_OF_TEN[decimals] == magnitude) {
          return writeShortest(value < 0, whole, decimals, target);
        }
      }
    }
    return writeAscii(Double.toString(value), target);
  }

  /// A product that was rounded can be whole late: 0.29 * 100 isn't, 0.29 * 1000 is 290.
  private static int writeShortest(boolean negative, long scaled, int decimals, byte[] target) {
    long whole = scaled;
    int places = decimals;
    while (places > 1 && whole % 10 == 0) {
      whole /= 10;
      places--;
    }
    return writeDecimal(negative, whole, places, target);
  }

  private static int writeDecimal(boolean negative, long scaled, int decimals, byte[] target) {
    int position = 0;
    if (negative) {
      target[position++] = '-';
    }
    long divisor = (long) POWERS_OF_TEN[decimals];
    position += writeLong(scaled / divisor, target, position);
    target[position++] = '.';
    long fraction = scaled % divisor;
    for (long place = divisor / 10; place > 0; place /= 10) {
      target[position++] = (byte) ('0' + fraction / place % 10);
    }
    if (decimals == 0) {
      target[position++] = '0';
    }
    return position;
  }

  private static int writeAscii(String text, byte[] target) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, target, 0, bytes.length);
    return bytes.length;
  }

  /// Reads a decimal number that fills the whole range.
  ///
  /// @return the number, or `otherwise` when the text is no integer of at most 18 digits
  static long parseLong(byte[] source, int offset, int length, long otherwise) {
    int position = offset;
    int end = offset + length;
    boolean negative = length > 0 && source[offset] == '-';
    if (negative) {
      position++;
    }
    if (position == end || end - position > 18) {
      return otherwise;
    }
    long value = 0;
    for (; position < end; position++) {
      int digit = source[position] - '0';
      if (digit < 0 || digit > 9) {
        return otherwise;
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }
}
