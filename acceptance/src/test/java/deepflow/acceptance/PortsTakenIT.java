package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A host on which the collector was there first and holds the standard ports.
class PortsTakenIT {
  @Test
  void servesOnTheRestAndNamesTheSettingWhenTheCollectorHolds4317And4318(@TempDir Path data)
      throws Exception {
    Collector.Address standard = new Collector.Address(4317, 4318, Ports.free());
    try (DeepFlow up = DeepFlow.upOnStandardOtlpPorts(data);
        Collector _ = Collector.start("collector-otlphttp.yaml", standard, up.address().agent())) {
      up.start();

      String said = up.process().log();
      assertThat(said).contains("4317", "--otlp-grpc-port", "4318", "--otlp-http-port");

      // The way that such a host is meant to work: SDK → collector on the standard port → agent.
      Telemetrygen.overGrpc("behind-the-collector", 4317, 5);
      ServerClient server = new ServerClient(up.address());
      String count =
          "SELECT Count(row) AS n FROM l7_flow_log WHERE app_service = 'behind-the-collector'";
      Patience.await(Duration.ofSeconds(15), () -> assertThat(server.number(count)).isEqualTo(15));
      up.stop();
    }
  }
}
