package deepflow.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The values of a program's [Setting]s. The first place that names a setting wins: command line,
/// environment, YAML file, default.
public final class Settings {

  /// Where the YAML file is; known to every program.
  public static final Setting<String> CONFIG =
      Setting.of("config", "--config", Kind.TEXT, "", "YAML file with settings");

  private record Given(Object value, String source) {}

  private final List<Setting<?>> known;
  private final Map<String, Given> given;
  private final boolean helpWanted;

  private Settings(List<Setting<?>> known, Map<String, Given> given, boolean helpWanted) {
    this.known = known;
    this.given = given;
    this.helpWanted = helpWanted;
  }

  /// Reads what was set.
  ///
  /// @param known the program's settings, without [#CONFIG]
  /// @param arguments the command line behind the program's name
  /// @param environment the process's variables
  /// @throws SettingsException with every problem: unknown flags, keys and misspelt variables (with
  ///   the nearest known name), values that don't fit, a file that can't be read
  public static Settings read(
      List<Setting<?>> known, List<String> arguments, Map<String, String> environment)
      throws SettingsException {
    List<String> problems = new ArrayList<>();
    CommandLineFlags flags = CommandLineFlags.parse(withConfig(known), arguments, problems);
    EnvironmentVariables variables =
        EnvironmentVariables.parse(withConfig(known), environment, problems);
    String file =
        flags.values().getOrDefault("config", variables.values().getOrDefault("config", ""));
    Map<String, String> yaml =
        file.isEmpty() ? Map.of() : YamlFile.read(Path.of(file), known, problems);

    Map<String, Given> given = new HashMap<>();
    for (Setting<?> setting : known) {
      take(setting, "in " + file, yaml, given, problems);
      take(setting, setting.environment(), variables.values(), given, problems);
      take(setting, setting.flag(), flags.values(), given, problems);
    }
    if (!problems.isEmpty() && !flags.helpWanted()) {
      throw new SettingsException(problems);
    }
    return new Settings(known, given, flags.helpWanted());
  }

  private static List<Setting<?>> withConfig(List<Setting<?>> known) {
    List<Setting<?>> all = new ArrayList<>(known);
    all.add(CONFIG);
    return all;
  }

  private static void take(
      Setting<?> setting,
      String source,
      Map<String, String> values,
      Map<String, Given> given,
      List<String> problems) {
    String text = values.get(setting.key());
    if (text == null) {
      return;
    }
    try {
      given.put(setting.key(), new Given(setting.kind().parser().apply(text), source));
    } catch (IllegalArgumentException _) {
      problems.add(
          "%s (%s) is %s, but must be %s"
              .formatted(setting.key(), source, shown(setting, text), setting.kind().accepts()));
    }
  }

  private static String shown(Setting<?> setting, String text) {
    return setting.secret() ? "not readable" : "'" + text + "'";
  }

  /// The value in force.
  @SuppressWarnings(
      "unchecked") // a value is put under its setting's key only, by that kind's parser
  public <T> T get(Setting<T> setting) {
    Given value = given.get(setting.key());
    return value == null ? setting.defaultValue() : (T) value.value();
  }

  /// The file in force; null when its text is empty, which is to say that there is none.
  public @Nullable Path file(Setting<String> setting) {
    String path = get(setting);
    return path.isEmpty() ? null : Path.of(path);
  }

  /// Whether somebody set it, even to its default.
  public boolean isExplicit(Setting<?> setting) {
    return given.containsKey(setting.key());
  }

  /// Whether `--help` was among the arguments; the other values are then not complete.
  public boolean helpWanted() {
    return helpWanted;
  }

  /// What is in force, a line a setting, with where it comes from; secrets redacted.
  public String effective() {
    return known.stream().map(this::effectiveLine).collect(Collectors.joining("\n"));
  }

  private <T> String effectiveLine(Setting<T> setting) {
    Given value = given.get(setting.key());
    String text = setting.secret() ? "(secret)" : setting.kind().printer().apply(get(setting));
    return "%s = %s (%s)"
        .formatted(setting.key(), text, value == null ? "default" : value.source());
  }

  /// The flags of a program, for its `--help`.
  ///
  /// @param program as the user calls it, such as `./deepflow up`
  public static String help(String program, List<Setting<?>> known) {
    return CommandLineFlags.help(program, withConfig(known));
  }
}
