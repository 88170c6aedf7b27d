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

/// `retention`: how long the server keeps spans.
@Command(
    name = "retention",
    description = "Lists and changes how long spans are kept.",
    mixinStandardHelpOptions = true)
final class RetentionCommand {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PATH = "/v1/retention";

  private final PrintStream out;

  @ParentCommand private @Nullable Ctl ctl;

  RetentionCommand(PrintStream out) {
    this.out = out;
  }

  @Command(description = "Lists the rules, in their order.", mixinStandardHelpOptions = true)
  int list(@Mixin OutputOption output) throws CtlException, InterruptedException {
    print(Ctl.of(ctl).client().data("GET", PATH, ""), output.format());
    return 0;
  }

  @Command(
      description = "Puts other rules in the place of all there are; heeded within a minute.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(
              paramLabel = "RULE",
              arity = "0..*",
              description =
                  "Such as '30d status = error', '10d service = shop and duration >= 2s',"
                      + " '90d attribute.tenant = gold'. The first that fits a span counts.")
          @Nullable List<String> rules,
      @Option(
              names = "--otherwise",
              paramLabel = "DURATION",
              description = "For spans that no rule fits, such as 3d (not given: as it is).")
          @Nullable String otherwise)
      throws CtlException, InterruptedException {
    ObjectNode body = JSON.createObjectNode();
    body.putPOJO("rules", rules == null ? List.of() : rules);
    if (otherwise != null) {
      body.put("otherwise", otherwise);
    }
    print(Ctl.of(ctl).client().data("PUT", PATH, JSON.writeValueAsString(body)), Output.TABLE);
    return 0;
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
      }
    }
  }
}
