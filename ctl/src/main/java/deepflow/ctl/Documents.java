package deepflow.ctl;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a server knows as documents: a table with some of their values, or all of them as JSON or
/// YAML.
final class Documents {
  private static final JsonMapper JSON = new JsonMapper();

  private Documents() {}

  /// A column of the table.
  record Column(String title, Function<JsonNode, String> value) {
    static Column of(String title, String key) {
      return new Column(title, document -> text(document.path(key)));
    }
  }

  static String text(JsonNode value) {
    return value.isString() ? value.asString() : value.isMissingNode() ? "" : value.toString();
  }

  static void print(JsonNode documents, Output output, List<Column> columns, PrintStream out) {
    switch (output) {
      case JSON -> out.println(documents);
      case YAML -> printYaml(documents, out);
      case TABLE -> {
        Cells cells = new Cells(columns.stream().map(_ -> false).toList());
        cells.add(columns.stream().map(Column::title).toList());
        for (JsonNode document : documents) {
          cells.add(columns.stream().map(column -> column.value().apply(document)).toList());
        }
        cells.print(out);
      }
    }
  }

  static void printYaml(JsonNode document, PrintStream out) {
    DumpSettings settings = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
    out.print(new Dump(settings).dumpToString(JSON.treeToValue(document, Object.class)));
  }

  /// A YAML file's text as an object of JSON.
  static JsonNode readYaml(String yaml) throws CtlException {
    try {
      Object document = new Load(LoadSettings.builder().build()).loadFromString(yaml);
      if (document instanceof Map<?, ?>) {
        return JSON.valueToTree(document);
      }
    } catch (YamlEngineException e) {
      throw new CtlException(CtlException.USAGE, "the file is not YAML: " + e.getMessage());
    }
    throw new CtlException(CtlException.USAGE, "the file must be a map of keys");
  }
}
