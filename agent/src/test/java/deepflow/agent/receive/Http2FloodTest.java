package deepflow.agent.receive;

import static com.linecorp.armeria.common.HttpMethod.GET;
import static com.linecorp.armeria.common.SessionProtocol.H1C;
import static deepflow.agent.receive.Http2Socket.ACK;
import static deepflow.agent.receive.Http2Socket.CONTINUATION;
import static deepflow.agent.receive.Http2Socket.DATA;
import static deepflow.agent.receive.Http2Socket.END_HEADERS;
import static deepflow.agent.receive.Http2Socket.END_STREAM;
import static deepflow.agent.receive.Http2Socket.HEADERS;
import static deepflow.agent.receive.Http2Socket.PING;
import static deepflow.agent.receive.Http2Socket.RST_STREAM;
import static deepflow.agent.receive.Http2Socket.SETTINGS;
import static deepflow.agent.receive.Http2Socket.WINDOW_UPDATE;
import static deepflow.agent.receive.Http2Socket.get;
import static deepflow.agent.receive.Http2Socket.number;
import static deepflow.agent.receive.Http2Socket.post;
import static deepflow.agent.receive.ReceiverFixture.await;
import static deepflow.agent.receive.SenderGuard.Reason.UNREAD;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpStatus;
import deepflow.agent.queue.Admission;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Frames by the thousand: each flood ends its connection or its stream, within a known number of
/// frames, and the agent serves on.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class Http2FloodTest {
  private static final byte[] NOTHING = {};
  private static final byte[] SPANS = Requests.spans(3).toByteArray();

  private static final int PROTOCOL_ERROR = 1;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int REFUSED_STREAM = 7;
  private static final int ENHANCE_YOUR_CALM = 11;

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
    agent.queue.answer(new Admission.Durable(1));
  }

  @AfterEach
  void servesOn() throws Exception {
    holdsNothing();
    assertThat(agent.post("/v1/traces", "application/x-protobuf", SPANS).status())
        .isEqualTo(HttpStatus.OK);
    holdsNothing();
  }

  private void holdsNothing() throws InterruptedException {
    await(() -> agent.metric("deepflow_agent_in_flight_bytes") == 0);
    await(() -> agent.metric("deepflow_agent_in_flight_requests") == 0);
  }

  @Test
  void endsAConnectionThatOpensStreamsOnlyToResetThem() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      agent.queue.admission = new CompletableFuture<>();
      flood(
          1000,
          i -> {
            int stream = 2 * i + 1;
            socket.send(HEADERS, END_HEADERS, stream, post());
            socket.send(DATA, END_STREAM, stream, SPANS);
            socket.send(RST_STREAM, 0, stream, number(8));
          });

      assertThat(socket.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }
    assertThat(agent.queue.entries.size()).isLessThanOrEqualTo(401);
    agent.queue.admission.complete(new Admission.Durable(1));
    agent.queue.answer(new Admission.Durable(1));
  }

  @Test
  void requestsThatAreResetMakeNobodyWaitBehindThem() throws Exception {
    try (ReceiverFixture patient =
            new ReceiverFixture(ReceiverFixture.withWait(Duration.ofMinutes(1)));
        Http2Socket socket = new Http2Socket(patient.port())) {
      patient.queue.admission = new CompletableFuture<>();
      for (int i = 0; i < 200; i++) {
        socket.send(HEADERS, END_HEADERS, 2 * i + 1, post());
        socket.send(DATA, END_STREAM, 2 * i + 1, SPANS);
      }
      await(() -> patient.metric("deepflow_agent_in_flight_requests") == 200);

      for (int i = 0; i < 200; i++) {
        socket.send(RST_STREAM, 0, 2 * i + 1, number(8));
      }

      await(() ->
          patient.metric("deepflow_agent_in_flight_requests") == patient.queue.entries.size());
      patient.queue.admission.complete(new Admission.Durable(1));
    }
  }

  /// The reset comes from the agent here (CVE-2025-8671): such streams are not counted as open.
  @Test
  void boundsWhatAConnectionHoldsThatMakesTheAgentReset() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      agent.queue.admission = new CompletableFuture<>();
      byte[] large = Requests.spans(2000).toByteArray();
      flood(
          2000,
          i -> {
            int stream = 2 * i + 1;
            socket.send(HEADERS, END_HEADERS, stream, post());
            for (int at = 0; at < large.length; at += 16_000) {
              boolean last = at + 16_000 >= large.length;
              byte[] part = Arrays.copyOfRange(large, at, Math.min(large.length, at + 16_000));
              socket.send(DATA, last ? END_STREAM : 0, stream, part);
            }
            socket.send(WINDOW_UPDATE, 0, stream, number(0));
          });
      assertThat(agent.metric("deepflow_agent_in_flight_bytes"))
          .isLessThanOrEqualTo(4.0 * ReceiverFixture.BODY_BYTES_MAX);
    }
    agent.queue.admission.complete(new Admission.Durable(1));
    agent.queue.answer(new Admission.Durable(1));
  }

  @Test
  void endsAConnectionWhoseHeadersComeInFramesWithoutEnd() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      socket.send(HEADERS, 0, 1, post());
      flood(5000, i -> socket.send(CONTINUATION, 0, 1, NOTHING));

      assertThat(socket.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }
  }

  @Test
  void endsAConnectionWhoseHeadersAreTooManyBytes() throws Exception {
    byte[] part = new byte[16_000];
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      socket.send(HEADERS, 0, 1, post());
      flood(1000, i -> socket.send(CONTINUATION, 0, 1, part));

      assertThat(socket.goAway()).isIn(PROTOCOL_ERROR, ENHANCE_YOUR_CALM);
    }
  }

  @Test
  void refusesAStreamWhoseHeadersAreTooLarge() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      byte[] block = post("x", "y".repeat(10_000), "z", "y".repeat(8000));
      socket.send(HEADERS, END_STREAM, 1, Arrays.copyOf(block, 16_000));
      byte[] rest = Arrays.copyOfRange(block, 16_000, block.length);
      socket.send(CONTINUATION, END_HEADERS, 1, rest);

      assertHeadersTooLarge(socket);
    }
  }

  /// One header of 4,000 bytes, remembered by HPACK's table and then named by one byte each time.
  @Test
  void refusesHeadersThatBecomeLargeOnlyWhenTheyAreDecoded() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      block.writeBytes(post());
      byte[] remembered = post("bomb", "b".repeat(3900));
      block.write(0x40);
      block.writeBytes(Arrays.copyOfRange(remembered, post().length + 1, remembered.length));
      for (int i = 0; i < 5000; i++) {
        block.write(0x80 | 62);
      }
      socket.send(HEADERS, END_HEADERS | END_STREAM, 1, block.toByteArray());

      assertHeadersTooLarge(socket);
    }
  }

  @Test
  void cutsOffASenderThatPingsAndNeverReads() throws Exception {
    double before = agent.closed(UNREAD);
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      flood(3_000_000, i -> socket.send(PING, 0, 0, new byte[8]));
    }
    await(() -> agent.closed(UNREAD) == before + 1);
  }

  @Test
  void cutsOffASenderThatChangesSettingsAndNeverReads() throws Exception {
    double before = agent.closed(UNREAD);
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      flood(3_000_000, i -> socket.send(SETTINGS, 0, 0, NOTHING));
    }
    await(() -> agent.closed(UNREAD) == before + 1);
  }

  @Test
  void endsAConnectionWithEmptyFramesWithoutEnd() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      socket.send(HEADERS, END_HEADERS, 1, post());
      flood(1000, i -> socket.send(DATA, 0, 1, NOTHING));

      assertThat(socket.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }
  }

  @Test
  void refusesMoreStreamsThanMayBeOpen() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      for (int i = 0; i < 300; i++) {
        socket.send(HEADERS, END_HEADERS, 2 * i + 1, post());
      }

      Http2Socket.Frame reset = socket.read(RST_STREAM);

      assertThat(reset.errorCode()).isEqualTo(REFUSED_STREAM);
      assertThat(reset.stream()).isEqualTo(2 * SenderGuard.UNANSWERED_MAX + 1);
      assertThat(agent.metric("deepflow_agent_in_flight_requests"))
          .isLessThanOrEqualTo(SenderGuard.UNANSWERED_MAX);
    }
  }

  @Test
  void endsAConnectionWithAFrameThatIsTooLarge() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      socket.send(HEADERS, END_HEADERS, 1, post());
      flood(1, i -> socket.send(DATA, 0, 1, new byte[1 << 20]));

      assertThat(socket.goAway()).isEqualTo(FRAME_SIZE_ERROR);
    }
  }

  /// Answers to `/metrics` are the only large ones; here no byte of their bodies may be sent.
  @Test
  void holdsOnlyAFewLargeAnswersThatNobodyReads() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      // SETTINGS_HEADER_TABLE_SIZE, so that a status stands in each answer, and
      // INITIAL_WINDOW_SIZE.
      byte[] nothing = {0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0};
      socket.send(SETTINGS, 0, 0, nothing);
      for (int i = 0; i < 50; i++) {
        socket.send(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, get("/metrics"));
      }

      int busy = 0;
      for (int i = 0; i < 50; i++) {
        String head = socket.read(HEADERS).text();
        busy += head.contains("503") ? 1 : 0;
      }
      assertThat(busy).isEqualTo(42);
    }
    await(() -> agent.send(H1C, GET, "/metrics", "", NOTHING).status().equals(HttpStatus.OK));
  }

  @Test
  void answersPings() throws Exception {
    try (Http2Socket socket = new Http2Socket(agent.port())) {
      for (int i = 0; i < 5000; i++) {
        socket.send(PING, 0, 0, new byte[8]);
        assertThat(socket.read(PING).flags()).isEqualTo(ACK);
      }
    }
  }

  /// That stream 1 is answered with status 431, which stands in the header block as it is.
  private static void assertHeadersTooLarge(Http2Socket socket) throws IOException {
    Http2Socket.Frame answer = socket.read(HEADERS);
    assertThat(answer.stream()).isEqualTo(1);
    assertThat(answer.text()).contains("431");
  }

  private interface Step {
    void send(int number) throws IOException;
  }

  /// Sends until the agent closes the connection, or so many times.
  private static void flood(int times, Step step) {
    try {
      for (int i = 0; i < times; i++) {
        step.send(i);
      }
    } catch (IOException closed) {
      // That is what it may come to.
    }
  }
}
