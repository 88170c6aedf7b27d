package deepflow.ctl;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The result of a statement as a table: names, then rows; numbers on the right.
final class QueryTable {

  private QueryTable() {}

  static void print(JsonNode result, PrintStream out) {
    List<String> names = new ArrayList<>();
    result.path("columns").forEach(name -> names.add(name.asString("")));
    List<Boolean> right = new ArrayList<>();
    result.path("schemas").forEach(schema -> right.add(isNumber(schema)));
    Cells cells = new Cells(right);
    cells.add(names);
    for (JsonNode row : result.path("values")) {
      List<String> values = new ArrayList<>();
      row.forEach(value -> values.add(shown(value)));
      cells.add(values);
    }
    cells.print(out);
  }

  private static boolean isNumber(JsonNode schema) {
    return schema.path("value_type").asString("").matches("(Nullable\\()?U?(Int|Float)\\d+\\)?");
  }

  private static String shown(JsonNode value) {
    if (value.isNull()) {
      return "NULL";
    }
    return value.isString() ? value.asString() : value.toString();
  }
}
