package deepflow.server.querier.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A data file beside this class. Fields are separated by ` | `; `#` begins a comment; `${x}` is
/// replaced by what a line `x := expression` above it says; `[a | b]` is a heading.
final class DataFile {

  /// Lines below one heading.
  ///
  /// @param heading its fields; empty above the first one
  record Section(List<String> heading, List<List<String>> lines) {}

  private DataFile() {}

  /// The lines of a file without headings.
  static List<List<String>> lines(String file) {
    return sections(file).getFirst().lines();
  }

  static List<Section> sections(String file) {
    Map<String, String> abbreviations = new LinkedHashMap<>();
    List<Section> sections = new ArrayList<>();
    sections.add(new Section(List.of(), new ArrayList<>()));
    for (String line : text(file)) {
      String full = replaced(line, abbreviations);
      int sign = full.indexOf(" := ");
      if (full.startsWith("[")) {
        sections.add(new Section(split(full.substring(1, full.length() - 1)), new ArrayList<>()));
      } else if (sign > 0) {
        abbreviations.put(full.substring(0, sign).strip(), full.substring(sign + 4).strip());
      } else {
        sections.getLast().lines().add(split(full));
      }
    }
    return sections;
  }

  private static String replaced(String line, Map<String, String> abbreviations) {
    String full = line;
    for (Map.Entry<String, String> abbreviation : abbreviations.entrySet()) {
      full = full.replace("${" + abbreviation.getKey() + "}", abbreviation.getValue());
    }
    return full;
  }

  private static List<String> split(String line) {
    List<String> fields = new ArrayList<>();
    for (String field : line.split("\\|", -1)) {
      fields.add(field.strip());
    }
    return fields;
  }

  private static List<String> text(String file) {
    try (InputStream in = DataFile.class.getResourceAsStream(file)) {
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
}
