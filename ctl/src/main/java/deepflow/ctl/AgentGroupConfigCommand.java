package deepflow.ctl;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `agent-group-config`: what the agents of a group work by.
@Command(
    name = "agent-group-config",
    description = "Lists and changes the configurations of agent groups.",
    mixinStandardHelpOptions = true)
final class AgentGroupConfigCommand {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PATH = "/v1/agent-group-configuration";
  private static final String FILE = "YAML, see example; - is standard input.";
  private static final String GROUP = "The group's id or name.";

  private static final List<Documents.Column> COLUMNS =
      List.of(
          Documents.Column.of("NAME", "AGENT_GROUP_NAME"),
          Documents.Column.of("AGENT_GROUP_ID", "AGENT_GROUP_LCUUID"),
          Documents.Column.of("UPDATED_AT", "UPDATED_AT"));

  private final PrintStream out;
  private final PrintStream err;

  @ParentCommand private @Nullable Ctl ctl;

  AgentGroupConfigCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Command(description = "Prints all keys with their defaults.", mixinStandardHelpOptions = true)
  int example() throws CtlException, InterruptedException {
    out.print(client().data("GET", PATH + "/template/yaml", "").asString(""));
    return 0;
  }

  @Command(
      description = "Lists configurations; with a group and -o yaml, its text.",
      mixinStandardHelpOptions = true)
  int list(
      @Parameters(paramLabel = "GROUP", arity = "0..1", description = GROUP) @Nullable String group,
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    if (group != null && output.format() == Output.YAML) {
      out.print(client().data("GET", path(group), "").asString(""));
      return 0;
    }
    JsonNode all = client().data("GET", PATH + "/yaml", "");
    Documents.print(group == null ? all : only(all, group), output.format(), COLUMNS, out);
    return 0;
  }

  private static JsonNode only(JsonNode all, String group) throws CtlException {
    for (JsonNode configuration : all) {
      if (configuration.path("AGENT_GROUP_LCUUID").asString("").equals(group)
          || configuration.path("AGENT_GROUP_NAME").asString("").equals(group)) {
        return JSON.createArrayNode().add(configuration);
      }
    }
    throw new CtlException(
        CtlException.REFUSED, "group '%s' isn't there, or has no configuration".formatted(group));
  }

  @Command(
      description = "Gives a group that has none a configuration.",
      mixinStandardHelpOptions = true)
  int create(
      @Parameters(paramLabel = "GROUP", description = GROUP) String group,
      @Option(
              names = {"-f", "--filename"},
              paramLabel = "FILE",
              required = true,
              description = FILE)
          Path file)
      throws CtlException, InterruptedException {
    return store("POST", group, file);
  }

  @Command(
      description =
          "Puts another configuration in a configuration's place; its agents apply it at once.",
      mixinStandardHelpOptions = true)
  int update(
      @Parameters(paramLabel = "GROUP", description = GROUP) String group,
      @Option(
              names = {"-f", "--filename"},
              paramLabel = "FILE",
              required = true,
              description = FILE)
          Path file)
      throws CtlException, InterruptedException {
    return store("PUT", group, file);
  }

  private int store(String method, String group, Path file)
      throws CtlException, InterruptedException {
    JsonNode stored = client().data(method, path(group), TextFile.read(file));
    stored
        .path("WARNINGS")
        .forEach(warning -> err.println("deepflow-ctl: " + Documents.text(warning)));
    out.println("stored; agent list shows which agents have it");
    return 0;
  }

  @Command(description = "Takes a group's configuration away.", mixinStandardHelpOptions = true)
  int delete(@Parameters(paramLabel = "GROUP", description = GROUP) String group)
      throws CtlException, InterruptedException {
    client().data("DELETE", PATH + "/" + ServerClient.encoded(group), "");
    out.println("deleted the configuration of " + group);
    return 0;
  }

  private static String path(String group) {
    return "%s/%s/yaml".formatted(PATH, ServerClient.encoded(group));
  }

  private ServerClient client() throws CtlException {
    return Ctl.of(ctl).client();
  }
}
