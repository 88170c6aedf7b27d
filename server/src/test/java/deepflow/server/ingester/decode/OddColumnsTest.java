package deepflow.server.ingester.decode;

import static deepflow.server.ingester.decode.CanonicalColumns.span;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What DeepFlow's columns say of attributes that aren't of the usual type, or of the usual kind.
class OddColumnsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static CanonicalColumns columns;

  @BeforeAll
  static void open() throws Exception {
    columns = new CanonicalColumns(engine.clickHouse());
  }

  @Test
  void headersAreArraysOfOneValue() throws Exception {
    assertThat(
            columns.of(
                span(
                    SpanKind.SPAN_KIND_SERVER,
                    "http.host",
                    "old:80",
                    "http.request.header.host",
                    List.of("shop:80"),
                    "http.request.header.content-length",
                    List.of("12"),
                    "http.response.header.content-length",
                    List.of(34)),
                "request_domain\nrequest_length\nresponse_length"))
        .isEqualTo("shop|12|34");
  }

  @Test
  void whatIsNoSingleValueSaysNothingAndAnOlderNameCounts() throws Exception {
    for (Object none : List.of(List.of(), List.of("a", "b"), List.of(List.of("a")), bytes())) {
      assertThat(
              columns.of(
                  span(
                      SpanKind.SPAN_KIND_CLIENT,
                      "http.request.method",
                      none,
                      "http.method",
                      "PUT",
                      "url.path",
                      "/cart",
                      "url.query",
                      none,
                      "server.address",
                      none),
                  "request_type\nrequest_resource\nrequest_domain"))
          .as("%s", none)
          .isEqualTo("PUT|/cart|");
    }
    assertThat(
            columns.of(
                span(SpanKind.SPAN_KIND_CLIENT, "url.path", "/cart", "url.query", List.of("x=1")),
                "request_resource"))
        .isEqualTo("/cart?x=1");
  }

  private static AnyValue bytes() {
    return AnyValue.newBuilder().setBytesValue(ByteString.copyFromUtf8("x")).build();
  }

  @Test
  void aConsumersPeerIsItsBroker() throws Exception {
    assertThat(
            columns.of(
                span(
                    SpanKind.SPAN_KIND_CONSUMER,
                    "messaging.system",
                    "kafka",
                    "net.peer.name",
                    "kafka-1",
                    "net.peer.port",
                    9092),
                "request_domain\nserver_port\nclient_port"))
        .isEqualTo("kafka-1|9092|0");
  }
}
