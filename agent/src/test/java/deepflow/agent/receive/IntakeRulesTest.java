package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import deepflow.wire.otlp.AttributeRules;
import deepflow.wire.otlp.AttributeRules.Drop;
import deepflow.wire.otlp.AttributeRules.Keys;
import deepflow.wire.otlp.AttributeRules.Mask;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What can be changed while a receiver runs.
class IntakeRulesTest {
  private ReceiverFixture fixture;

  @BeforeEach
  void start() throws PortTakenException {
    fixture = new ReceiverFixture();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private AggregatedHttpResponse post(byte[] body) {
    return fixture.post("/v1/traces", "application/x-protobuf", body);
  }

  @Test
  void refusesForGoodWhatIsTurnedOffAndTakesItWhenItIsTurnedOn() {
    byte[] body = Requests.spans(1).toByteArray();
    fixture.receiver.obey(new IntakeRules(false, 0, 0, AttributeRules.NONE));

    assertThat(post(body).status()).isEqualTo(HttpStatus.FORBIDDEN);
    assertThat(fixture.grpc(Requests.framed(false, body)).headers().get("grpc-status"))
        .isEqualTo("7");
    assertThat(fixture.metric("deepflow_agent_refused_total{reason=\"turned_off\"}")).isEqualTo(2);

    fixture.receiver.obey(IntakeRules.NONE);

    assertThat(post(body).status()).isEqualTo(HttpStatus.OK);
  }

  @Test
  void tellsSendersToWaitWhenTheySendMoreThanAllowed() {
    fixture.receiver.obey(new IntakeRules(true, 10, 0, AttributeRules.NONE));

    assertThat(post(Requests.spans(30).toByteArray()).status()).isEqualTo(HttpStatus.OK);
    AggregatedHttpResponse second = post(Requests.spans(1).toByteArray());

    assertThat(second.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(second.headers().getLong("retry-after")).isBetween(1L, 3L);
    assertThat(second.contentUtf8()).contains("max_spans_per_second");
    assertThat(fixture.metric("deepflow_agent_spans_total{outcome=\"busy\"}")).isEqualTo(1);
  }

  @Test
  void tellsTheLedgerOfSpansBeyondTheRate() {
    fixture.receiver.obey(new IntakeRules(true, 10, 0, AttributeRules.NONE));

    post(Requests.spans(30).toByteArray());
    post(Requests.withBadSpans(4, 3).toByteArray());

    assertThat(fixture.queue.entries).hasSize(1);
    assertThat(fixture.queue.busy).hasValue(4);
    assertThat(fixture.queue.refused).as("they come again").hasValue(0);
  }

  @Test
  void tellsTheLedgerOfAllSpansOfARequestThatMasksMakeTooLarge() {
    AttributeRules rules =
        new AttributeRules(List.of(new Mask(new Keys("url.full"), null, "*".repeat(200 << 10))));
    fixture.receiver.obey(new IntakeRules(true, 0, 0, rules));
    var request = Requests.withBadSpans(4, 3).toBuilder();
    request
        .getResourceSpansBuilder(0)
        .getScopeSpansBuilder(0)
        .getSpansBuilder(0)
        .addAttributes(Requests.attribute("url.full", "http://a/?token=secret"));

    assertThat(post(request.build().toByteArray()).status())
        .isEqualTo(HttpStatus.REQUEST_ENTITY_TOO_LARGE);

    assertThat(fixture.queue.entries).isEmpty();
    assertThat(fixture.queue.refused).hasValue(4 + 3);
    assertThat(fixture.queue.refusedRequests).hasValue(0);
    assertThat(fixture.queue.busy).hasValue(0);
    assertThat(fixture.metric("deepflow_agent_spans_total{outcome=\"rejected\"}")).isEqualTo(7);
  }

  @Test
  void tellsTheLedgerOfSpansForWhoseMasksThereIsNoRoomNow() throws Exception {
    byte[] body = Requests.withBadSpans(4, 3).toByteArray();
    InFlight inFlight = inFlight(body.length * 4L);
    try (InFlight.Share other = inFlight.open()) {
      other.take(body.length * 7L / 4); // leaves room for the request, and not for its copy

      assertThat(answer(body, inFlight)).isInstanceOf(Answer.Busy.class);
    }

    assertThat(fixture.queue.busy).hasValue(4);
    assertThat(fixture.queue.refused).as("they come again").hasValue(0);
  }

  @Test
  void tellsTheLedgerOfSpansForWhoseMasksThereIsNeverRoom() throws Exception {
    byte[] body = Requests.withBadSpans(4, 3).toByteArray();

    assertThat(answer(body, inFlight(body.length * 5L / 3))).isInstanceOf(Answer.Refused.class);

    assertThat(fixture.queue.busy).hasValue(0);
    assertThat(fixture.queue.refused).hasValue(4 + 3);
  }

  private static InFlight inFlight(long bytesMax) {
    return new InFlight(bytesMax, Duration.ofSeconds(1), System::nanoTime);
  }

  /// What the sender of a request is told that rules are to be applied to.
  private Answer answer(byte[] body, InFlight inFlight) throws NotTakenException {
    ReceiveMetrics metrics = new ReceiveMetrics(new SimpleMeterRegistry(), inFlight);
    TraceIntake intake = new TraceIntake(fixture.queue, Clock.systemUTC(), metrics);
    intake.obey(
        new IntakeRules(true, 0, 0, new AttributeRules(List.of(new Drop(new Keys("service.*"))))));
    try (InFlight.Share share = inFlight.open()) {
      return intake
          .take(new Bytes(body, 0, body.length), Dialect.HTTP_PROTOBUF, null, share)
          .join();
    }
  }

  @Test
  void takesNoLargerRequestsThanAllowed() {
    byte[] body = Requests.spans(2000).toByteArray();
    fixture.receiver.obey(new IntakeRules(true, 0, 64 << 10, AttributeRules.NONE));

    assertThat(body.length).isGreaterThan(64 << 10);
    assertThat(post(body).status()).isEqualTo(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
  }

  @Test
  void takesAttributesOutBeforeTheyAreKept() throws Exception {
    AttributeRules rules =
        new AttributeRules(
            List.of(
                new Drop(new Keys("http.request.header.*")),
                new Mask(new Keys("url.full"), null, "***")));
    fixture.receiver.obey(new IntakeRules(true, 0, 0, rules));
    var request = Requests.spans(1).toBuilder();
    request
        .getResourceSpansBuilder(0)
        .getScopeSpansBuilder(0)
        .getSpansBuilder(0)
        .addAttributes(Requests.attribute("http.request.header.cookie", "secret"))
        .addAttributes(Requests.attribute("url.full", "http://a/?token=secret"))
        .addAttributes(Requests.attribute("db.system", "mysql"));

    assertThat(post(request.build().toByteArray()).status()).isEqualTo(HttpStatus.OK);

    assertThat(fixture.queue.onlyRequest().toString()).doesNotContain("secret");
    assertThat(
            fixture
                .queue
                .onlyRequest()
                .getResourceSpans(0)
                .getScopeSpans(0)
                .getSpans(0)
                .getAttributesList())
        .extracting(KeyValue::getKey)
        .contains("url.full", "db.system");
    assertThat(fixture.metric("deepflow_agent_attributes_total{action=\"dropped\"}")).isEqualTo(1);
    assertThat(fixture.metric("deepflow_agent_attributes_total{action=\"masked\"}")).isEqualTo(1);
  }

  @Test
  void knowsAResendAlthoughTheRulesChangedMeanwhile() {
    byte[] body = Requests.spans(1).toByteArray();
    post(body);
    fixture.receiver.obey(
        new IntakeRules(true, 0, 0, new AttributeRules(List.of(new Drop(new Keys("service.*"))))));
    post(body);

    assertThat(fixture.queue.entries).hasSize(2);
    assertThat(fixture.queue.entries.get(1).hash()).isEqualTo(fixture.queue.entries.get(0).hash());
    assertThat(fixture.queue.entries.get(1).length())
        .isLessThan(fixture.queue.entries.get(0).length());
  }
}
