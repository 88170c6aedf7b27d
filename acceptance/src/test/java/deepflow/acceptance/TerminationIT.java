package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SIGTERM in the middle of load or of the start: an orderly end each time, and nothing
/// acknowledged is lost.
class TerminationIT {
  private static final int TIMES = Tier.times(3, 20);
  private static final Duration START_MAX = Duration.ofSeconds(60);

  /// A start from its first file until it is ready.
  private static final int START_MILLIS = 1_500;

  @Test
  void endsWithZeroAndLosesNothingOnSigtermUnderLoad(@TempDir Path data) throws Exception {
    SpanMill mill = LoadOn.mill("sigterm");
    Random random = Tier.random("sigterm");
    try (DeepFlow up = DeepFlow.up(data).start();
        LoadRun run = LoadOn.start(up.address(), mill, 20_000)) {
      for (int i = 0; i < TIMES; i++) {
        LoadOn.awaitProgress(run, random.nextInt(10, 80));
        up.stop();
        up.start();
      }
      LoadReport report = run.stop(Duration.ofSeconds(60));
      Report.say("SIGTERM run", TIMES + " times: " + report);
      assertThat(report.refusals()).isEmpty();
      assertThat(report.unanswered()).isZero();
      new ExactlyOnce(new ServerClient(up.address()), mill, run.accepted())
          .check(Duration.ofSeconds(60), 20);
      up.stop();
      StoredTables.check(data, mill, run.acceptedRequests());
    }
    assertThat(crashReports()).isEmpty();
  }

  @Test
  void endsWithZeroOnSigtermWhileItMakesItsTables(@TempDir Path data) throws Exception {
    for (DeepFlow starting : List.of(DeepFlow.up(data), DeepFlow.server(data.resolve("alone")))) {
      try (starting) {
        RunningProcess process = starting.begin();
        process.awaitReady(START_MAX, () -> assertThat(process.log()).contains("applying schema"));
        starting.stop();
      }
    }
    assertThat(crashReports()).isEmpty();
  }

  @Test
  void endsWithZeroOnSigtermAtAnyMomentOfItsStart(@TempDir Path data) throws Exception {
    Random random = Tier.random("sigterm-start");
    for (int i = 0; i < TIMES; i++) {
      Path own = data.resolve(Integer.toString(i));
      try (DeepFlow up = DeepFlow.up(own)) {
        up.begin().awaitReady(START_MAX, () -> assertThat(own.resolve("server")).exists());
        Thread.sleep(random.nextInt(START_MILLIS));
        up.stop();
        up.start().stop();
      }
    }
    assertThat(crashReports()).isEmpty();
  }

  @Test
  void leavesNothingInTheTemporaryDirectoryWhenItIsKilled(
      @TempDir Path data, @TempDir Path temporary) throws Exception {
    try (DeepFlow up = DeepFlow.up(data).withTemporaryDirectory(temporary).start()) {
      Telemetrygen.overGrpc("temporary", up.address().otlpGrpc(), 2);
      up.kill();
    }

    try (Stream<Path> files = Files.list(temporary)) {
      assertThat(files).isEmpty();
    }
  }

  private static Stream<Path> crashReports() throws Exception {
    try (Stream<Path> files = Files.list(Path.of(""))) {
      return files.filter(file -> file.toString().startsWith("hs_err")).toList().stream();
    }
  }
}
