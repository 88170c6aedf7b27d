package deepflow.ctl;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `domain`: the clusters that a server knows.
@Command(name = "domain", description = "Lists clusters.", mixinStandardHelpOptions = true)
final class DomainCommand {
  private static final List<Documents.Column> COLUMNS =
      List.of(
          Documents.Column.of("NAME", "NAME"),
          Documents.Column.of("TYPE", "TYPE_NAME"),
          Documents.Column.of("SYNCED_AT", "SYNCED_AT"));

  private final PrintStream out;

  @ParentCommand private @Nullable Ctl ctl;

  DomainCommand(PrintStream out) {
    this.out = out;
  }

  @Command(
      description = "Lists the Kubernetes clusters that stored spans name.",
      mixinStandardHelpOptions = true)
  int list(
      @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this one.")
          @Nullable String name,
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    String question = name == null ? "" : "?name=" + ServerClient.encoded(name);
    Documents.print(
        Ctl.of(ctl).client().data("GET", "/v2/domains/" + question, ""),
        output.format(),
        COLUMNS,
        out);
    return 0;
  }
}
