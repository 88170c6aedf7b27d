package deepflow.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.tls.TestCertificates;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real collector with a certificate of its own sends over TLS to an agent that wants one, by
/// gRPC and by HTTP.
class CollectorTlsIT {
  private static final Collector.Address COLLECTOR = Collector.Address.free();

  @Test
  void carriesEverySpanOnceOverMutualTls(@TempDir Path files, @TempDir Path data) throws Exception {
    RealParts.collector();
    TestCertificates certificates = new TestCertificates(files, "authority");
    TlsFiles ofAgent = certificates.end("agent");
    TlsFiles ofCollector = certificates.end("collector");
    try (DeepFlow up =
            DeepFlow.up(
                    data,
                    "--tls-cert",
                    text(ofAgent.certificate()),
                    "--tls-key",
                    text(ofAgent.key()),
                    "--tls-client-ca",
                    text(certificates.authorities()))
                .withAgentTls(TlsContext.open(ofCollector, System::nanoTime, _ -> {}).current())
                .start();
        Collector collector =
            Collector.start(
                "collector-tls.yaml", COLLECTOR, up.address().agent(), environment(ofCollector))) {
      Telemetrygen.overGrpc("by-grpc", COLLECTOR.grpc(), 30);
      Telemetrygen.overHttp("by-http", COLLECTOR.http(), "/v1/traces", 30);
      collector.stop();

      ServerClient server = new ServerClient(up.address());
      for (String service : List.of("by-grpc", "by-http")) {
        Patience.await(
            Duration.ofSeconds(15), () -> assertThat(spans(server, service)).isEqualTo(90));
      }
      assertThat(collector.log()).doesNotContain("Exporting failed", "Dropping data");
      up.stop();
    }
  }

  private static long spans(ServerClient server, String service) throws Exception {
    return server.number(
        "SELECT Count(row) AS n FROM l7_flow_log WHERE app_service = '" + service + "'");
  }

  private static Map<String, String> environment(TlsFiles collector) {
    return Map.of(
        "AUTHORITIES", text(collector.authorities()),
        "CERTIFICATE", text(collector.certificate()),
        "KEY", text(collector.key()));
  }

  private static String text(@Nullable Path file) {
    return requireNonNull(file).toString();
  }
}
