package deepflow.acceptance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How our programs are started: by the launcher, as a person would, from what this build has just
/// made.
final class Programs {
  /// Options of the JVM that the launcher starts.
  static final String JAVA_OPTIONS = "DEEPFLOW_JAVA_OPTIONS";

  private static final Path LAUNCHER = Path.of("..", "deepflow").toAbsolutePath().normalize();

  private Programs() {}

  /// The script `deepflow`.
  static Path launcher() {
    return LAUNCHER;
  }

  static List<String> command(DeepFlow.Program program, List<String> arguments) {
    return command(program.name().toLowerCase(Locale.ROOT), arguments);
  }

  /// @param name of the launcher's command
  static List<String> command(String name, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(LAUNCHER.toString());
    command.add(name);
    command.addAll(arguments);
    return command;
  }

  /// The command line client.
  static List<String> ctl(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "ctl"));
    command.addAll(arguments);
    return command;
  }

  static Map<String, String> environment() {
    return Map.of(
        // The build that runs these tests has built everything; another one in its midst would
        // break it.
        "DEEPFLOW_PREBUILT",
        "1",
        "JAVA_HOME",
        System.getProperty("java.home"),
        // The same traps as the tests of each module: a zone with no whole hour, no ASCII digits.
        JAVA_OPTIONS,
        "-Duser.timezone=Asia/Kathmandu -Duser.language=ar -Duser.region=EG");
  }
}
