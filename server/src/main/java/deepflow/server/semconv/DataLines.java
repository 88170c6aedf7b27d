package deepflow.server.semconv;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// How data files are written that lie beside a class: a line each, `#` begins a comment, fields
/// are separated by ` | `.
public final class DataLines {
  private DataLines() {}

  /// The lines of a file, without comments and empty ones.
  public static List<String> of(Class<?> beside, String file) {
    try (InputStream in = beside.getResourceAsStream(file)) {
      String text =
          new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The fields of a line, or of a heading.
  public static List<String> fields(String line) {
    return Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
  }
}
