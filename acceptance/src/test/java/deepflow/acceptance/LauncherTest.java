package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The launcher alone, with a Maven in place of the real one that does as it is told. What it says
/// of tests is the truth.
class LauncherTest {

  /// How it ended.
  private record Ended(int code, String words) {}

  private static final Duration BEGIN_MAX = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @Test
  void failsWhenATestFails() throws Exception {
    Ended ended = test(1, "tests=\"3\" errors=\"0\" skipped=\"0\" failures=\"1\"");

    assertThat(ended.words()).contains("2 passed, 1 failed, 0 skipped");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void passesWhenAllPass() throws Exception {
    Ended ended = test(0, "tests=\"3\" errors=\"0\" skipped=\"1\" failures=\"0\"");

    assertThat(ended.words()).contains("2 passed, 0 failed, 1 skipped");
    assertThat(ended.code()).isZero();
  }

  @Test
  void failsWhenNoTestRan() throws Exception {
    assertThat(test(0, "tests=\"0\" errors=\"0\" skipped=\"0\" failures=\"0\"").code())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void leavesNoBuildBehindWhenItIsInterrupted(String signal, int code) throws Exception {
    Path begun = folder.resolve("begun");
    // It takes its time to end, as Maven does, and hears of Ctrl-C only as a job that isn't in the
    // background does.
    String maven =
        """
        #!/usr/bin/env bash
        trap 'sleep 0.5; exit 1' TERM
        echo $$ > '%s.new' && mv '%s.new' '%s'
        for _ in {1..300}; do sleep 0.1; done
        """
            .formatted(begun, begun, begun);
    // Whoever runs these tests in the background has SIGINT ignored for all that they start.
    Process launcher =
        launcher(maven, "env", "--default-signal=INT", launcher().toString(), "build").start();
    Patience.await(BEGIN_MAX, "the build has begun", () -> Files.exists(begun));
    long build = Long.parseLong(Files.readString(begun).strip());

    new ProcessBuilder("kill", "-" + signal, Long.toString(launcher.pid())).start().waitFor();

    assertThat(launcher.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isEqualTo(code);
    assertThat(ProcessHandle.of(build)).as("the build").isEmpty();
  }

  @Test
  void needsNoHome() throws Exception {
    ProcessBuilder builder = launcher("", launcher().toString(), "help");
    builder.environment().keySet().removeAll(List.of("HOME", "XDG_DATA_HOME"));

    Ended ended = ended(builder.start());

    assertThat(ended.words()).startsWith("Usage: ./deepflow");
    assertThat(ended.code()).isZero();
  }

  private Ended test(int mavenEndsWith, String counts) throws Exception {
    Path reports = folder.resolve("target/surefire-reports");
    String maven =
        """
        #!/usr/bin/env bash
        mkdir -p '%s'
        printf '%%s\\n' '<testsuite name="x" %s>' > '%s/TEST-x.xml'
        echo '[INFO] Tests run: 3'
        exit %s
        """
            .formatted(reports, counts, reports, Integer.toString(mavenEndsWith));
    return ended(launcher(maven, launcher().toString(), "test").start());
  }

  private static Ended ended(Process process) throws Exception {
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Ended(process.exitValue(), words);
  }

  private Path launcher() {
    return folder.resolve("deepflow");
  }

  /// A launcher by itself, that finds this Maven.
  private ProcessBuilder launcher(String maven, String... command) throws Exception {
    Files.copy(Programs.launcher(), launcher());
    write(folder.resolve("bin/mvn"), maven);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("DEEPFLOW_PREBUILT"); // this folder isn't
    builder
        .environment()
        .merge(
            "PATH", folder.resolve("bin").toString(), (old, own) -> own + File.pathSeparator + old);
    return builder;
  }

  private static void write(Path program, String text) throws Exception {
    Files.createDirectories(program.getParent());
    Files.writeString(program, text);
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }
}
