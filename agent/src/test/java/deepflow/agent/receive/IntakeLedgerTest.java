package deepflow.agent.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.SessionProtocol;
import deepflow.agent.queue.Admission;
import deepflow.wire.otlp.AttributeRules;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the queue's ledger is told of requests and spans that are not taken: each once.
class IntakeLedgerTest {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final byte[] ONE = Requests.spans(1).toByteArray();
  private static final byte[] TOO_LARGE = new byte[ReceiverFixture.BODY_BYTES_MAX + 1];

  private ReceiverFixture agent;

  @BeforeEach
  void start() throws PortTakenException {
    agent = new ReceiverFixture();
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void isToldOfEachRequestThatIsRefused() {
    refused(post(PROTOBUF, new byte[] {0x0a, 0x7f}));
    refused(post("application/json", "{".getBytes(UTF_8)));
    refused(post(PROTOBUF, ONE, "content-encoding", "gzip"));
    refused(post(PROTOBUF, ONE, "content-encoding", "br"));
    refused(post(PROTOBUF, TOO_LARGE));
    refused(post(PROTOBUF, Requests.gzip(TOO_LARGE), "content-encoding", "gzip"));
    refused(post("text/plain", ONE));
    refused(agent.grpc(new byte[3]));
    refused(agent.grpc(Requests.framed(true, ONE), "grpc-encoding", "zstd"));
    agent.receiver.obey(new IntakeRules(false, 0, 0, AttributeRules.NONE));
    refused(post(PROTOBUF, ONE));

    assertThat(agent.queue.refusedRequests).hasValue(10);
    assertThat(agent.queue.entries).isEmpty();
  }

  @Test
  void isToldOfNoRequestThatBringsNoTraces() {
    refused(agent.post("/v1/metrics", PROTOBUF, ONE));
    refused(agent.post("/favicon.ico", "", new byte[0]));
    refused(agent.send(SessionProtocol.H1C, HttpMethod.GET, "/v1/traces", "", new byte[0]));
    agent.queue.answer(new Admission.Busy(Duration.ofSeconds(1), "full"));
    post(PROTOBUF, ONE);

    assertThat(agent.queue.refusedRequests).hasValue(0);
  }

  @Test
  void isToldOfBadSpansOnceHoweverOftenTheirRequestComes() {
    byte[] body = Requests.withBadSpans(4, 3).toByteArray();
    agent.queue.answer(new Admission.Busy(Duration.ofSeconds(1), "full"));
    post(PROTOBUF, body);
    post(PROTOBUF, body);
    assertThat(agent.queue.refused).hasValue(0);

    agent.queue.answer(new Admission.Durable(1));
    post(PROTOBUF, body);
    agent.queue.answer(new Admission.Repeated());
    post(PROTOBUF, body);

    assertThat(agent.queue.refused).hasValue(3);
    assertThat(agent.metric("deepflow_agent_spans_total{outcome=\"rejected\"}")).isEqualTo(3);
  }

  @Test
  void isToldOfBadSpansOfARequestThatHasNoOthers() {
    post(PROTOBUF, Requests.withBadSpans(0, 3).toByteArray());

    assertThat(agent.queue.entries).isEmpty();
    assertThat(agent.queue.refused).hasValue(3);
  }

  private AggregatedHttpResponse post(String type, byte[] body, String... headers) {
    return agent.post("/v1/traces", type, body, headers);
  }

  private static void refused(AggregatedHttpResponse response) {
    if (response.headers().get("grpc-status") == null) {
      assertThat(response.status().code()).isBetween(400, 499);
    } else {
      assertThat(response.headers().get("grpc-status")).isEqualTo("3");
    }
  }
}
