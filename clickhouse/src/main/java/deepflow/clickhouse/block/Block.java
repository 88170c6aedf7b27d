package deepflow.clickhouse.block;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Rows of one table, column by column, ready to be written in ClickHouse's Native format.
/// Reusable: fill, insert, [#clear]. Not safe for use by several threads.
///
/// | bytes | field |
/// |------:|-------|
/// | varint | number of columns |
/// | varint | number of rows |
/// | – | each column: name, type (varint length, then text), prefix, rows |
///
/// Source: ClickHouse `src/Formats/NativeWriter.cpp` at 26.7, without a client revision.
public final class Block {
  private final Map<String, Column> columns = new LinkedHashMap<>();

  /// Adds a column, which must be empty, at the end.
  ///
  /// @return the same column
  public <C extends Column> C add(String name, C column) {
    if (columns.putIfAbsent(name, column) != null) {
      throw new IllegalArgumentException("two columns '%s'".formatted(name));
    }
    return column;
  }

  /// Names and columns, in their order.
  public Map<String, Column> columns() {
    return Collections.unmodifiableMap(columns);
  }

  /// Whole rows: those that each column has.
  public int rows() {
    int rows = columns.isEmpty() ? 0 : Integer.MAX_VALUE;
    for (Column column : columns.values()) {
      rows = Math.min(rows, column.rows());
    }
    return rows;
  }

  /// Bytes of the rows in Native format, without the header.
  public long bytes() {
    long bytes = 0;
    for (Column column : columns.values()) {
      bytes += column.bytes();
    }
    return bytes;
  }

  /// Forgets the rows and keeps the memory.
  public void clear() {
    columns.values().forEach(Column::clear);
  }

  /// Writes the block in Native format; nothing when it has no rows.
  ///
  /// @throws IllegalStateException when a column has another number of rows than the first one
  public <X extends Exception> void writeTo(NativeSink<X> sink) throws X {
    int rows = rows();
    columns.values().forEach(column -> Offsets.requireRows(column, rows));
    if (rows == 0) {
      return;
    }
    var header = new ByteBuilder();
    header.putVarint(columns.size());
    header.putVarint(rows);
    for (Map.Entry<String, Column> column : columns.entrySet()) {
      putText(header, column.getKey());
      putText(header, column.getValue().type());
      header.writeTo(sink);
      header.clear();
      column.getValue().writePrefix(sink);
      column.getValue().writeRows(sink);
    }
  }

  private static void putText(ByteBuilder header, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    header.putString(bytes, 0, bytes.length);
  }
}
