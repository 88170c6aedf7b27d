package deepflow.ctl.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Figures in Prometheus' text format, of one program.
///
/// @param values by name with labels, as written:
///   `deepflow_agent_refused_total{reason="not_found"}`
record Metrics(Map<String, Double> values) {
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  static Metrics parse(String text) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      int space = line.lastIndexOf(' ');
      if (line.startsWith("#") || space < 0) {
        continue;
      }
      try {
        values.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
      } catch (NumberFormatException _) {
        // Not a figure of ours.
      }
    }
    return new Metrics(values);
  }

  boolean hasAnyOf(String prefix) {
    return values.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  /// The sum over all labels.
  double sum(String name) {
    return values.entrySet().stream()
        .filter(entry -> entry.getKey().equals(name) || entry.getKey().startsWith(name + "{"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /// What is not zero, by the value of a label.
  Map<String, Long> by(String name, String label) {
    Map<String, Long> found = new TreeMap<>();
    values.forEach((written, value) -> {
      if (written.startsWith(name + "{") && value > 0) {
        Matcher labels = LABEL.matcher(written);
        while (labels.find()) {
          if (labels.group(1).equals(label)) {
            found.merge(labels.group(2), value.longValue(), Long::sum);
          }
        }
      }
    });
    return found;
  }
}
