package deepflow.ctl.conformance;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `conformance`: tells how well a server speaks OTLP.
@Command(
    name = "conformance",
    mixinStandardHelpOptions = true,
    description = {
      "Tells how well any server speaks OTLP for traces (specification 1.11.0).",
      "Sends some hundred small requests with spans of service '" + Traces.SERVICE + "',",
      "and a few at the size limit."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the server keeps every MUST",
      "1:it breaks some",
      "2:wrong command line",
      "3:nobody listens there"
    })
public final class ConformanceCommand implements Callable<Integer> {
  private static final int BREAKS_MUST = 1;
  private static final int UNREACHABLE = 3;

  /// How results are shown.
  enum Output {
    TABLE,
    JSON
  }

  private final PrintStream out;
  private final PrintStream err;

  @Parameters(
      paramLabel = "URL",
      arity = "1..*",
      description =
          "http(s)://HOST:PORT[/PATH] by HTTP/1.1, h2c:// or h2:// by HTTP/2, grpc(s)://HOST:PORT.")
  private List<String> urls = List.of();

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "RULE",
      description = "Rules or single checks: O7,O14.3.")
  private List<String> only = List.of();

  @Option(
      names = "--header",
      paramLabel = "NAME=VALUE",
      description = "Sent with each request; may be repeated.")
  private Map<String, String> headers = Map.of();

  @Option(
      names = "--limit-bytes",
      defaultValue = "" + Options.LIMIT_BYTES,
      paramLabel = "BYTES",
      description = "The server's own size limit (default: ${DEFAULT-VALUE}, OTLP's).")
  private int limitBytes;

  @Option(
      names = "--timeout",
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "For one request (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Option(names = "--insecure-tls", description = "Takes any certificate.")
  private boolean insecureTls;

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Output output = Output.TABLE;

  @Spec private @Nullable CommandSpec spec;

  /// A command that hasn't read its arguments yet.
  ///
  /// @param out results
  /// @param err why there are none
  public ConformanceCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    List<Target> targets = targets();
    Options options = options();
    List<Check> checks = Suite.only(only);
    if (checks.isEmpty()) {
      throw wrong("--only names no rule: O1 to O22, or a check such as O7.2");
    }
    List<ObjectNode> reports = new ArrayList<>();
    int exitCode = 0;
    for (Target target : targets) {
      try {
        List<Suite.Result> results = Suite.run(target, options, checks);
        show(target, results, reports);
        exitCode = Math.max(exitCode, breaksMust(results) ? BREAKS_MUST : 0);
      } catch (IOException e) {
        err.println("deepflow-ctl: can't reach %s (%s)".formatted(target, e.getMessage()));
        exitCode = UNREACHABLE;
      }
    }
    if (output == Output.JSON) {
      out.println(reports);
    }
    return exitCode;
  }

  private void show(Target target, List<Suite.Result> results, List<ObjectNode> reports) {
    switch (output) {
      case TABLE -> Report.table(target, results, out);
      case JSON -> reports.add(Report.json(target, results));
    }
  }

  private static boolean breaksMust(List<Suite.Result> results) {
    return results.stream().anyMatch(Suite.Result::breaksMust);
  }

  private List<Target> targets() {
    try {
      return urls.stream().map(Target::parse).toList();
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private Options options() {
    if (limitBytes < Options.LIMIT_BYTES_MIN || limitBytes > Options.LIMIT_BYTES_MAX) {
      throw wrong("--limit-bytes is from 64 KiB to 512 MiB");
    }
    if (timeoutSeconds < 1 || timeoutSeconds > 3600) {
      throw wrong("--timeout is from 1 to 3600 seconds");
    }
    Map<String, String> lowerCase = new LinkedHashMap<>();
    headers.forEach((name, value) -> lowerCase.put(name.toLowerCase(Locale.ROOT), value));
    return new Options(
        Duration.ofSeconds(timeoutSeconds),
        new SizedRequests(limitBytes),
        lowerCase,
        insecureTls,
        System.nanoTime());
  }

  private ParameterException wrong(@Nullable String message) {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the command its specification");
    }
    return new ParameterException(spec.commandLine(), String.valueOf(message));
  }
}
