package deepflow.ctl.doctor;

import deepflow.ctl.Cells;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `doctor`: names what keeps spans from arriving, with what to do about it.
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Names what keeps spans from arriving, and what to do about it.",
      "Looks at what is given; at the agent and the server of this machine when nothing is."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:nothing is wrong, or only something doubtful",
      "1:something is wrong",
      "2:wrong command line"
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final String AGENT = "http://127.0.0.1:38086";
  private static final JsonMapper JSON = new JsonMapper();

  /// How findings are shown.
  enum Output {
    TEXT,
    JSON
  }

  private final PrintStream out;
  private final InputStream in;
  private final InstantSource clock;

  @Option(
      names = "--collector",
      paramLabel = "FILE",
      description = "A collector's YAML, or Kubernetes objects that hold one; - is standard input.")
  private List<String> collectors = List.of();

  @Option(
      names = "--agent",
      paramLabel = "URL",
      description = "An agent's address (this machine's: " + AGENT + "); may be repeated.")
  private List<String> agents = List.of();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Of the cluster to look at, by kubectl; never taken unasked.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--kubectl",
      paramLabel = "PROGRAM",
      defaultValue = "kubectl",
      description = "Default: ${DEFAULT-VALUE}.")
  private String kubectl = "";

  @Option(
      names = "--collector-namespace",
      paramLabel = "NAME",
      defaultValue = "open-telemetry",
      description = "Where otel-agent is (default: ${DEFAULT-VALUE}).")
  private String collectorNamespace = "";

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "deepflow",
      description = "Where deepflow-agent and -server are (default: ${DEFAULT-VALUE}).")
  private String namespace = "";

  @Option(
      names = {"-o", "--output"},
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Output output = Output.TEXT;

  @Spec private @Nullable CommandSpec spec;

  /// A command that hasn't read its arguments yet.
  ///
  /// @param out findings
  /// @param in what `--collector -` reads
  /// @param clock with which the programs' clocks are compared
  public DoctorCommand(PrintStream out, InputStream in, InstantSource clock) {
    this.out = out;
    this.in = in;
    this.clock = clock;
  }

  @Override
  public Integer call() throws InterruptedException {
    Findings findings = new Findings();
    for (String file : collectors) {
      String where = file.equals("-") ? "standard input" : file;
      CollectorFile.read(where, text(file), findings)
          .forEach(config -> CollectorChecks.check(config, findings));
    }
    boolean unasked =
        collectors.isEmpty() && agents.isEmpty() && kubeconfig == null && !isServerGiven();
    for (String agent : unasked ? List.of(AGENT) : agents) {
      new AgentChecks(new Probe(agent, clock), findings).run();
    }
    if (unasked || isServerGiven()) {
      new ServerChecks(new Probe(server(), clock), clock, findings).run();
    }
    if (kubeconfig != null) {
      Kubectl asked = new Kubectl(kubectl, kubeconfig);
      new ClusterChecks(asked, collectorNamespace, namespace, findings).run();
    }
    switch (output) {
      case TEXT -> text(findings);
      case JSON -> json(findings);
    }
    return findings.has(Problem.Severity.ERROR) ? 1 : 0;
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the command its specification");
    }
    return spec;
  }

  /// `--server` is every command's.
  private @Nullable OptionSpec serverOption() {
    return spec().findOption("--server");
  }

  private boolean isServerGiven() {
    return spec().commandLine().getParseResult().hasMatchedOption("--server")
        || spec().root().commandLine().getParseResult().hasMatchedOption("--server");
  }

  private String server() {
    OptionSpec option = serverOption();
    Object value = option == null ? null : option.getValue();
    return value == null ? "http://127.0.0.1:20416" : value.toString();
  }

  private String text(String file) {
    try {
      return file.equals("-")
          ? new String(in.readAllBytes(), StandardCharsets.UTF_8)
          : Files.readString(Path.of(file));
    } catch (NoSuchFileException _) {
      throw new ParameterException(spec().commandLine(), "--collector: there is no " + file);
    } catch (IOException e) {
      throw new ParameterException(spec().commandLine(), "--collector: " + e, e);
    }
  }

  private void text(Findings findings) {
    for (Finding finding : findings.found()) {
      Problem problem = finding.problem();
      out.printf(
          "%-8s %s: %s%n",
          problem.severity().word(), problem.word(), Cells.printable(finding.where()));
      out.println("         " + Cells.printable(finding.what()));
      out.println("         → " + Cells.printable(finding.remedy()));
    }
    String examined = String.join("; ", findings.examined());
    out.printf(
        "looked at %s: errors: %s, warnings: %s%n",
        examined.isEmpty() ? "nothing" : Cells.printable(examined),
        findings.count(Problem.Severity.ERROR),
        findings.count(Problem.Severity.WARNING));
  }

  private void json(Findings findings) {
    ObjectNode report = JSON.createObjectNode();
    List<String> examined = new ArrayList<>(findings.examined());
    examined.forEach(report.putArray("examined")::add);
    var list = report.putArray("findings");
    for (Finding finding : findings.found()) {
      list.addObject()
          .put("problem", finding.problem().word())
          .put("severity", finding.problem().severity().word())
          .put("where", finding.where())
          .put("what", finding.what())
          .put("remedy", finding.remedy());
    }
    out.println(report);
  }
}
