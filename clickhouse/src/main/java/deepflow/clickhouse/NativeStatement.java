package deepflow.clickhouse;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    ParameterText.of(sql, parameters)
        .forEach((name, value) -> {
          names.add(scratch.text(name));
          values.add(scratch.text(value));
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
}
