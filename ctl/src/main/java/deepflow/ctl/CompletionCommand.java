package deepflow.ctl;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `completion`: what a shell needs to complete commands and options.
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a script that completes deepflow-ctl's commands and options:",
      "source <(deepflow-ctl completion bash)"
    })
final class CompletionCommand implements Callable<Integer> {
  /// Shells; the script that both read turns on what zsh has for bash's scripts.
  enum Shell {
    BASH,
    ZSH
  }

  private final PrintStream out;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private @Nullable Shell shell;

  @Spec private @Nullable CommandSpec spec;

  CompletionCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    if (spec == null || shell == null) {
      throw new IllegalStateException("picocli gives the command its specification");
    }
    String script = AutoComplete.bash("deepflow-ctl", spec.root().commandLine());
    out.print(
        switch (shell) {
          case BASH -> script;
          case ZSH -> "autoload -U +X compinit && compinit\n" + script;
        });
    return 0;
  }
}
