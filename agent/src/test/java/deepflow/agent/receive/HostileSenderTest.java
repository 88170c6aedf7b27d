package deepflow.agent.receive;

import static deepflow.agent.receive.ReceiverFixture.await;
import static deepflow.agent.receive.SenderGuard.Reason.PIPELINING;
import static deepflow.agent.receive.SenderGuard.Reason.SLOW;
import static deepflow.agent.receive.SenderGuard.Reason.UNREAD;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpStatus;
import deepflow.agent.queue.Admission;
import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Senders that hold connections against the rules, over HTTP/1.1: each loses its own and harms
/// nobody else.
@Timeout(60)
class HostileSenderTest {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final byte[] THREE_SPANS = Requests.spans(3).toByteArray();
  private static final Duration HURRY = Duration.ofMillis(400);

  @Test
  void closesAConnectionWhoseHeadersNeverEnd() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture(ReceiverFixture.withTimeout(HURRY));
        Http1Socket slow = new Http1Socket(agent.port())) {
      slow.send("POST /v1/traces HTTP/1.1\r\n");

      assertCutOff(slow, "x: y\r\n");

      assertThat(agent.closed(SLOW)).isEqualTo(1);
      assertServes(agent);
    }
  }

  @Test
  void closesAConnectionWhoseSecondRequestNeverBegins() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture(ReceiverFixture.withTimeout(HURRY));
        Http1Socket slow = new Http1Socket(agent.port())) {
      assertThat(slow.exchange(Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS)))
          .startsWith("HTTP/1.1 200 ");

      assertCutOff(slow, "\r\n");

      assertThat(agent.closed(SLOW)).isEqualTo(1);
    }
  }

  @Test
  void answersABodyThatNeverEndsAndClosesItsConnectionAndGivesItsMemoryBack() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture(ReceiverFixture.withTimeout(HURRY));
        Http1Socket slow = new Http1Socket(agent.port())) {
      byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, new byte[1_000_000]);
      slow.send(request, 100_000);
      await(() -> agent.metric("deepflow_agent_in_flight_bytes") > 0);

      String answer = assertCutOff(slow, "\0");

      assertThat(answer).startsWith("HTTP/1.1 503 ").contains("retry-after: ");
      assertThat(agent.metric("deepflow_agent_in_flight_bytes")).isZero();
      assertThat(agent.metric("deepflow_agent_in_flight_requests")).isZero();
      assertServes(agent);
    }
  }

  @Test
  void closesAConnectionWhoseRefusedBodyNeverEnds() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture(ReceiverFixture.withTimeout(HURRY));
        Http1Socket slow = new Http1Socket(agent.port())) {
      byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, new byte[20_000_000]);
      slow.send(request, 500);
      assertThat(slow.answer()).startsWith("HTTP/1.1 413 ");

      assertCutOff(slow, "\0");

      assertThat(agent.closed(SLOW)).isEqualTo(1);
    }
  }

  @Test
  void keepsAConnectionThatIsOnlyIdleLongerThanARequestMayTake() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture(ReceiverFixture.withTimeout(HURRY));
        Http1Socket idle = new Http1Socket(agent.port())) {
      byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, Requests.spans(5000).toByteArray());
      assertThat(idle.exchange(request)).startsWith("HTTP/1.1 200 ");
      Thread.sleep(HURRY.plusMillis(1500));

      assertThat(idle.exchange(request)).startsWith("HTTP/1.1 200 ");
      assertThat(agent.closed(SLOW)).isZero();
    }
  }

  @Test
  void closesAConnectionThatIsIdleForTooLong() throws Exception {
    try (ReceiverFixture agent =
            new ReceiverFixture(ReceiverFixture.withConnections(10, Duration.ofSeconds(1)));
        Http1Socket silent = new Http1Socket(agent.port());
        Http1Socket idle = new Http1Socket(agent.port())) {
      assertThat(idle.exchange(Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS)))
          .startsWith("HTTP/1.1 200 ");

      assertThat(silent.rest()).isEmpty();
      assertThat(idle.rest()).isEmpty();
    }
  }

  @Test
  void closesTheNextConnectionAtOnceWhenAsManyAsMayBeAreOpen() throws Exception {
    List<Http1Socket> open = new ArrayList<>();
    try (ReceiverFixture agent =
        new ReceiverFixture(ReceiverFixture.withConnections(20, Duration.ofMinutes(5)))) {
      byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS);
      for (int i = 0; i < 20; i++) {
        open.add(new Http1Socket(agent.port()));
        assertThat(open.getLast().exchange(request)).startsWith("HTTP/1.1 200 ");
      }

      assertThat(isServed(agent.port(), request)).isFalse();
      assertThat(open.getFirst().exchange(request)).startsWith("HTTP/1.1 200 ");

      open.removeFirst().close();
      await(() -> isServed(agent.port(), request));
    } finally {
      closeAll(open);
    }
  }

  @Test
  void servesAmongAThousandIdleConnections() throws Exception {
    List<Http1Socket> idle = new ArrayList<>();
    try (ReceiverFixture agent =
        new ReceiverFixture(ReceiverFixture.withConnections(2000, Duration.ofMinutes(5)))) {
      assertServes(agent);
      long before = usedBytes();
      for (int i = 0; i < 1000; i++) {
        idle.add(new Http1Socket(agent.port()));
        idle.getLast().send("POST /v1/traces HTTP/1.1\r\n");
      }
      await(() -> agent.metric("deepflow_agent_connections") >= 1000);

      assertServes(agent);
      // Of the clients' sockets, which live in this process too, the heap has next to nothing.
      assertThat(usedBytes() - before).isLessThan(1000 * (32 << 10));
    } finally {
      closeAll(idle);
    }
  }

  @Test
  void cutsOffASenderThatNeverReadsItsAnswers() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture();
        Http1Socket deaf = new Http1Socket(agent.port())) {
      byte[] request =
          "GET /%s HTTP/1.1\r\nhost: a\r\n\r\n".formatted("x".repeat(90)).getBytes(US_ASCII);

      int sent = 0;
      while (agent.closed(UNREAD) == 0 && sent < 200_000) {
        sent += sendGroup(deaf, request);
        int answered = sent;
        // Otherwise the agent would see more requests at once than may be without an answer.
        await(() ->
            agent.metric("deepflow_agent_refused_total{reason=\"not_found\"}") >= answered
                || agent.closed(UNREAD) == 1);
      }

      assertThat(agent.closed(UNREAD)).as("after %s", sent).isEqualTo(1);
      assertServes(agent);
    }
  }

  @Test
  void cutsOffASenderThatPipelinesWithoutWaiting() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture();
        Http1Socket impatient = new Http1Socket(agent.port())) {
      agent.queue.admission = new CompletableFuture<>();
      byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS);

      int sent = sendUntilCutOff(impatient, request, 20_000);

      assertThat(sent).isGreaterThanOrEqualTo(SenderGuard.UNANSWERED_MAX);
      assertThat(agent.closed(PIPELINING)).isEqualTo(1);
      assertThat(agent.queue.entries.size()).isLessThanOrEqualTo(SenderGuard.UNANSWERED_MAX);
      agent.queue.admission.complete(new Admission.Durable(1));
      agent.queue.answer(new Admission.Durable(1));
      await(() -> agent.metric("deepflow_agent_in_flight_bytes") == 0);
      assertServes(agent);
    }
  }

  @Test
  void takesNothingThatCameAlongWithARequestTooMany() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture();
        Http1Socket impatient = new Http1Socket(agent.port())) {
      agent.queue.admission = new CompletableFuture<>();
      ByteArrayOutputStream burst = new ByteArrayOutputStream();
      for (int i = 0; i < 2 * SenderGuard.UNANSWERED_MAX; i++) {
        burst.write(Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS));
      }

      impatient.send(burst.toByteArray());

      await(() -> agent.closed(PIPELINING) == 1);
      agent.queue.admission.complete(new Admission.Durable(1));
      agent.queue.answer(new Admission.Durable(1));
      await(() -> agent.metric("deepflow_agent_in_flight_bytes") == 0);
      assertThat(agent.queue.entries.size()).isLessThanOrEqualTo(SenderGuard.UNANSWERED_MAX);
      assertServes(agent);
    }
  }

  @Test
  void answersWhoPipelinesAndReads() throws Exception {
    try (ReceiverFixture agent = new ReceiverFixture();
        Http1Socket eager = new Http1Socket(agent.port())) {
      byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS);
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 100; i++) {
          eager.send(request);
        }
        for (int i = 0; i < 100; i++) {
          assertThat(eager.answer()).startsWith("HTTP/1.1 200 ");
        }
      }
      assertThat(agent.queue.entries).hasSize(2000);
    }
  }

  /// Sends drop by drop until the agent has enough; gives all that it answered.
  private static String assertCutOff(Http1Socket slow, String drop) throws Exception {
    Thread dripping =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  Thread.sleep(50);
                  slow.send(drop);
                }
              } catch (IOException | InterruptedException cutOff) {
                // As it should be.
              }
            });
    String answer = slow.rest();
    dripping.interrupt();
    return answer;
  }

  private static int sendUntilCutOff(Http1Socket socket, byte[] request, int most) {
    for (int sent = 0; sent < most; sent++) {
      try {
        socket.send(request);
      } catch (IOException cutOff) {
        return sent;
      }
    }
    throw new AssertionError("took " + most + " requests without an answer being read");
  }

  private static int sendGroup(Http1Socket socket, byte[] request) {
    try {
      for (int i = 0; i < 100; i++) {
        socket.send(request);
      }
    } catch (IOException cutOff) {
      // Which is counted.
    }
    return 100;
  }

  private static boolean isServed(int port, byte[] request) {
    try (Http1Socket socket = new Http1Socket(port)) {
      return socket.exchange(request).startsWith("HTTP/1.1 200 ");
    } catch (IOException refused) {
      return false;
    }
  }

  private static void assertServes(ReceiverFixture agent) {
    assertThat(agent.post("/v1/traces", PROTOBUF, THREE_SPANS).status()).isEqualTo(HttpStatus.OK);
  }

  private static void closeAll(List<Http1Socket> sockets) throws IOException {
    for (Http1Socket socket : sockets) {
      socket.close();
    }
  }

  private static long usedBytes() {
    System.gc();
    long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    return heap + PlatformDependent.usedDirectMemory();
  }
}
