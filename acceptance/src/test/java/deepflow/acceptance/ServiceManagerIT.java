package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What systemd hears of an agent that it has started with `Type=notify`.
class ServiceManagerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Stands where systemd does: prints what comes on the socket.
  private static final String SYSTEMD =
      """
      import socket, sys
      heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      heard.bind(sys.argv[1])
      print("listening", flush=True)
      while True:
          print(heard.recv(4096).decode(), flush=True)
      """;

  @Test
  void itIsToldWhenTheAgentTakesSpansAndWhenItStops(@TempDir Path folder) throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin/systemd-notify"))) {
      RealParts.skip("there is no systemd-notify: install Debian's package 'systemd'");
    }
    Path socket = folder.resolve("notify");
    try (RunningProcess systemd =
        RunningProcess.start(
            "systemd", List.of("python3", "-c", SYSTEMD, socket.toString()), Map.of())) {
      Patience.await(PATIENCE, "python3 listens", () -> systemd.log().contains("listening"));
      Map<String, String> environment = new HashMap<>(Programs.environment());
      environment.put("NOTIFY_SOCKET", socket.toString());
      List<String> command =
          Programs.command(
              "agent",
              List.of(
                  "--data",
                  folder.resolve("data").toString(),
                  "--agent-port",
                  "0",
                  "--otlp-grpc-port",
                  "0",
                  "--otlp-http-port",
                  "0"));
      try (RunningProcess agent = RunningProcess.start("notifying-agent", command, environment)) {
        Patience.await(PATIENCE, "it is told", () -> systemd.log().contains("READY=1"));
        assertThat(systemd.log()).contains("STATUS=Taking traces on http://127.0.0.1:");
        assertThat(agent.terminate(PATIENCE)).isZero();
      }
      Patience.await(PATIENCE, "it is told", () -> systemd.log().contains("STOPPING=1"));
    }
  }
}
