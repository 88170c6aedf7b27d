package deepflow.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AboutTest {

  /// Also where no resolver knows it.
  @Test
  void theHostIsWhatTheMachineCallsItself() throws Exception {
    Process uname = new ProcessBuilder("uname", "-n").start();
    String name = new String(uname.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

    assertThat(About.json(List.of())).contains("\"host\":\"%s\"".formatted(name));
  }
}
