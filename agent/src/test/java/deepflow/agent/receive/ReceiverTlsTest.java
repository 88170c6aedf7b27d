package deepflow.agent.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.SessionProtocol;
import deepflow.wire.tls.TestCertificates;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The receiver with a certificate, over real sockets.
@Timeout(60)
class ReceiverTlsTest {
  private static final byte[] SPANS = Requests.spans(3).toByteArray();
  private static final MediaType PROTOBUF = MediaType.parse("application/x-protobuf");
  private static final MediaType GRPC = MediaType.parse("application/grpc");
  private static final byte[] READY =
      "GET /ready HTTP/1.1\r\nhost: agent\r\n\r\n".getBytes(US_ASCII);

  @TempDir Path directory;
  private TestCertificates certificates;

  /// Shows senders a certificate, and wants none of them.
  private TlsFiles shown;

  /// Trusts the authority, and has no certificate.
  private TlsFiles sender;

  @BeforeEach
  void makeCertificates() throws Exception {
    certificates = new TestCertificates(directory, "authority");
    TlsFiles files = certificates.end("agent");
    shown = new TlsFiles(null, files.certificate(), files.key());
    sender = new TlsFiles(certificates.authorities(), null, null);
  }

  @Test
  void speaksEveryProtocolOnEveryPort() throws Exception {
    try (ReceiverFixture agent = start(shown, false);
        ClientFactory clients = clients()) {
      for (ReceivePort port : agent.receiver.ports()) {
        for (SessionProtocol protocol :
            new SessionProtocol[] {SessionProtocol.H1, SessionProtocol.H2}) {
          WebClient client = client(clients, protocol, port.port());
          assertThat(post(client, "/v1/traces", PROTOBUF, SPANS).status().code()).isEqualTo(200);
          AggregatedHttpResponse grpc =
              post(client, TraceService.GRPC_EXPORT, GRPC, Requests.framed(false, SPANS));
          assertThat(grpc.trailers().get("grpc-status")).as("%s", protocol).isEqualTo("0");
        }
      }
      assertThat(agent.queue.entries).hasSize(8);
      assertThat(agent.queue.entries.getFirst().sender())
          .isEqualTo(InetAddress.ofLiteral("127.0.0.1"));
      assertThat(agent.receiver.endpoints())
          .containsExactlyElementsOf(
              agent.receiver.ports().stream().map(p -> "https://127.0.0.1:" + p.port()).toList());
    }
  }

  @Test
  void answersItsOperatorInTlsAndShowsHowLongTheCertificateLasts() throws Exception {
    try (ReceiverFixture agent = start(shown, false);
        ClientFactory clients = clients()) {
      WebClient client = client(clients, SessionProtocol.HTTPS, agent.port());

      assertThat(client.get("/ready").aggregate().join().contentUtf8()).isEqualTo("ready\n");
      assertThat(client.get("/live").aggregate().join().contentUtf8()).isEqualTo("live\n");
      String metrics = client.get("/metrics").aggregate().join().contentUtf8();
      assertThat(metrics.lines())
          .filteredOn(line -> line.startsWith("deepflow_agent_tls_certificate_remaining_seconds "))
          .singleElement()
          .satisfies(line ->
              assertThat(Double.parseDouble(line.split(" ", -1)[1]))
                  .isBetween(22 * 3600.0, 23 * 3600.0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void takesBothVersionsWithAKeyOfAnyKind(String version) throws Exception {
    for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
      TlsFiles files = certificates.end("agent", algorithm, "localhost", Duration.ofDays(1));
      try (ReceiverFixture agent =
          start(new TlsFiles(null, files.certificate(), files.key()), false)) {
        assertThat(ready(agent, sender, version)).as(algorithm).startsWith("HTTP/1.1 200 ");
      }
    }
  }

  /// Alert 70 is protocol_version, 40 handshake_failure.
  @ParameterizedTest
  @CsvSource({"0301, c02f, 70", "0302, c02f, 70", "0303, 002f, 40", "0303, c009, 40"})
  void refusesOlderVersionsAndCipherSuitesThatHttp2ForbidsWithAnAlert(
      String version, String cipherSuite, int alert) throws Exception {
    try (ReceiverFixture agent = start(shown, false);
        Socket socket = connect(agent)) {
      socket.getOutputStream().write(clientHello(hex(version), hex(cipherSuite)));
      byte[] answer = socket.getInputStream().readAllBytes();

      assertThat(answer).hasSize(7).startsWith(21);
      assertThat(answer[6]).isEqualTo((byte) alert);
      agent.awaitMetric("deepflow_agent_tls_failures_total{kind=\"version\"} 1.0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void takesOnlySendersWithACertificateOfTheAuthorityWhenTold(String version) throws Exception {
    TlsFiles mutual = certificates.end("agent");
    TlsFiles stranger = new TestCertificates(directory, "stranger").end("stranger");
    TlsFiles pretender =
        new TlsFiles(certificates.authorities(), stranger.certificate(), stranger.key());
    try (ReceiverFixture agent = start(mutual, false)) {
      assertThat(ready(agent, certificates.end("sender"), version)).startsWith("HTTP/1.1 200 ");
      assertThatThrownBy(() -> ready(agent, sender, version)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> ready(agent, pretender, version)).isInstanceOf(IOException.class);
      agent.awaitMetric("deepflow_agent_tls_failures_total{kind=\"client_certificate\"} 2.0");
    }
  }

  @Test
  void asksForCertificatesOfTheRenewedAuthority() throws Exception {
    TestCertificates next = new TestCertificates(directory, "next");
    TlsFiles old = certificates.end("sender");
    TlsFiles renewed = next.end("renewed");
    TlsFiles ofNext =
        new TlsFiles(certificates.authorities(), renewed.certificate(), renewed.key());
    Path authorities = Files.copy(certificates.authorities(), directory.resolve("senders.pem"));
    TlsFiles mutual = new TlsFiles(authorities, shown.certificate(), shown.key());
    try (ReceiverFixture agent = start(mutual, false)) {
      assertThat(ready(agent, old, "TLSv1.3")).startsWith("HTTP/1.1 200 ");

      Files.copy(next.authorities(), authorities, REPLACE_EXISTING);

      assertThat(ready(agent, ofNext, "TLSv1.3")).startsWith("HTTP/1.1 200 ");
      assertThatThrownBy(() -> ready(agent, old, "TLSv1.3")).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void showsARenewedCertificateToTheNextConnectionAndKeepsTheOldOnes(boolean cleartext)
      throws Exception {
    TlsFiles files = certificates.end("agent", "EC", "old", Duration.ofDays(1));
    try (ReceiverFixture agent =
            start(new TlsFiles(null, files.certificate(), files.key()), cleartext);
        SSLSocket before = handshake(agent, sender, "TLSv1.3")) {
      assertThat(subject(before)).isEqualTo("CN=old");

      certificates.end("agent", "RSA", "renewed", Duration.ofDays(1));

      try (SSLSocket after = handshake(agent, sender, "TLSv1.3")) {
        assertThat(subject(after)).isEqualTo("CN=renewed");
      }
      assertThat(exchange(before, READY)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void keepsTheOldCertificateWhileTheNewOneCannotBeUsed() throws Exception {
    TlsFiles files = certificates.end("agent", "EC", "old", Duration.ofDays(1));
    TlsFiles next = certificates.end("next", "EC", "renewed", Duration.ofDays(1));
    try (ReceiverFixture agent =
        start(new TlsFiles(null, files.certificate(), files.key()), false)) {
      Files.copy(path(next.certificate()), path(files.certificate()), REPLACE_EXISTING);
      assertThat(subjectOfNext(agent)).isEqualTo("CN=old");
      Files.writeString(path(files.key()), "-----BEGIN PRIVATE KEY-----");
      assertThat(subjectOfNext(agent)).isEqualTo("CN=old");
      certificates.end("agent", "EC", "expired", Duration.ofMinutes(1));
      assertThat(subjectOfNext(agent)).isEqualTo("CN=old");

      certificates.end("agent", "EC", "good", Duration.ofDays(2));
      assertThat(subjectOfNext(agent)).isEqualTo("CN=good");
    }
  }

  @Test
  void endsAConnectionWithoutTlsAtOnceAndCountsIt() throws Exception {
    try (ReceiverFixture agent = start(shown, false)) {
      for (byte[] request :
          new byte[][] {READY, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII)}) {
        try (Socket socket = connect(agent)) {
          assertThat(exchange(socket, request)).isEmpty();
        }
      }
      agent.awaitMetric("deepflow_agent_tls_failures_total{kind=\"cleartext\"} 2.0");
      assertThat(ready(agent, sender, "TLSv1.3")).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void takesCleartextBesideTlsWhenTold() throws Exception {
    try (ReceiverFixture agent = start(shown, true)) {
      agent.post("/v1/traces", PROTOBUF.toString(), SPANS);
      agent.grpc(Requests.framed(false, SPANS));
      assertThat(agent.queue.entries).hasSize(2);
      assertThat(ready(agent, sender, "TLSv1.3")).startsWith("HTTP/1.1 200 ");
      assertThat(agent.receiver.endpoints()).allMatch(endpoint -> endpoint.startsWith("https://"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void countsSendersThatDoNotAcceptItsCertificateAndThoseThatGoAway(boolean cleartext)
      throws Exception {
    TlsFiles elsewhere = new TestCertificates(directory, "elsewhere").end("elsewhere");
    try (ReceiverFixture agent = start(shown, cleartext)) {
      assertThatThrownBy(() -> ready(agent, elsewhere, "TLSv1.3")).isInstanceOf(SSLException.class);
      agent.awaitMetric("deepflow_agent_tls_failures_total{kind=\"server_certificate\"} 1.0");
      try (Socket socket = connect(agent)) {
        socket.getOutputStream().write(clientHello(hex("0303"), hex("c02b")));
        assertThat(socket.getInputStream().read()).isEqualTo(22);
      }
      agent.awaitMetric("deepflow_agent_tls_failures_total{kind=\"gone\"} 1.0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void refusesWhatCanBeReadInTwoWaysInTlsAndBesideIt(boolean cleartext) throws Exception {
    byte[] ambiguous =
        "POST /v1/traces HTTP/1.1\r\nhost: agent\r\ncontent-type: application/x-protobuf\r\ntransfer-encoding: identity, x\r\ncontent-length: 0\r\n\r\n"
            .getBytes(US_ASCII);
    try (ReceiverFixture agent = start(shown, true);
        Socket socket = cleartext ? connect(agent) : handshake(agent, sender, "TLSv1.3")) {
      assertThat(exchange(socket, ambiguous)).startsWith("HTTP/1.1 400 ");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cutsOffWhoNeverEndsAHandshakeOrARequestAndNobodyWhoIsIdle(boolean cleartext)
      throws Exception {
    ReceiverTls tls = new ReceiverTlsConfig(shown, cleartext).open();
    try (ReceiverFixture agent =
            new ReceiverFixture(ReceiverFixture.withTls(tls, Duration.ofMillis(300)));
        SSLSocket idle = handshake(agent, sender, "TLSv1.3");
        SSLSocket slow = handshake(agent, sender, "TLSv1.3");
        Socket handshaking = connect(agent)) {
      slow.getOutputStream().write(READY, 0, 20);
      handshaking.getOutputStream().write(clientHello(hex("0303"), hex("c02b")), 0, 50);

      ReceiverFixture.await(() -> agent.closed(SenderGuard.Reason.SLOW) == 2);
      assertThatThrownBy(() -> slow.getInputStream().read()).isInstanceOf(IOException.class);
      assertThat(exchange(idle, READY)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void saysWhichSettingsDoNotGoTogether() throws Exception {
    Path any = shown.certificate();
    assertProblem(new TlsFiles(null, any, null), false, "--tls-cert and --tls-key go together");
    assertProblem(new TlsFiles(null, null, any), false, "--tls-cert and --tls-key go together");
    assertProblem(new TlsFiles(any, null, null), false, "--tls-client-ca needs --tls-cert and");
    assertProblem(TlsFiles.NONE, true, "--tls-cleartext needs --tls-cert and --tls-key");
    assertProblem(
        new TlsFiles(directory.resolve("none.pem"), any, shown.key()),
        false,
        "none.pem can't be read");
    assertProblem(
        new TlsFiles(null, any, any), false, "agent.pem holds no private key in PEM: mend");
    assertThat(ReceiverTlsConfig.NONE.open()).isNull();
  }

  private static void assertProblem(TlsFiles files, boolean cleartext, String sentence) {
    assertThatThrownBy(() -> new ReceiverTlsConfig(files, cleartext).open())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(sentence);
  }

  private static ReceiverFixture start(TlsFiles files, boolean cleartext) throws Exception {
    return new ReceiverFixture(
        ReceiverFixture.withTls(
            new ReceiverTlsConfig(files, cleartext).open(), Duration.ofSeconds(20)));
  }

  private ClientFactory clients() {
    return ClientFactory.builder()
        .tlsCustomizer(tls -> tls.trustManager(certificates.authorities().toFile()))
        .build();
  }

  private static WebClient client(ClientFactory clients, SessionProtocol protocol, int port) {
    return WebClient.builder(protocol.uriText() + "://127.0.0.1:" + port).factory(clients).build();
  }

  private static AggregatedHttpResponse post(
      WebClient client, String path, MediaType type, byte[] body) {
    return client.execute(HttpRequest.of(HttpMethod.POST, path, type, body)).aggregate().join();
  }

  private static SSLSocket handshake(ReceiverFixture agent, TlsFiles sender, String version)
      throws IOException {
    SSLContext context = TlsContext.open(sender, System::nanoTime, _ -> {}).current();
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), agent.port());
    socket.setSoTimeout(20_000);
    socket.setEnabledProtocols(new String[] {version});
    socket.startHandshake();
    return socket;
  }

  /// What a sender of its own is answered to `/ready`.
  private static String ready(ReceiverFixture agent, TlsFiles sender, String version)
      throws IOException {
    try (SSLSocket socket = handshake(agent, sender, version)) {
      return exchange(socket, READY);
    }
  }

  private String subjectOfNext(ReceiverFixture agent) throws IOException {
    try (SSLSocket socket = handshake(agent, sender, "TLSv1.3")) {
      return subject(socket);
    }
  }

  private static String subject(SSLSocket socket) throws IOException {
    X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return certificate.getSubjectX500Principal().getName();
  }

  private static Socket connect(ReceiverFixture agent) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /// What comes until the end of the answer to `/ready`, or of the connection.
  private static String exchange(Socket socket, byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\nready\n") < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        break;
      }
      answer.append((char) next);
    }
    return answer.toString();
  }

  /// A handshake's first message, of a sender that knows one version and one cipher suite, and the
  /// extensions without which the JDK would refuse it for another reason.
  private static byte[] clientHello(byte[] version, byte[] cipherSuite) {
    byte[] extensions = hex("000a000400020017" + "000d0006000404030804");
    ByteBuffer hello = ByteBuffer.allocate(256);
    hello.put(version).put(new byte[32]).put((byte) 0);
    hello.putShort((short) 2).put(cipherSuite).put(new byte[] {1, 0});
    hello.putShort((short) extensions.length).put(extensions).flip();
    int length = hello.remaining();
    return ByteBuffer.allocate(9 + length)
        .put(hex("160301"))
        .putShort((short) (4 + length))
        .putInt(1 << 24 | length)
        .put(hello)
        .array();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static Path path(@Nullable Path file) {
    return requireNonNull(file);
  }
}
