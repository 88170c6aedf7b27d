package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./deepflow test` tells the truth, with a Maven in place of the real one that ends as it is
/// told.
class LauncherTest {

  /// How it ended.
  private record Ended(int code, String words) {}

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

  private Ended test(int mavenEndsWith, String counts) throws Exception {
    Path launcher = folder.resolve("deepflow");
    Files.copy(Programs.launcher(), launcher);
    Path reports = folder.resolve("target/surefire-reports");
    write(
        folder.resolve("bin/mvn"),
        """
        #!/usr/bin/env bash
        mkdir -p '%s'
        printf '%%s\\n' '<testsuite name="x" %s>' > '%s/TEST-x.xml'
        echo '[INFO] Tests run: 3'
        exit %s
        """
            .formatted(reports, counts, reports, Integer.toString(mavenEndsWith)));
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString(), "test").redirectErrorStream(true);
    builder
        .environment()
        .merge(
            "PATH", folder.resolve("bin").toString(), (old, own) -> own + File.pathSeparator + old);
    Process process = builder.start();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Ended(process.exitValue(), words);
  }

  private static void write(Path program, String text) throws Exception {
    Files.createDirectories(program.getParent());
    Files.writeString(program, text);
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }
}
