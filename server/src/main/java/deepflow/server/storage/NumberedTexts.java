package deepflow.server.storage;

import deepflow.clickhouse.block.LowCardinalityColumn;
import java.util.Arrays;

/// Texts of a column whose caller has a number for each: a text can be so long that it must not be
/// looked up for each row that has it. For one thread.
final class NumberedTexts {
  private static final int FIRST_NUMBERS = 64;

  private final LowCardinalityColumn column;

  /// Of each of the caller's numbers: the column's plus one; 0 is unknown.
  private int[] known = new int[FIRST_NUMBERS];

  NumberedTexts(LowCardinalityColumn column) {
    this.column = column;
  }

  /// Forgets the numbers. To be called whenever the column is cleared.
  void clear() {
    Arrays.fill(known, 0);
  }

  /// The column's number of a text.
  ///
  /// @param number the caller's: stands for this text and for no other, until [#clear]; they are
  ///   counted from 0
  int indexOf(int number, byte[] text) {
    if (number >= known.length) {
      known = Arrays.copyOf(known, 2 * number);
    }
    if (known[number] == 0) {
      known[number] = column.indexOf(text, 0, text.length) + 1;
    }
    return known[number] - 1;
  }

  /// Appends a row with a text.
  ///
  /// @param number as in [#indexOf]
  void append(int number, byte[] text) {
    column.appendIndex(indexOf(number, text));
  }
}
