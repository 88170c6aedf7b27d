package deepflow.clickhouse;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A statement with its parameters in native memory.
record NativeStatement(
    Scratch.Text sql,
    Scratch.Text format,
    MemorySegment names,
    MemorySegment nameLengths,
    MemorySegment values,
    MemorySegment valueLengths,
    long parameters) {

  static NativeStatement of(
      Scratch scratch, String sql, String format, Map<String, String> parameters) {
    List<Scratch.Text> names = new ArrayList<>();
    List<Scratch.Text> values = new ArrayList<>();
    parameters.forEach((name, value) -> {
      names.add(scratch.text(name));
      values.add(scratch.text(isPlain(sql, name) ? value : escape(value)));
    });
    return new NativeStatement(
        scratch.text(sql),
        scratch.text(format),
        scratch.addresses(names),
        scratch.lengths(names),
        scratch.addresses(values),
        scratch.lengths(values),
        names.size());
  }

  /// Arrays, maps and tuples are read in the quoted form, and an identifier is taken as it is: a
  /// second escape would stay in the value.
  private static boolean isPlain(String sql, String name) {
    return Pattern.compile(
            "\\{\\s*" + Pattern.quote(name) + "\\s*:\\s*(Array|Map|Tuple|Nested|Identifier)\\b")
        .matcher(sql)
        .find();
  }

  /// The engine reads a parameter as one field of TSV: without escapes a tab ends it (code 457).
  static String escape(String value) {
    return value
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\0", "\\0");
  }
}
