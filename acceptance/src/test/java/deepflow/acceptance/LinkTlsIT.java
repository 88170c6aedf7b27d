package deepflow.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import deepflow.wire.tls.TestCertificates;
import deepflow.wire.tls.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Agent and server with certificates.
class LinkTlsIT {
  @Test
  void deliversEverySpanWhileCertificatesAreRenewed(
      @TempDir Path files, @TempDir Path agentData, @TempDir Path serverData) throws Exception {
    TestCertificates certificates = new TestCertificates(files, "authority");
    TlsFiles ofServer = certificates.end("server");
    TlsFiles ofAgent = certificates.end("agent");
    String authorities = certificates.authorities().toString();
    SpanMill mill = LoadOn.mill("link-tls");
    try (DeepFlow server =
            DeepFlow.server(
                    serverData,
                    "--ingest-tls-cert",
                    text(ofServer.certificate()),
                    "--ingest-tls-key",
                    text(ofServer.key()),
                    "--ingest-tls-client-ca",
                    authorities)
                .start();
        DeepFlow agent =
            DeepFlow.agent(
                    agentData,
                    server.address().ingest(),
                    "--link-tls-ca",
                    authorities,
                    "--link-tls-cert",
                    text(ofAgent.certificate()),
                    "--link-tls-key",
                    text(ofAgent.key()))
                .start();
        LoadRun run = LoadOn.start(agent.address(), mill, 10_000)) {
      LoadOn.awaitProgress(run, 20);
      certificates.end("server");
      certificates.end("agent");
      server.stop();
      server.start();
      LoadOn.awaitProgress(run, 20);

      LoadReport report = run.stop(Duration.ofSeconds(30));
      assertThat(report.refusals()).isEmpty();
      new ExactlyOnce(new ServerClient(server.address()), mill, run.accepted())
          .check(Duration.ofSeconds(60), 20);
      agent.stop();
    }
  }

  private static String text(@Nullable Path file) {
    return requireNonNull(file).toString();
  }
}
