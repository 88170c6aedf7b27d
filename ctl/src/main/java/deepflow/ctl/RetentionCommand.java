package deepflow.ctl;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `retention`: how long the server keeps spans, metrics and the service graph.
@Command(
    name = "retention",
    description = "Lists and changes how long spans, metrics and the service graph are kept.",
    mixinStandardHelpOptions = true)
final class RetentionCommand {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PATH = "/v1/retention";

  private final PrintStream out;

  @ParentCommand private @Nullable Ctl ctl;

  RetentionCommand(PrintStream out) {
    this.out = out;
  }

  @Command(
      description = "Lists the rules, in their order, and the rest.",
      mixinStandardHelpOptions = true)
  int list(@Mixin OutputOption output) throws CtlException, InterruptedException {
    print(Ctl.of(ctl).client().data("GET", PATH, ""), output.format());
    return 0;
  }

  @Command(
      description =
          "Puts other rules in the place of all there are, and changes the rest. What isn't given"
              + " stays as it is. Heeded within a minute.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(
              paramLabel = "RULE",
              arity = "0..*",
              description =
                  "Such as '30d status = error', '10d service = shop and duration >= 2s',"
                      + " '90d attribute.tenant = gold'. The first that fits a span counts.")
          @Nullable List<String> rules,
      @Option(names = "--no-rules", description = "Takes all rules away.") boolean noRules,
      @Option(
              names = "--otherwise",
              paramLabel = "DURATION",
              description = "For spans that no rule fits, such as 3d.")
          @Nullable String otherwise,
      @Option(
              names = "--metrics-1s",
              paramLabel = "DURATION",
              description =
                  "For metrics by seconds, such as 24h: application.1s, application_map.1s.")
          @Nullable String metrics1s,
      @Option(
              names = "--metrics-1m",
              paramLabel = "DURATION",
              description =
                  "For metrics by minutes, such as 7d: application.1m, application_map.1m.")
          @Nullable String metrics1m,
      @Option(
              names = "--service-graph",
              paramLabel = "DURATION",
              description = "For calls and links between services, such as 7d.")
          @Nullable String serviceGraph)
      throws CtlException, InterruptedException {
    if (rules != null && noRules) {
      throw new CtlException(CtlException.USAGE, "give rules or --no-rules, not both");
    }
    ObjectNode body = JSON.createObjectNode();
    if (rules != null || noRules) {
      body.putPOJO("rules", rules == null ? List.of() : rules);
    }
    put(body, "otherwise", otherwise);
    put(body, "metrics_1s", metrics1s);
    put(body, "metrics_1m", metrics1m);
    put(body, "service_graph", serviceGraph);
    print(Ctl.of(ctl).client().data("PUT", PATH, JSON.writeValueAsString(body)), Output.TABLE);
    return 0;
  }

  private static void put(ObjectNode body, String field, @Nullable String length) {
    if (length != null) {
      body.put(field, length);
    }
  }

  @Command(
      description = "Forgets what was set: the server's configuration counts again.",
      mixinStandardHelpOptions = true)
  int reset() throws CtlException, InterruptedException {
    print(Ctl.of(ctl).client().data("DELETE", PATH, ""), Output.TABLE);
    return 0;
  }

  private void print(JsonNode retention, Output output) {
    switch (output) {
      case JSON -> out.println(retention);
      case YAML -> Documents.printYaml(retention, out);
      case TABLE -> {
        retention.path("RULES").forEach(rule -> out.println(Documents.text(rule)));
        out.println(Documents.text(retention.path("OTHERWISE")) + " otherwise");
        out.println(Documents.text(retention.path("METRICS_1S")) + " metrics by seconds");
        out.println(Documents.text(retention.path("METRICS_1M")) + " metrics by minutes");
        out.println(Documents.text(retention.path("SERVICE_GRAPH")) + " service graph");
      }
    }
  }
}
