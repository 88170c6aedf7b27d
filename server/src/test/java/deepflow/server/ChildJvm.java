package deepflow.server;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Programs of tests that must run in a process of their own, with this one's classes and
/// properties.
public final class ChildJvm {
  private ChildJvm() {}

  /// The command that runs a class.
  ///
  /// @param options of the JVM, such as `-Xmx1g`
  public static ProcessBuilder of(Class<?> main, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("-D") || argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(options);
    // Surefire sets it without an argument.
    command.add(
        "-Ddeepflow.clickhouse.library=" + System.getProperty("deepflow.clickhouse.library", ""));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }
}
