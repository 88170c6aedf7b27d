package deepflow.agent.forward;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.QueueConfig;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.tls.TestCertificates;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LinkTlsTest {
  private final long seed = Long.getLong("tests.seed", System.nanoTime());
  private final Random random = new Random(seed);
  @TempDir Path directory;
  private TestCertificates certificates;
  private TlsFiles agent;
  private TestServer server;
  private TlsFront front;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory.resolve("tls"), "authority");
    agent = certificates.end("agent");
    server = new TestServer();
    front = front(certificates.end("server"));
  }

  private TlsFront front(TlsFiles files) throws IOException {
    return new TlsFront(TlsContext.open(files, System::nanoTime, _ -> {}), server.address());
  }

  @AfterEach
  void stop() throws Exception {
    front.close();
    server.close();
  }

  @Test
  void sendsEverythingOnceOverConnectionsThatAreCutAnywhere() throws Exception {
    server.cut = () -> 1_000 + random.nextInt(200_000);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    QueueConfig sizes = QueueConfig.ofCapacity(64 << 20);
    try (DurableQueue queue =
            DurableQueue.open(directory.resolve("queue"), sizes, Clock.systemUTC(), registry);
        Forwarder _ =
            Forwarder.start(queue, config(front.address(), agent, ""), random, registry)) {
      for (int i = 0; i < 60; i++) {
        byte[] noise = new byte[random.nextInt(60_000)];
        random.nextBytes(noise);
        byte[] request = (i + " " + new String(noise, ISO_8859_1)).getBytes(ISO_8859_1);
        queue
            .offer(
                new Entry(
                    request, 0, request.length, 1, null, new byte[0], 0, new Hash128(i, ~(long) i)))
            .join();
      }
      server.cut = () -> Long.MAX_VALUE;

      while (server.delivered().size() < 60) {
        Thread.sleep(5);
      }
    }
    assertThat(registry.get("deepflow.agent.forward.certificate.remaining.seconds").gauge().value())
        .isBetween(22.9 * 3600, 23.0 * 3600);
    assertThat(server.delivered().values()).as("seed %s", seed).containsOnly(1);
    assertThat(server.complaints).as("seed %s", seed).isEmpty();
  }

  @Test
  void saysWhenTheServerSpeaksTls() throws Exception {
    assertThat(problem(front.address(), TlsFiles.NONE, ""))
        .isEqualTo("the server speaks TLS: with --link-tls-ca this agent does too");
  }

  @Test
  void saysWhenTheServerDoesNotSpeakTls() throws Exception {
    assertThat(problem(server.address(), agent, ""))
        .startsWith("the server doesn't answer in TLS 1.3: give it --ingest-tls-cert");
  }

  @Test
  void saysWhenTheCertificateIsForAnotherName() throws Exception {
    assertThat(problem(front.address(), agent, "elsewhere"))
        .startsWith("the server's certificate is not for 'elsewhere': --link-tls-server-name");
    front.close();
    front = front(certificates.end("other", "EC", "elsewhere", Duration.ofDays(1)));
    assertThat(problem(front.address(), agent, ""))
        .startsWith("the server's certificate is not for 'localhost': --link-tls-server-name");
    greet(front.address(), agent, "elsewhere");
  }

  @Test
  void saysWhenTheCertificateHasExpired() throws Exception {
    front.close();
    front = front(certificates.end("expired", "EC", "localhost", Duration.ofMinutes(1)));
    assertThat(problem(front.address(), agent, ""))
        .startsWith("the server's certificate has expired or is not yet valid: renew it");
  }

  @Test
  void saysWhenNobodyItTrustsSignedTheCertificate() throws Exception {
    TestCertificates stranger = new TestCertificates(directory.resolve("tls"), "stranger");
    assertThat(problem(front.address(), stranger.end("stranger"), ""))
        .startsWith("no certificate in the file of --link-tls-ca stands for the server's");
  }

  @Test
  void saysWhenTheServerWantsAnotherCertificate() throws Exception {
    TlsFiles none = new TlsFiles(certificates.authorities(), null, null);
    assertThat(problem(front.address(), none, "")).contains("--link-tls-cert and --link-tls-key");
    TlsFiles stranger = new TestCertificates(directory.resolve("tls"), "stranger").end("stranger");
    TlsFiles other =
        new TlsFiles(certificates.authorities(), stranger.certificate(), stranger.key());
    assertThat(problem(front.address(), other, "")).contains("--link-tls-cert and --link-tls-key");
  }

  @Test
  void saysWhichSettingsGoTogether() throws Exception {
    assertThat(LinkConfig.DEFAULT.openTls()).isNull();
    assertUnusable(new TlsFiles(agent.authorities(), agent.certificate(), null), "go together");
    assertUnusable(new TlsFiles(null, agent.certificate(), agent.key()), "needs --link-tls-ca");
    assertUnusable(new TlsFiles(directory.resolve("none"), null, null), "none can't be read");
    assertThatThrownBy(() -> link(TlsFiles.NONE, "server").openTls())
        .hasMessageContaining("needs --link-tls-ca");
  }

  private static void assertUnusable(TlsFiles files, String sentence) {
    assertThatThrownBy(() -> link(files, "").openTls())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(sentence);
  }

  private static String problem(ServerAddress address, TlsFiles files, String name) {
    Throwable problem = catchThrowable(() -> greet(address, files, name));
    assertThat(problem).isInstanceOf(LinkException.class);
    return String.valueOf(problem.getMessage());
  }

  private static void greet(ServerAddress address, TlsFiles files, String name) throws Exception {
    Bandwidth bandwidth = new Bandwidth(Bandwidth.UNLIMITED, System::nanoTime);
    try (Link link = Link.open(address, config(address, files, name), bandwidth, (_, _) -> {})) {
      ((AcknowledgedLink) link).greet(new LinkMessage.Hello(1, new Identity(1, 2), 1, 1, "{}"));
    }
  }

  private static ForwardConfig config(ServerAddress address, TlsFiles files, String name)
      throws IOException {
    LinkConfig link = link(files, name);
    return new ForwardConfig(
        List.of(address),
        link,
        link.openTls(),
        "{}",
        1 << 20,
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofMillis(5),
        Duration.ofMillis(50),
        Duration.ofMillis(50));
  }

  private static LinkConfig link(TlsFiles files, String name) {
    return new LinkConfig(LinkProtocol.ACKNOWLEDGED, 0, Bandwidth.UNLIMITED, files, name);
  }
}
