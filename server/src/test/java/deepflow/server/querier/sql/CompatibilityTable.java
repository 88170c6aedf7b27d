package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is said of each tag and metric of one of DeepFlow's tables, read from
/// `compatibility/<table>.txt`.
enum CompatibilityTable {
  L7_FLOW_LOG("flow_log", null),
  APPLICATION_MAP("flow_metrics", L7_FLOW_LOG),
  APPLICATION("flow_metrics", APPLICATION_MAP);

  final String database;

  /// Where that is said of which a line has the name alone.
  private final @Nullable CompatibilityTable other;

  /// @param value of the expression, as text; `refused` where the name isn't known
  record Line(String name, String verdict, String expression, String value, String remark) {
    boolean isMissing() {
      return verdict.equals("missing");
    }

    boolean isRefused() {
      return isMissing() || remark.equals("in conditions only");
    }

    private static Line of(List<String> fields) {
      assertThat(fields).hasSize(5);
      return new Line(fields.get(0), fields.get(1), fields.get(2), fields.get(3), fields.get(4));
    }
  }

  CompatibilityTable(String database, @Nullable CompatibilityTable other) {
    this.database = database;
    this.other = other;
  }

  /// As statements call it.
  String table() {
    return name().toLowerCase(Locale.ROOT);
  }

  List<Line> lines() throws IOException {
    Map<String, Line> known =
        other == null
            ? Map.of()
            : other.lines().stream().collect(Collectors.toMap(Line::name, Function.identity()));
    List<Line> lines = new ArrayList<>();
    for (String text : text().lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList()) {
      List<String> fields =
          List.of((text + " ").split(" \\| ?", -1)).stream().map(String::strip).toList();
      lines.add(
          fields.size() == 1
              ? Objects.requireNonNull(known.get(fields.get(0)), text)
              : Line.of(fields));
    }
    return lines;
  }

  private String text() throws IOException {
    try (InputStream in =
        CompatibilityTable.class.getResourceAsStream("compatibility/" + table() + ".txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
