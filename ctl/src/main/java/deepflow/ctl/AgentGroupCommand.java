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

/// `agent-group`: groups of agents.
@Command(
    name = "agent-group",
    description = "Lists, makes and deletes groups of agents.",
    mixinStandardHelpOptions = true)
final class AgentGroupCommand {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PATH = "/v1/vtap-groups/";

  private static final List<Documents.Column> COLUMNS =
      List.of(Documents.Column.of("NAME", "NAME"), Documents.Column.of("ID", "SHORT_UUID"));

  private final PrintStream out;

  @ParentCommand private @Nullable Ctl ctl;

  AgentGroupCommand(PrintStream out) {
    this.out = out;
  }

  @Command(description = "Lists groups.", mixinStandardHelpOptions = true)
  int list(
      @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this one.")
          @Nullable String name,
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    String question = name == null ? "" : "?name=" + ServerClient.encoded(name);
    Documents.print(client().data("GET", PATH + question, ""), output.format(), COLUMNS, out);
    return 0;
  }

  @Command(description = "Makes a group.", mixinStandardHelpOptions = true)
  int create(
      @Parameters(paramLabel = "NAME", description = "The group's name.") String name,
      @Option(
              names = "--id",
              paramLabel = "ID",
              defaultValue = "",
              description = "g- and ten letters or digits; made up when not given.")
          String id)
      throws CtlException, InterruptedException {
    String body = JSON.createObjectNode().put("name", name).put("group_id", id).toString();
    JsonNode group = client().data("POST", PATH, body);
    out.println(group.path("SHORT_UUID").asString(""));
    return 0;
  }

  @Command(description = "Deletes a group without members.", mixinStandardHelpOptions = true)
  int delete(@Parameters(paramLabel = "NAME", description = "Its name or id.") String name)
      throws CtlException, InterruptedException {
    client().data("DELETE", PATH + ServerClient.encoded(name) + "/", "");
    out.println("deleted " + name);
    return 0;
  }

  private ServerClient client() throws CtlException {
    return Ctl.of(ctl).client();
  }
}
