package deepflow.ctl;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    description = "Asks a deepflow-server, configures its agents; tests any OTLP server.")
final class Ctl implements Callable<Integer> {

  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--server",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      defaultValue = "${env:DEEPFLOW_CTL_SERVER:-http://127.0.0.1:20416}",
      description = "The server's HTTP address (default: ${DEFAULT-VALUE}).")
  private String server = "";

  @Option(
      names = {"-i", "--ip"},
      paramLabel = "IP",
      scope = ScopeType.INHERIT,
      description = "The server's address, in the place of --server.")
  private @Nullable String ip;

  @Option(
      names = "--api-port",
      paramLabel = "PORT",
      scope = ScopeType.INHERIT,
      defaultValue = "20416",
      description = "The server's HTTP port, with --ip (default: ${DEFAULT-VALUE}).")
  private int apiPort;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "How long an answer may take (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Spec private @Nullable CommandSpec spec;

  Ctl(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /// The command that picocli puts all others below.
  static Ctl of(@Nullable Ctl parent) {
    if (parent == null) {
      throw new IllegalStateException("picocli gives a command its parent");
    }
    return parent;
  }

  /// Speaks to the server that the command line names.
  ServerClient client() {
    String host = ip == null || ip.indexOf(':') < 0 ? ip : "[" + ip + "]";
    return new ServerClient(
        host == null ? server : host + ":" + apiPort, Duration.ofSeconds(timeoutSeconds));
  }

  /// Without a command there is nothing to do but say which there are.
  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the command its specification");
    }
    throw new ParameterException(
        spec.commandLine(),
        "missing command: trace, query, agent, agent-group, agent-group-config, domain,"
            + " retention, ledger, doctor, conformance or completion");
  }

  @Command(name = "trace", description = "Shows a trace.", mixinStandardHelpOptions = true)
  int trace(
      @Parameters(paramLabel = "ID", description = "The trace's id, in hexadecimal digits.")
          String id,
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    JsonNode answer = client().trace(id);
    switch (output.format()) {
      case JSON -> out.println(answer.path("trace"));
      case YAML -> Documents.printYaml(answer.path("trace"), out);
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
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    print(client().query(database, sql), output.format());
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
              names = "--step",
              paramLabel = "LENGTH",
              defaultValue = "",
              description =
                  "A row, with its balance, for each stretch of that length: 1m, 15m, 1h, 1d.")
          String step,
      @Mixin OutputOption output)
      throws CtlException, InterruptedException {
    long start =
        since == null
            ? 0
            : TimeUnit.MILLISECONDS.toNanos(Instant.now().minus(since).toEpochMilli());
    print(client().ledger(by, Math.max(0, start), step), output.format());
    return 0;
  }

  /// @param result columns, values
  private void print(JsonNode result, Output output) {
    switch (output) {
      case JSON -> out.println(result);
      case YAML -> Documents.printYaml(result, out);
      case TABLE -> QueryTable.print(result, out);
    }
  }
}
