package deepflow.wire.tls;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.assertj.core.api.AbstractStringAssert;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [TlsContext] and [TlsChannel], over real sockets.
@Timeout(60)
class TlsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  @TempDir Path directory;
  private final List<String> complaints = new ArrayList<>();
  private final List<SocketChannel> sockets = new ArrayList<>();
  private long now;
  private TestCertificates certificates;

  /// @param client the client's end
  /// @param server the other one
  private record Ends(TlsChannel client, TlsChannel server) {}

  @BeforeEach
  void makeAuthority() throws Exception {
    certificates = new TestCertificates(directory, "authority");
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel socket : sockets) {
      socket.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void carriesBytesBothWaysAtOnce(String algorithm) throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    TlsFiles files = certificates.end("server", algorithm, "localhost", Duration.ofDays(1));
    Ends ends = connect(files, certificates.end("client"), "127.0.0.1");
    byte[] there = new byte[3_000_001];
    byte[] back = new byte[1_000_003];
    new Random(seed).nextBytes(there);
    new Random(seed + 1).nextBytes(back);

    CompletableFuture<byte[]> received = async(() -> read(ends.server, there.length));
    CompletableFuture<byte[]> answered = async(() -> write(ends.server, back));
    CompletableFuture<byte[]> sent = async(() -> write(ends.client, there));

    assertThat(read(ends.client, back.length)).as("seed %s", seed).isEqualTo(back);
    assertThat(received.join()).as("seed %s", seed).isEqualTo(there);
    CompletableFuture.allOf(answered, sent).join();
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC"})
  void takesKeysAsOtherToolsWriteThem(String algorithm) throws Exception {
    TlsFiles files = certificates.end("server", algorithm, "localhost", Duration.ofDays(1));
    Path key = requireNonNull(files.key());
    String pkcs8 = Files.readString(key).replaceAll("-----[A-Z ]+-----|\\s", "");
    TestCertificates.write(key, PrivateKeyInfo.getInstance(Base64.getDecoder().decode(pkcs8)));
    assertThat(key).content().contains("BEGIN " + algorithm + " PRIVATE KEY");

    connect(files, certificates.end("client"), "localhost");
  }

  @Test
  void refusesAServerThatIsNotWhoItShouldBe() throws Exception {
    TlsFiles client = certificates.end("client");
    TlsFiles server = certificates.end("server", "EC", "elsewhere", Duration.ofDays(1));
    assertThatThrownBy(() -> connect(server, client, "localhost"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("localhost");

    TlsFiles stranger = new TestCertificates(directory, "stranger").end("stranger");
    assertThatThrownBy(() -> connect(stranger, client, "localhost"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("PKIX path");

    TlsFiles expired = certificates.end("expired", "EC", "localhost", Duration.ofMinutes(1));
    assertThatThrownBy(() -> connect(expired, client, "localhost"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("validity check failed");
  }

  @Test
  void refusesAClientWithoutACertificateOfTheRightAuthority() throws Exception {
    TlsFiles server = certificates.end("server");
    TlsFiles nobody = new TlsFiles(certificates.authorities(), null, null);
    assertThatThrownBy(() -> read(connect(server, nobody, "localhost").client, 1))
        .isInstanceOf(SSLException.class);

    TlsFiles stranger = new TestCertificates(directory, "stranger").end("stranger");
    TlsFiles pretender =
        new TlsFiles(certificates.authorities(), stranger.certificate(), stranger.key());
    assertThatThrownBy(() -> read(connect(server, pretender, "localhost").client, 1))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void takesRenewedFilesForTheNextConnection() throws Exception {
    TlsFiles files = certificates.end("server", "EC", "old", Duration.ofDays(1));
    TlsContext server = open(files);
    TlsContext client = open(certificates.end("client"));
    connect(server, client, "old");

    certificates.end("server", "RSA", "renewed", Duration.ofDays(1));

    connect(server, client, "renewed");
    assertThat(complaints).isEmpty();
    assertThat(server.current()).isSameAs(server.current());
    assertThat(server.credentials()).isEqualTo(server.credentials());
    assertThat(server.credentials().chain()).hasSize(1);
    assertThat(server.credentials().authorities()).hasSize(1);
  }

  @Test
  void keepsTheOldFilesWhileTheNewOnesCannotBeUsedAndComplainsOnceAMinute() throws Exception {
    TlsFiles files = certificates.end("server", "EC", "old", Duration.ofDays(1));
    TlsContext server = open(files);
    TlsContext client = open(certificates.end("client"));
    TlsFiles renewed = certificates.end("new", "EC", "renewed", Duration.ofDays(1));

    replace(renewed.certificate(), files.certificate());
    connect(server, client, "old");
    connect(server, client, "old");
    assertThat(complaints)
        .containsExactly(
            "%s is not the key of %s: the certificates read before stay in force"
                .formatted(files.key(), files.certificate()));
    now += MINUTE;
    Files.delete(requireNonNull(files.key()));
    connect(server, client, "old");
    assertThat(complaints).hasSize(2).last().asString().contains("server.key can't be read");

    replace(renewed.key(), files.key());
    connect(server, client, "renewed");
    assertThat(complaints).hasSize(2);
  }

  @Test
  void keepsAValidCertificateWhileTheNewOneHasExpired() throws Exception {
    TlsFiles files = certificates.end("server", "EC", "old", Duration.ofDays(1));
    TlsContext server = open(files);
    TlsContext client = open(certificates.end("client"));

    certificates.end("server", "RSA", "expired", Duration.ofMinutes(1));

    connect(server, client, "old");
    assertThat(complaints).singleElement().asString().contains("server.pem", "valid from");
    certificates.end("server", "EC", "renewed", Duration.ofDays(1));
    connect(server, client, "renewed");
    assertThat(complaints).hasSize(1);
  }

  @Test
  void beginsWithACertificateThatHasExpiredButSaysSo() throws Exception {
    TlsFiles expired = certificates.end("server", "EC", "expired", Duration.ofMinutes(1));

    TlsContext server = open(expired);

    assertThat(complaints).singleElement().asString().contains("server.pem", "valid from");
    certificates.end("server", "EC", "renewed", Duration.ofDays(1));
    connect(server, open(certificates.end("client")), "renewed");
  }

  @Test
  void knowsHowLongTheCertificateInTheFileLasts() throws Exception {
    TlsFiles files = certificates.end("server", "EC", "old", Duration.ofHours(2));
    TlsContext server = open(files);
    assertThat(server.remaining()).isBetween(Duration.ofMinutes(58), Duration.ofHours(1));

    certificates.end("server", "RSA", "renewed", Duration.ofDays(2));
    assertThat(server.remaining()).isBetween(Duration.ofHours(46), Duration.ofHours(47));
    assertThat(open(new TlsFiles(certificates.authorities(), null, null)).remaining()).isNull();
  }

  @Test
  void saysWhichFileIsWrongAndNeverWhatIsInIt() throws Exception {
    TlsFiles good = certificates.end("server");
    Path key = requireNonNull(good.key());
    String secret = Files.readString(key).lines().skip(1).findFirst().orElseThrow();

    assertProblem(new TlsFiles(null, key, key), "server.key holds no certificate in PEM");
    assertProblem(
        new TlsFiles(null, good.certificate(), good.certificate()),
        "server.pem holds no private key in PEM");
    assertProblem(new TlsFiles(directory.resolve("none"), null, null), "none can't be read");
    Files.writeString(
        key, "-----BEGIN PRIVATE KEY-----\n%s=\n-----END PRIVATE KEY-----".formatted(secret));
    assertProblem(good, "server.key").doesNotContain(secret);
    Files.writeString(
        key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----");
    assertProblem(good, "server.key is encrypted: a key must be without a passphrase");
    TestCertificates.write(key, KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate());
    assertProblem(good, "server.key is no key for a certificate of EC");
  }

  private AbstractStringAssert<?> assertProblem(TlsFiles files, String sentence) {
    String message = catchThrowable(() -> open(files)).getMessage();
    return assertThat(message).contains(sentence);
  }

  private TlsContext open(TlsFiles files) throws IOException {
    return TlsContext.open(files, () -> now, complaints::add);
  }

  private Ends connect(TlsFiles server, TlsFiles client, String name) throws Exception {
    return connect(open(server), open(client), name);
  }

  /// A connection on which the server has said a byte, so that both ends of the handshake are done.
  private Ends connect(TlsContext server, TlsContext client, String name) throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      SocketChannel near = SocketChannel.open(listener.getLocalAddress());
      SocketChannel far = listener.accept();
      sockets.addAll(List.of(near, far));
      CompletableFuture<TlsChannel> accepted =
          async(() -> {
            TlsChannel end = TlsChannel.server(far, server.current(), new byte[0], true);
            try {
              write(end, new byte[1]);
            } catch (IOException refused) {
              far.close();
            }
            return end;
          });
      TlsChannel end = TlsChannel.client(near, client.current(), name, TIMEOUT);
      read(end, 1);
      return new Ends(end, accepted.join());
    }
  }

  @FunctionalInterface
  private interface Work<T> {
    T run() throws IOException;
  }

  private static <T> CompletableFuture<T> async(Work<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            done.complete(work.run());
          } catch (IOException | RuntimeException failed) {
            done.completeExceptionally(failed);
          }
        });
    return done;
  }

  private static byte[] read(TlsChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // until all is there
    }
    assertThat(bytes.hasRemaining()).isFalse();
    return bytes.array();
  }

  /// From where a batch lies: off the heap and behind a header.
  private static byte[] write(TlsChannel channel, byte[] bytes) throws IOException {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    int half = bytes.length / 2;
    ByteBuffer[] parts = {
      direct.slice(0, half).asReadOnlyBuffer(), direct.slice(half, bytes.length - half)
    };
    assertThat(channel.write(parts)).isEqualTo(bytes.length);
    assertThat(parts).allMatch(part -> !part.hasRemaining());
    return bytes;
  }

  private static void replace(@Nullable Path by, @Nullable Path file) throws IOException {
    Files.copy(requireNonNull(by), requireNonNull(file), REPLACE_EXISTING);
    Files.setLastModifiedTime(
        requireNonNull(file), FileTime.fromMillis(System.currentTimeMillis() + 5_000));
  }
}
