package deepflow.clickhouse;

import java.util.ArrayList;
import java.util.List;

/// What stands before the rows in RowBinaryWithNamesAndTypes: a varint count of columns, their
/// names, their types.
record RowHeader(List<ColumnType> columns, List<ValueType> types) {
  static final RowHeader NONE = new RowHeader(List.of(), List.of());

  /// Reads a header.
  ///
  /// @throws IndexOutOfBoundsException when the bytes end inside of it
  /// @throws ArithmeticException when it is no header
  /// @throws IllegalArgumentException when values of a column can't be read; the message names it
  static RowHeader read(RowBytes in) {
    int count = in.readVarint();
    List<String> names = readTexts(in, count);
    List<String> typeNames = readTexts(in, count);
    List<ColumnType> columns = new ArrayList<>();
    List<ValueType> types = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      columns.add(new ColumnType(names.get(i), typeNames.get(i)));
      types.add(type(columns.get(i)));
    }
    return new RowHeader(List.copyOf(columns), List.copyOf(types));
  }

  private static List<String> readTexts(RowBytes in, int count) {
    List<String> texts = new ArrayList<>();
    var text = new ValueType.Text(ValueType.Text.ANY);
    for (int i = 0; i < count; i++) {
      texts.add(text.readString(in));
    }
    return texts;
  }

  private static ValueType type(ColumnType column) {
    try {
      return TypeParser.parse(column.type());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "column '%s': %s".formatted(column.name(), e.getMessage()), e);
    }
  }
}
