package deepflow.settings;

import deepflow.settings.logging.Logging;
import java.util.List;
import java.util.stream.Stream;

/// A program as those see it who start it: `--help`, what is in force, and what is wrong, one
/// sentence a line with the program's name before it. Exit codes: 0 after it was told to stop, 1
/// when it can't start, 2 when a setting is wrong.
///
/// @param name as its user calls it, such as `deepflow-agent`
public record Program(String name) {

  private static final int EXIT_CANNOT_START = 1;
  private static final int EXIT_WRONG_SETTINGS = 2;

  /// Reads the settings of this process, prints them and logs as they say. Does not return when
  /// help was wanted or something is wrong with them.
  ///
  /// @param own the program's; those of the log come from here
  public Settings settings(List<Setting<?>> own, String[] arguments) {
    List<Setting<?>> known = Stream.concat(own.stream(), Logging.settings().stream()).toList();
    try {
      Settings settings = Settings.read(known, List.of(arguments), System.getenv());
      if (settings.helpWanted()) {
        System.out.println(Settings.help(name, known));
        System.exit(0);
      }
      System.out.println(settings.effective());
      Logging.apply(settings);
      return settings;
    } catch (SettingsException e) {
      throw exit(EXIT_WRONG_SETTINGS, e.problems());
    }
  }

  /// Ends the process, because it can't start.
  ///
  /// @param why a sentence that says what to do
  /// @return never; so that the caller can throw it where the compiler wants an end
  public IllegalStateException cannotStart(String why) {
    return exit(EXIT_CANNOT_START, List.of(why));
  }

  private IllegalStateException exit(int code, List<String> problems) {
    problems.forEach(problem -> System.err.println(name + ": " + problem));
    System.exit(code);
    return new IllegalStateException("exited");
  }
}
