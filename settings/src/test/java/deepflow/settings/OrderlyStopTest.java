package deepflow.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// With a program as a process of its own, since what is shown is the process' end.
class OrderlyStopTest {
  private static final int NOT_WAITED_SECONDS = 30;

  @Test
  void aProgramThatIsStillStartingIsClosedWhenItHasStarted() throws Exception {
    Process program = start("starts");
    String said = told(program);

    assertThat(said).isEqualTo("starting\nclosed\n");
    assertThat(program.exitValue()).isZero();
  }

  @Test
  void whatCannotBeClosedHasStoppedAllTheSame() throws Exception {
    Process program = start("can't be closed");
    String said = told(program);

    assertThat(said).contains("the end was not in order");
    assertThat(program.exitValue()).isZero();
  }

  @Test
  void nobodyWaitsForAStartThatHasFailed() throws Exception {
    Process program = start("fails");

    assertThat(program.waitFor(NOT_WAITED_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(1);
  }

  private static Process start(String what) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            SlowProgram.class.getName(),
            what)
        .redirectErrorStream(true)
        .start();
  }

  /// What it says when it is told to stop as soon as it starts.
  private static String told(Process program) throws Exception {
    var reader = program.inputReader();
    String first = reader.readLine();
    program.toHandle().destroy(); // Process.destroy would close the reader
    List<String> rest = reader.readAllLines();
    assertThat(program.waitFor(NOT_WAITED_SECONDS, TimeUnit.SECONDS)).isTrue();
    return first + "\n" + String.join("\n", rest) + "\n";
  }
}
