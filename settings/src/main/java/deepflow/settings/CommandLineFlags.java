package deepflow.settings;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.DefaultParser.NonOptionAction;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/// What the command line sets.
///
/// @param values text by setting's key
/// @param helpWanted whether `--help` was there
record CommandLineFlags(Map<String, String> values, boolean helpWanted) {
  private static final Option HELP = new Option("h", "help", false, "Show this help.");

  static CommandLineFlags parse(
      List<Setting<?>> known, List<String> arguments, List<String> problems) {
    CommandLine line = parsed(known, arguments);
    List<String> names = known.stream().map(Setting::flag).toList();
    for (String unknown : line.getArgList()) {
      problems.add(Suggestion.unknown("argument", unknown, names));
    }
    Map<String, String> values = new HashMap<>();
    for (Setting<?> setting : known) {
      if (line.hasOption(longName(setting))) {
        take(setting, line, values, problems);
      }
    }
    return new CommandLineFlags(values, line.hasOption(HELP));
  }

  private static void take(
      Setting<?> setting, CommandLine line, Map<String, String> values, List<String> problems) {
    String[] given = line.getOptionValues(longName(setting));
    if (line.getOptionCount(longName(setting)) > 1) {
      problems.add(setting.flag() + " is there more than once: say it once");
    } else if (given != null) {
      values.put(setting.key(), given[0]);
    } else if (isSwitch(setting)) {
      values.put(setting.key(), "true");
    } else {
      problems.add(setting.flag() + " needs a value: " + setting.kind().accepts());
    }
  }

  private static CommandLine parsed(List<Setting<?>> known, List<String> arguments) {
    Options options = new Options().addOption(HELP);
    for (Setting<?> setting : known) {
      // One without its value is a problem of ours, beside all others.
      options.addOption(
          Option.builder().longOpt(longName(setting)).hasArg().optionalArg(true).get());
    }
    DefaultParser parser =
        DefaultParser.builder()
            .setAllowPartialMatching(false)
            .setStripLeadingAndTrailingQuotes(false)
            .get();
    try {
      return parser.parse(options, null, NonOptionAction.SKIP, arguments.toArray(String[]::new));
    } catch (ParseException e) {
      throw new IllegalStateException("nothing is required and what is unknown is kept", e);
    }
  }

  /// `--reveal` alone says yes; `--reveal false` is possible too.
  private static boolean isSwitch(Setting<?> setting) {
    return setting.defaultValue() instanceof Boolean;
  }

  private static String longName(Setting<?> setting) {
    return setting.flag().substring(2);
  }

  static String help(String program, List<Setting<?>> known) {
    StringBuilder help = new StringBuilder("Usage: " + program + " [OPTION VALUE]...\n");
    known.stream().map(CommandLineFlags::help).sorted().forEach(help::append);
    return help.append("\n  -h, --help\n      ").append(HELP.getDescription()).toString();
  }

  private static <T> String help(Setting<T> setting) {
    String value = setting.kind().printer().apply(setting.defaultValue());
    return "\n  %s %s\n      %s.%s\n      (%s; YAML: %s)\n"
        .formatted(
            setting.flag(),
            isSwitch(setting) ? "[true|false]" : "VALUE",
            setting.description(),
            setting.secret() || value.isEmpty() ? "" : " Default: " + value + ".",
            setting.environment(),
            setting.key());
  }
}
