package deepflow.server.querier.sql;

import deepflow.server.semconv.DataLines;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A data file beside this class. Fields are separated by ` | `; `#` begins a comment; `${x}` is
/// replaced by what a line `x := expression` above it, or in file `abbreviations`, says; `[a | b]`
/// is a heading.
final class DataFile {
  private static final Map<String, String> SHARED = shared();

  /// Lines below one heading.
  ///
  /// @param heading its fields; empty above the first one
  record Section(List<String> heading, List<List<String>> lines) {}

  private DataFile() {}

  /// The lines of a file without headings.
  static List<List<String>> lines(String file) {
    return sections(file).getFirst().lines();
  }

  private static Map<String, String> shared() {
    Map<String, String> abbreviations = new LinkedHashMap<>();
    List<Section> _ = sections("abbreviations", abbreviations);
    return abbreviations;
  }

  static List<Section> sections(String file) {
    return sections(file, new LinkedHashMap<>(SHARED));
  }

  private static List<Section> sections(String file, Map<String, String> abbreviations) {
    List<Section> sections = new ArrayList<>();
    sections.add(new Section(List.of(), new ArrayList<>()));
    for (String line : DataLines.of(DataFile.class, file)) {
      String full = replaced(line, abbreviations);
      int sign = full.indexOf(" := ");
      if (full.startsWith("[")) {
        sections.add(
            new Section(DataLines.fields(full.substring(1, full.length() - 1)), new ArrayList<>()));
      } else if (sign > 0) {
        abbreviations.put(full.substring(0, sign).strip(), full.substring(sign + 4).strip());
      } else {
        sections.getLast().lines().add(DataLines.fields(full));
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
}
