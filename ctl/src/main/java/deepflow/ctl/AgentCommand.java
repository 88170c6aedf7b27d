package deepflow.ctl;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `agent`: the agents that a server knows.
@Command(
    name = "agent",
    description = "Lists, changes and deletes agents.",
    mixinStandardHelpOptions = true)
final class AgentCommand {
  private static final JsonMapper JSON = new JsonMapper();

  private static final String EXAMPLE =
      """
      # For deepflow-ctl agent update -f FILE. Only name is needed; what isn't there stays.
      name: node-1
      # an agent group's id or name
      vtap_group_id: g-default000
      # 0: the agent takes no traces
      enable: 1
      """;

  private static final List<Documents.Column> COLUMNS =
      List.of(
          Documents.Column.of("ID", "ID"),
          Documents.Column.of("NAME", "NAME"),
          Documents.Column.of("TYPE", "TYPE"),
          Documents.Column.of("CTRL_IP", "CTRL_IP"),
          Documents.Column.of("STATE", "STATE_NAME"),
          Documents.Column.of("GROUP", "VTAP_GROUP_NAME"),
          new Documents.Column("EXCEPTIONS", AgentCommand::exceptions),
          Documents.Column.of("REVISION", "REVISION"),
          new Documents.Column("CONFIG", AgentCommand::configuration),
          new Documents.Column("QUEUED_SPANS", AgentCommand::queued));

  private final PrintStream out;

  @ParentCommand private @Nullable Ctl ctl;

  AgentCommand(PrintStream out) {
    this.out = out;
  }

  @Command(description = "Lists agents.", mixinStandardHelpOptions = true)
  int list(
      @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this one.")
          @Nullable String name,
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    JsonNode agents = name == null ? client().data("GET", "/v1/vtaps/", "") : found(name);
    Documents.print(agents, output.format(), COLUMNS, out);
    return 0;
  }

  @Command(
      description = "Forgets an agent; one that is still there registers again.",
      mixinStandardHelpOptions = true)
  int delete(@Parameters(paramLabel = "NAME", description = "The agent.") String name)
      throws CtlException, InterruptedException {
    client().data("DELETE", path(found(name)), "");
    out.println("deleted " + name);
    return 0;
  }

  @Command(
      description = "Changes an agent's group, or whether it takes traces.",
      mixinStandardHelpOptions = true)
  int update(
      @Option(
              names = {"-f", "--filename"},
              paramLabel = "FILE",
              required = true,
              description = "YAML, see update-example; - is standard input.")
          Path file)
      throws CtlException, InterruptedException {
    JsonNode wanted = Documents.readYaml(TextFile.read(file));
    String name = wanted.path("name").asString("");
    if (name.isEmpty()) {
      throw new CtlException(
          CtlException.USAGE, "the file must have the agent's name: see agent update-example");
    }
    ObjectNode change = JSON.createObjectNode();
    for (String key : wanted.propertyNames()) {
      switch (key) {
        case "name" -> {}
        case "vtap_group_id", "agent_group_id", "enable" -> change.set(key, wanted.path(key));
        default ->
            throw new CtlException(
                CtlException.USAGE, "there is no key %s: see agent update-example".formatted(key));
      }
    }
    client().data("PATCH", path(found(name)), change.toString());
    out.println("updated " + name);
    return 0;
  }

  @Command(
      name = "update-example",
      description = "Prints a file for update.",
      mixinStandardHelpOptions = true)
  int updateExample() {
    out.print(EXAMPLE);
    return 0;
  }

  private ServerClient client() throws CtlException {
    return Ctl.of(ctl).client();
  }

  private JsonNode found(String name) throws CtlException, InterruptedException {
    JsonNode agents = client().data("GET", "/v1/vtaps/?name=" + ServerClient.encoded(name), "");
    if (agents.isEmpty()) {
      throw new CtlException(
          CtlException.REFUSED, "there is no agent '%s': agent list names them".formatted(name));
    }
    return agents;
  }

  private static String path(JsonNode agents) {
    return "/v1/vtaps/%s/".formatted(agents.path(0).path("LCUUID").asString(""));
  }

  private static String exceptions(JsonNode agent) {
    return String.join(
        ", ",
        StreamSupport.stream(agent.path("EXCEPTIONS").spliterator(), false)
            .map(Documents::text)
            .toList());
  }

  private static String configuration(JsonNode agent) {
    String state = agent.path("CONFIG_STATE").asString("");
    String revision =
        agent.path(state.equals("PENDING") ? "CONFIG_WANTED" : "CONFIG_REVISION").asString("");
    return (state + " " + revision).strip();
  }

  private static String queued(JsonNode agent) {
    long spans = agent.path("QUEUE_SPANS").asLong(-1);
    return spans < 0 ? "" : Long.toString(spans);
  }
}
