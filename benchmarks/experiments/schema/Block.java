import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A Native-format block that is filled column by column, row by row.
final class Block {
  /// Growing little-endian bytes.
  static final class Bytes {
    byte[] a = new byte[1 << 16];
    int n;

    private void room(int more) {
      if (n + more > a.length) {
        a = Arrays.copyOf(a, Math.max(a.length * 2, n + more));
      }
    }

    void u8(int v) {
      room(1);
      a[n++] = (byte) v;
    }

    void le(long v, int width) {
      room(width);
      for (int i = 0; i < width; i++) {
        a[n++] = (byte) (v >>> (8 * i));
      }
    }

    void raw(byte[] b) {
      room(b.length);
      System.arraycopy(b, 0, a, n, b.length);
      n += b.length;
    }

    void varint(long v) {
      room(10);
      while ((v & ~0x7fL) != 0) {
        a[n++] = (byte) (v & 0x7f | 0x80);
        v >>>= 7;
      }
      a[n++] = (byte) v;
    }

    void text(String s) {
      byte[] b = s.getBytes(StandardCharsets.UTF_8);
      varint(b.length);
      raw(b);
    }
  }

  /// One column; nested columns hold others.
  abstract static class Column {
    abstract String type();

    void prefix(Bytes out) {}

    abstract void data(Bytes out);

    abstract void clear();
  }

  static final class Fixed extends Column {
    final String type;
    final int width;
    final Bytes bytes = new Bytes();

    Fixed(String type, int width) {
      this.type = type;
      this.width = width;
    }

    void add(long v) {
      bytes.le(v, width);
    }

    void add(byte[] v) {
      bytes.raw(v);
    }

    @Override
    String type() {
      return type;
    }

    @Override
    void data(Bytes out) {
      out.room(bytes.n);
      System.arraycopy(bytes.a, 0, out.a, out.n, bytes.n);
      out.n += bytes.n;
    }

    @Override
    void clear() {
      bytes.n = 0;
    }
  }

  static final class NullableInt extends Column {
    final Bytes nulls = new Bytes();
    final Bytes values = new Bytes();

    void add(Integer v) {
      nulls.u8(v == null ? 1 : 0);
      values.le(v == null ? 0 : v, 4);
    }

    @Override
    String type() {
      return "Nullable(Int32)";
    }

    @Override
    void data(Bytes out) {
      out.raw(Arrays.copyOf(nulls.a, nulls.n));
      out.raw(Arrays.copyOf(values.a, values.n));
    }

    @Override
    void clear() {
      nulls.n = 0;
      values.n = 0;
    }
  }

  static final class Text extends Column {
    final String type;
    final Bytes bytes = new Bytes();

    Text() {
      this("String");
    }

    /// @param type String, or JSON, whose Native form may be text after a version word
    Text(String type) {
      this.type = type;
    }

    void add(String v) {
      bytes.text(v);
    }

    void add(byte[] v) {
      bytes.varint(v.length);
      bytes.raw(v);
    }

    @Override
    String type() {
      return type;
    }

    @Override
    void prefix(Bytes out) {
      if (!type.equals("String")) {
        out.le(1, 8);
      }
    }

    @Override
    void data(Bytes out) {
      out.room(bytes.n);
      System.arraycopy(bytes.a, 0, out.a, out.n, bytes.n);
      out.n += bytes.n;
    }

    @Override
    void clear() {
      bytes.n = 0;
    }
  }

  /// LowCardinality(String) in its native form: a dictionary and one index a row.
  static final class Low extends Column {
    final HashMap<String, Integer> seen = new HashMap<>();
    final Bytes dictionary = new Bytes();
    int[] index = new int[1024];
    int n;

    final boolean plain;

    Low() {
      this(false);
    }

    /// @param plain a String instead
    Low(boolean plain) {
      this.plain = plain;
      clear();
    }

    void add(String v) {
      if (plain) {
        dictionary.text(v);
        return;
      }
      Integer i = seen.get(v);
      if (i == null) {
        i = seen.size();
        seen.put(v, i);
        dictionary.text(v);
      }
      if (n == index.length) {
        index = Arrays.copyOf(index, n * 2);
      }
      index[n++] = i;
    }

    @Override
    String type() {
      return plain ? "String" : "LowCardinality(String)";
    }

    @Override
    void prefix(Bytes out) {
      if (!plain) {
        out.le(1, 8);
      }
    }

    @Override
    void data(Bytes out) {
      if (plain) {
        out.raw(Arrays.copyOf(dictionary.a, dictionary.n));
        return;
      }
      if (n == 0) {
        return;
      }
      int kind = seen.size() <= 256 ? 0 : seen.size() <= 65_536 ? 1 : 2;
      out.le(0x600 | kind, 8);
      out.le(seen.size(), 8);
      out.raw(Arrays.copyOf(dictionary.a, dictionary.n));
      out.le(n, 8);
      for (int i = 0; i < n; i++) {
        out.le(index[i], 1 << kind);
      }
    }

    @Override
    void clear() {
      seen.clear();
      dictionary.n = 0;
      n = 0;
      if (!plain) {
        seen.put("", 0);
        dictionary.text("");
      }
    }
  }

  /// Array(inner), or Map(key, value) when two columns are inside.
  static final class Many extends Column {
    final Column[] inner;
    final Bytes offsets = new Bytes();
    long total;

    Many(Column... inner) {
      this.inner = inner;
    }

    void end(int added) {
      total += added;
      offsets.le(total, 8);
    }

    @Override
    String type() {
      return inner.length == 1
          ? "Array(" + inner[0].type() + ")"
          : "Map(" + inner[0].type() + ", " + inner[1].type() + ")";
    }

    @Override
    void prefix(Bytes out) {
      for (Column c : inner) {
        c.prefix(out);
      }
    }

    @Override
    void data(Bytes out) {
      out.raw(Arrays.copyOf(offsets.a, offsets.n));
      for (Column c : inner) {
        c.data(out);
      }
    }

    @Override
    void clear() {
      offsets.n = 0;
      total = 0;
      for (Column c : inner) {
        c.clear();
      }
    }
  }

  private final List<Map.Entry<String, Column>> columns = new ArrayList<>();

  <C extends Column> C add(String name, C column) {
    columns.add(Map.entry(name, column));
    return column;
  }

  List<Map.Entry<String, Column>> columns() {
    return columns;
  }

  void write(int rows, OutputStream to) throws IOException {
    Bytes out = new Bytes();
    out.varint(columns.size());
    out.varint(rows);
    for (var c : columns) {
      out.text(c.getKey());
      out.text(c.getValue().type());
      c.getValue().prefix(out);
      c.getValue().data(out);
      to.write(out.a, 0, out.n);
      out.n = 0;
      c.getValue().clear();
    }
  }
}
