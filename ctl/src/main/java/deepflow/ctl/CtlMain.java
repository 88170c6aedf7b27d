package deepflow.ctl;

import deepflow.ctl.conformance.ConformanceCommand;
import deepflow.ctl.doctor.DoctorCommand;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import picocli.CommandLine;

/// deepflow-ctl.
public final class CtlMain {

  private CtlMain() {}

  /// Exits with 0 when the server answered (and conforms), 1 when it refused, failed or found
  /// nothing, 2 when the command line is wrong, 3 when the server can't be reached.
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, arguments));
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    return new CommandLine(new Ctl(out, err))
        .addSubcommand(new AgentCommand(out))
        .addSubcommand(new AgentGroupCommand(out))
        .addSubcommand(new AgentGroupConfigCommand(out, err))
        .addSubcommand(new DomainCommand(out))
        .addSubcommand(new RetentionCommand(out))
        .addSubcommand(new ConformanceCommand(out, err))
        .addSubcommand(new DoctorCommand(out, System.in, InstantSource.system()))
        .addSubcommand(new CompletionCommand(out))
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((e, _, _) -> {
          err.println("deepflow-ctl: " + e.getMessage());
          return e instanceof CtlException refused ? refused.exitCode() : 1;
        })
        .execute(arguments);
  }
}
