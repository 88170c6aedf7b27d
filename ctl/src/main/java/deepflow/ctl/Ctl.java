package deepflow.ctl;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// The commands.
@Command(
    name = "deepflow-ctl",
    mixinStandardHelpOptions = true,
    version = "deepflow-ctl 0.1.0",
    description = "Asks a deepflow-server; tests any OTLP server.")
final class Ctl implements Callable<Integer> {

  /// How an answer is shown.
  enum Output {
    TABLE,
    JSON
  }

  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--server",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      defaultValue = "${env:DEEPFLOW_CTL_SERVER:-http://127.0.0.1:20416}",
      description = "The server's HTTP address (default: ${DEFAULT-VALUE}).")
  private String server = "";

  @Spec private @Nullable CommandSpec spec;

  Ctl(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /// Without a command there is nothing to do but say which there are.
  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the command its specification");
    }
    throw new ParameterException(
        spec.commandLine(), "missing command: trace, query, ledger or conformance");
  }

  @Command(name = "trace", description = "Shows a trace.", mixinStandardHelpOptions = true)
  int trace(
      @Parameters(paramLabel = "ID", description = "The trace's id, in hexadecimal digits.")
          String id,
      @Option(
              names = {"-o", "--output"},
              defaultValue = "table",
              description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
          Output output)
      throws CtlException, InterruptedException {
    JsonNode answer = new ServerClient(server).trace(id);
    switch (output) {
      case JSON -> out.println(answer.path("trace"));
      case TABLE -> TraceTable.print(answer.path("trace"), out);
    }
    if (answer.path("status").asString("").equals("PARTIAL")) {
      err.println("deepflow-ctl: " + answer.path("message").asString(""));
    }
    return 0;
  }

  @Command(name = "query", description = "Runs DeepFlow SQL.", mixinStandardHelpOptions = true)
  int query(
      @Parameters(paramLabel = "SQL", description = "One SELECT, in quotes.") String sql,
      @Option(
              names = "--db",
              paramLabel = "NAME",
              defaultValue = "flow_log",
              description = "The database (default: ${DEFAULT-VALUE}).")
          String database,
      @Option(
              names = {"-o", "--output"},
              defaultValue = "table",
              description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
          Output output)
      throws CtlException, InterruptedException {
    JsonNode result = new ServerClient(server).query(database, sql);
    switch (output) {
      case JSON -> out.println(result);
      case TABLE -> QueryTable.print(result, out);
    }
    return 0;
  }

  @Command(
      name = "ledger",
      description = "Says what became of every span that agents received.",
      mixinStandardHelpOptions = true)
  int ledger(
      @Option(
              names = "--by",
              paramLabel = "WHAT",
              defaultValue = "agent",
              description = "agent, minute, service or reason (default: ${DEFAULT-VALUE}).")
          String by,
      @Option(
              names = "--since",
              paramLabel = "DURATION",
              description = "Only that long ago and later, such as PT1H (default: all).")
          @Nullable Duration since,
      @Option(
              names = {"-o", "--output"},
              defaultValue = "table",
              description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
          Output output)
      throws CtlException, InterruptedException {
    long start =
        since == null
            ? 0
            : TimeUnit.MILLISECONDS.toNanos(Instant.now().minus(since).toEpochMilli());
    JsonNode result = new ServerClient(server).ledger(by, Math.max(0, start));
    switch (output) {
      case JSON -> out.println(result);
      case TABLE -> QueryTable.print(result, out);
    }
    return 0;
  }
}
