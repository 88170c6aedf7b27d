package deepflow.clickhouse.block;

/// Where each row of an Array or Map ends, counted in elements: u64 each.
final class Offsets {
  private final ByteBuilder ends = new ByteBuilder();
  private int last;

  void end(int elements) {
    if (elements < last) {
      throw new IllegalStateException("elements were cleared alone");
    }
    last = elements;
    ends.putLong(elements);
  }

  int rows() {
    return ends.size() / Long.BYTES;
  }

  int bytes() {
    return ends.size();
  }

  void clear() {
    ends.clear();
    last = 0;
  }

  <X extends Exception> void writeTo(NativeSink<X> sink, Column... elements) throws X {
    for (Column column : elements) {
      requireRows(column, last);
    }
    ends.writeTo(sink);
  }

  static void requireRows(Column column, int rows) {
    if (column.rows() != rows) {
      throw new IllegalStateException(
          "%s rows instead of %s in %s".formatted(column.rows(), rows, column.type()));
    }
  }
}
