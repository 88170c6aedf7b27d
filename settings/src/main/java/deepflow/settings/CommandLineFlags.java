package deepflow.settings;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// What the command line sets.
///
/// @param values text by setting's key
/// @param helpWanted whether `--help` was there
record CommandLineFlags(Map<String, String> values, boolean helpWanted) {

  static CommandLineFlags parse(
      List<Setting<?>> known, List<String> arguments, List<String> problems) {
    CommandSpec spec = specOf("program", known);
    spec.parser().collectErrors(true).unmatchedOptionsArePositionalParams(false);
    ParseResult result = new CommandLine(spec).parseArgs(arguments.toArray(String[]::new));
    for (Exception error : result.errors()) {
      if (!(error instanceof CommandLine.UnmatchedArgumentException)) {
        problems.add("%s".formatted(error.getMessage()));
      }
    }
    List<String> names = known.stream().map(Setting::flag).toList();
    for (String unmatched : result.unmatched()) {
      problems.add(Suggestion.unknown("argument", unmatched, names));
    }
    return new CommandLineFlags(valuesOf(known, result), result.isUsageHelpRequested());
  }

  private static Map<String, String> valuesOf(List<Setting<?>> known, ParseResult result) {
    Map<String, String> values = new HashMap<>();
    for (Setting<?> setting : known) {
      String value = result.matchedOptionValue(setting.flag(), "");
      if (result.hasMatchedOption(setting.flag())) {
        values.put(setting.key(), value);
      }
    }
    return values;
  }

  static String help(String program, List<Setting<?>> known) {
    return new CommandLine(specOf(program, known)).getUsageMessage(Ansi.OFF);
  }

  private static CommandSpec specOf(String program, List<Setting<?>> known) {
    CommandSpec spec = CommandSpec.create().name(program);
    for (Setting<?> setting : known) {
      spec.addOption(optionOf(setting));
    }
    return spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
  }

  private static <T> OptionSpec optionOf(Setting<T> setting) {
    String value = setting.kind().printer().apply(setting.defaultValue());
    boolean isSwitch = setting.kind().equals(Kind.SWITCH);
    String shown = setting.secret() || value.isEmpty() ? "" : " Default: " + value + ".";
    return OptionSpec.builder(setting.flag())
        .type(String.class)
        // `--reveal` alone says yes; `--reveal false` is possible too.
        .arity(isSwitch ? "0..1" : "1")
        .fallbackValue(isSwitch ? "true" : "")
        .paramLabel("VALUE")
        .description(
            setting.description().replace("%", "%%") + "." + shown.replace("%", "%%"),
            "(" + setting.environment() + "; YAML: " + setting.key() + ")")
        .build();
  }
}
