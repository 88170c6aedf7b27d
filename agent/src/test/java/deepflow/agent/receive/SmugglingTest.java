package deepflow.agent.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/1.1 that two readers could take for two different things: it is refused, its connection is
/// closed, and what could be a second request is never looked at (RFC 9112, 6.3 and 11.2).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class SmugglingTest {
  private static final byte[] SPANS = Requests.spans(3).toByteArray();
  private static final String BODY = new String(SPANS, ISO_8859_1);
  private static final String CHUNKED = "%x\r\n%s\r\n0\r\n\r\n".formatted(SPANS.length, BODY);
  private static final String HIDDEN =
      new String(Http1Socket.post("/v1/traces", "application/x-protobuf", SPANS), ISO_8859_1);
  private static final String HEAD =
      "POST /v1/traces HTTP/1.1\r\nhost: agent\r\ncontent-type: application/x-protobuf\r\n";

  private ReceiverFixture agent;

  @BeforeAll
  void start() throws Exception {
    agent = new ReceiverFixture();
  }

  @AfterAll
  void stop() {
    agent.close();
  }

  @BeforeEach
  void forget() {
    agent.queue.entries.clear();
  }

  /// LEN is the length of three spans, BODY they themselves, CHUNKED they as one chunk.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-length: LEN\r\ntransfer-encoding: chunked\r\n\r\nCHUNKED",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\nCHUNKED",
        "transfer-encoding: chunked, identity\r\n\r\nCHUNKED",
        "transfer-encoding: identity, x\r\ncontent-length: LEN\r\n\r\nBODY",
        "transfer-encoding : chunked\r\n\r\nCHUNKED",
        "transfer-encoding: xchunked\r\n\r\nCHUNKED",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\nCHUNKED",
        "content-length: LEN\r\ncontent-length: 0\r\n\r\nBODY",
        "content-length: LEN, 0\r\n\r\nBODY",
        "content-length: +LEN\r\n\r\nBODY",
        "content-length: -1\r\n\r\nBODY",
        "content-length: 0xLEN\r\n\r\nBODY",
        "content-length: LENLENLENLENLENLENLENLEN\r\n\r\nBODY",
        "content-length: LEN\nx: y\r\n\r\nBODY",
        "content-length: LEN\r\nx: y\rz: w\r\n\r\nBODY",
        "content-length: LEN\r\nx\0y: z\r\n\r\nBODY",
        "content-length: LEN\r\n: nameless\r\n\r\nBODY",
        "content-length: LEN\r\nno colon\r\n\r\nBODY",
        "transfer-encoding: chunked\r\n\r\nxyz\r\nBODY\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n-5\r\nBODY\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nBODY\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n3\nBODY\n0\n\n",
        "transfer-encoding: chunked\r\n\r\n5\r\nBODYBODY\r\n0\r\n\r\n",
      })
  void refusesWhatCanBeReadInTwoWays(String request) throws Exception {
    String text =
        request
            .replace("LEN", Integer.toString(SPANS.length))
            .replace("CHUNKED", CHUNKED)
            .replace("BODY", BODY);
    try (Http1Socket socket = new Http1Socket(agent.port())) {
      socket.send(HEAD + text + HIDDEN);

      assertThat(socket.rest())
          .startsWith("HTTP/1.1 400 ")
          .doesNotContain("HTTP/1.1 200 ")
          .containsOnlyOnce("HTTP/1.1 ");
    }
    assertThat(agent.queue.entries).isEmpty();
  }

  /// More than the agent takes, and no more than it reads at once: else it may close while the rest
  /// is being sent, and the answer is lost with the connection.
  @Test
  void refusesAChunkExtensionWithoutAnEnd() throws Exception {
    try (Http1Socket socket = new Http1Socket(agent.port())) {
      socket.send(HEAD + "transfer-encoding: chunked\r\n\r\n5;" + "x".repeat(20_000));

      assertThat(socket.rest()).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void refusesTrailersWithoutAnEnd() throws Exception {
    try (Http1Socket socket = new Http1Socket(agent.port())) {
      socket.send(HEAD + "transfer-encoding: chunked\r\n\r\n0\r\n" + "x: y\r\n".repeat(8_000));

      assertThat(socket.rest()).startsWith("HTTP/1.1 400 ");
    }
    assertThat(agent.queue.entries).isEmpty();
  }

  @Test
  void refusesARequestLineWithoutAnEnd() throws Exception {
    try (Http1Socket socket = new Http1Socket(agent.port())) {
      socket.send("POST /" + "x".repeat(100_000));

      assertThat(socket.rest()).startsWith("HTTP/1.1 414 ");
    }
  }

  @Test
  void refusesManyHeaders() throws Exception {
    try (Http1Socket socket = new Http1Socket(agent.port())) {
      socket.send(HEAD + "a:b\r\n".repeat(100_000));

      assertThat(socket.rest()).startsWith("HTTP/1.1 431 ");
    }
  }
}
