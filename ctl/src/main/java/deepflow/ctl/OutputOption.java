package deepflow.ctl;

import picocli.CommandLine.Option;

/// `-o` of every command that prints an answer, a mixin.
final class OutputOption {
  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Output format = Output.TABLE;

  Output format() {
    return format;
  }
}
