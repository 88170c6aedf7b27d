package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.tls.TestCertificates;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class IngestTlsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  @TempDir Path directory;
  private TestCertificates certificates;
  private Ingester ingester;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory, "authority");
    IngesterConfig config =
        IngesterConfig.at(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Duration.ofDays(3),
                directory.resolve("aside"))
            .withTls(open(certificates.end("server")));
    ingester =
        Ingester.start(
            config, engine.clickHouse(), LabelSnapshot::empty, registry, InstantSource.system());
  }

  @AfterEach
  void stop() {
    ingester.close();
  }

  @Test
  void storesAndAcknowledgesBatchesOfAnAgentWithTheRightCertificate() throws Exception {
    Identity agent = new Identity(9, 1);
    try (LinkAgent link =
        LinkAgent.connect(ingester.port(), agent, open(certificates.end("agent")))) {
      assertThat(link.greet(1)).isInstanceOf(LinkMessage.Welcome.class);
      for (long batch = 1; batch <= 20; batch++) {
        link.sendBatch(batch);
      }
      link.awaitCommitted(20);
    }
    assertThat(Counts.spansOfBatches(engine.clickHouse(), agent)).hasSize(20);
  }

  @Test
  void acknowledgesWhatItTookBeforeItCloses() throws Exception {
    Identity agent = new Identity(9, 2);
    try (LinkAgent link =
        LinkAgent.connect(ingester.port(), agent, open(certificates.end("agent")))) {
      assertThat(link.greet(1)).isInstanceOf(LinkMessage.Welcome.class);
      link.sendBatch(1);
      link.awaitCommitted(1);
      link.sendBatch(2);
      while (registry.get("deepflow.server.batches").tag("kind", "new").counter().count() < 2) {
        Thread.sleep(1);
      }
      ingester.close();
      link.awaitCommitted(2);
    }
  }

  @Test
  void tellsAnAgentWithoutTlsWhatToSet() throws Exception {
    try (LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(9, 3))) {
      assertThat(link.greet(1))
          .isInstanceOfSatisfying(
              LinkMessage.Refusal.class,
              refusal -> assertThat(refusal.reason()).contains("TLS", "--link-tls-ca"));
    }
    awaitRefused(1);
  }

  @Test
  void refusesAnAgentWithoutTheRightCertificate() throws Exception {
    TlsFiles none = new TlsFiles(certificates.authorities(), null, null);
    try (LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(9, 4), open(none))) {
      assertThatThrownBy(() -> link.greet(1)).isInstanceOf(IOException.class);
    }
    TlsFiles stranger = new TestCertificates(directory, "stranger").end("stranger");
    TlsFiles other =
        new TlsFiles(certificates.authorities(), stranger.certificate(), stranger.key());
    try (LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(9, 5), open(other))) {
      assertThatThrownBy(() -> link.greet(1)).isInstanceOf(IOException.class);
    }
    assertThat(ingester.agents()).noneMatch(status -> status.identity().endsWith("4"));
    awaitRefused(2);
  }

  @Test
  void showsHowLongItsCertificateLasts() {
    double seconds =
        registry.get("deepflow.server.link.certificate.remaining.seconds").gauge().value();
    assertThat(seconds).isBetween(22.9 * 3600, 23.0 * 3600);
  }

  private void awaitRefused(int count) throws InterruptedException {
    while (registry.get("deepflow.server.connections.refused").tag("kind", "tls").counter().count()
        < count) {
      Thread.sleep(1);
    }
  }

  private static TlsContext open(TlsFiles files) throws IOException {
    return TlsContext.open(files, System::nanoTime, _ -> {});
  }
}
