package deepflow.ctl;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Columns of text, each as wide as its widest cell on a terminal: East Asian characters take two
/// places, marks that combine take none.
public final class Cells {

  private final List<List<String>> rows = new ArrayList<>();
  private final List<Boolean> right;

  /// No rows yet.
  ///
  /// @param right whether a column's cells stand on its right edge, as numbers do
  Cells(List<Boolean> right) {
    this.right = right;
  }

  void add(List<String> row) {
    rows.add(row.stream().map(Cells::printable).toList());
  }

  void print(PrintStream out) {
    int[] widths = new int[right.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String padding = " ".repeat(widths[i] - width(row.get(i)));
        line.append(i == 0 ? "" : "  ");
        line.append(right.get(i) ? padding + row.get(i) : row.get(i) + padding);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  /// What came from a sender must not move the cursor or colour the screen.
  public static String printable(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          int type = Character.getType(c);
          if (type == Character.CONTROL || type == Character.FORMAT) {
            printable.append(c == '\n' ? "⏎" : "\\u%04x".formatted(c));
          } else {
            printable.appendCodePoint(c);
          }
        });
    return printable.toString();
  }

  /// Places on a terminal.
  static int width(String text) {
    return text.codePoints().map(Cells::width).sum();
  }

  private static int width(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    return isWide(c) ? 2 : 1;
  }

  /// Source: the wide and full-width ranges of Unicode's EastAsianWidth.txt, by block.
  private static boolean isWide(int c) {
    return (c >= 0x1100 && c <= 0x115F)
        || (c >= 0x2E80 && c <= 0x303E)
        || (c >= 0x3041 && c <= 0xA4CF)
        || (c >= 0xA960 && c <= 0xA97F)
        || (c >= 0xAC00 && c <= 0xD7A3)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0xFE30 && c <= 0xFE6F)
        || (c >= 0xFF00 && c <= 0xFF60)
        || (c >= 0xFFE0 && c <= 0xFFE6)
        || (c >= 0x1F300 && c <= 0x1F64F)
        || (c >= 0x1F900 && c <= 0x1F9FF)
        || (c >= 0x20000 && c <= 0x3FFFD);
  }
}
