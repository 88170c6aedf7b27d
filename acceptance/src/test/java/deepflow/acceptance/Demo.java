package deepflow.acceptance;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `./deepflow demo` as a process, with the shop's services as its children.
final class Demo implements AutoCloseable {
  // The first run on a machine installs what pip and npm have to.
  private static final Duration OPEN_MAX = Duration.ofMinutes(5);
  private static final Pattern WITHOUT = Pattern.compile("(?m)^without .*$");
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final RunningProcess process;

  private Demo(RunningProcess process) {
    this.process = process;
  }

  /// Starts a demo.
  ///
  /// @param otlp where it sends
  static Demo start(URI otlp, Path data, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("--otlp", otlp.toString(), "--data", data.toString()));
    arguments.addAll(List.of(more));
    return new Demo(
        RunningProcess.start(
            "demo-" + COUNTER.incrementAndGet(),
            Programs.command("demo", arguments),
            Programs.environment()));
  }

  /// Waits until customers come; skips the test when a part of the shop can't be had here.
  Demo awaitOpen() throws Exception {
    process.awaitReady(
        OPEN_MAX,
        () -> {
          if (!process.log().contains("The shop is open.")) {
            throw new AssertionError("the shop is not open");
          }
        });
    Matcher without = WITHOUT.matcher(process.log());
    if (without.find()) {
      RealParts.skip("the demo runs " + without.group());
    }
    return this;
  }

  RunningProcess process() {
    return process;
  }

  /// The processes that it has started.
  List<ProcessHandle> children() {
    return ProcessHandle.of(process.pid()).orElseThrow().descendants().toList();
  }

  @Override
  public void close() {
    process.close();
  }
}
