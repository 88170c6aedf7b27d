package deepflow.acceptance;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// A child process with its output in a file. Whatever happens to this JVM, short of its being
/// killed, the child doesn't outlive it.
final class RunningProcess implements AutoCloseable {
  private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();
  private static final Set<Path> LOGS = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(RunningProcess::end)));
  }

  private final String name;
  private final Process process;
  private final Path log;

  private RunningProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /// @param name of the log file, `target/logs/FORK/NAME.log`, to which all processes of that name
  ///   append
  /// @param environment added to this process' own
  static RunningProcess start(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    Path log = Fork.logs().resolve(name + ".log");
    Files.createDirectories(log.getParent());
    if (LOGS.add(log)) {
      // What an earlier run of the tests wrote must not be taken for this one's.
      Files.deleteIfExists(log);
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Exporters under test are told everything here, not by the developer's shell.
    builder.environment().keySet().removeIf(key -> key.startsWith("OTEL_"));
    builder.environment().putAll(environment);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    Process process = builder.start();
    ALIVE.add(process);
    return new RunningProcess(name, process, log);
  }

  /// Waits until the condition holds; fails with the end of the log when the process ends before.
  void awaitReady(Duration atMost, Patience.Assertion condition) throws Exception {
    Patience.await(
        atMost,
        () -> {
          if (!process.isAlive()) {
            throw new IllegalStateException(
                "%s ended with %d:\n%s".formatted(name, process.exitValue(), endOfLog()));
          }
          condition.check();
        });
  }

  /// Everything the process has written, and its predecessors of the same name.
  String log() throws IOException {
    return Files.readString(log);
  }

  String endOfLog() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// kill -9, and waits until it is gone.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    ALIVE.remove(process);
  }

  /// SIGTERM, and waits for the end.
  ///
  /// @return the exit code
  int terminate(Duration atMost) throws InterruptedException, IOException {
    process.destroy();
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
      throw new AssertionError(
          "%s did not end within %s of SIGTERM:\n%s".formatted(name, atMost, endOfLog()));
    }
    ALIVE.remove(process);
    return process.exitValue();
  }

  /// Waits for an end that nobody asked for.
  ///
  /// @return the exit code
  int await(Duration atMost) throws InterruptedException, IOException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
      throw new AssertionError("%s ran for more than %s:\n%s".formatted(name, atMost, endOfLog()));
    }
    ALIVE.remove(process);
    return process.exitValue();
  }

  /// Sends a signal that the JDK has no method for.
  ///
  /// @param signal its name without SIG
  void signal(String signal) throws IOException, InterruptedException {
    int code = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start().waitFor();
    if (code != 0) {
      throw new IOException("kill -" + signal + " ended with " + code);
    }
  }

  @Override
  public void close() {
    end(process);
    ALIVE.remove(process);
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
