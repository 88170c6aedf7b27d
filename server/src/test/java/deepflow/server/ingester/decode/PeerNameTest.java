package deepflow.server.ingester.decode;

import static deepflow.server.ingester.decode.CanonicalColumns.span;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.labeler.Shop;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Whatever name the conventions gave to whom a span calls: its labels are found by it.
class PeerNameTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final String LABELS =
      """
      dictGet('deepflow.label_names', 'pod_service', peer_label_id)
      dictGet('deepflow.label_names', 'pod_ns', peer_label_id)\
      """;

  private static CanonicalColumns columns;

  @BeforeAll
  static void open() throws Exception {
    columns = new CanonicalColumns(engine.clickHouse(), Shop.snapshot());
  }

  private static String labels(SpanKind kind, Object... attributes) throws Exception {
    Span.Builder span =
        span(kind, attributes)
            .setStartTimeUnixNano(Shop.START + 100 * Shop.SECOND)
            .setEndTimeUnixNano(Shop.START + 101 * Shop.SECOND);
    return columns.of(span, LABELS);
  }

  @Test
  void whomAClientCallsHasTheLabelsOfItsServiceByAnyName() throws Exception {
    for (List<String> named :
        List.of(
            List.of("server.address", "orders.shop.svc"),
            List.of("net.peer.name", "orders.shop.svc"),
            List.of("http.host", "orders.shop.svc:80"),
            List.of("db.connection_string", "jdbc:mysql://me:secret@orders.shop.svc:80/x"))) {
      assertThat(labels(SpanKind.SPAN_KIND_CLIENT, named.toArray()))
          .as("%s", named)
          .isEqualTo("orders|shop");
    }
  }

  @Test
  void theHostThatAServerWasAskedForIsNotItsPeer() throws Exception {
    assertThat(labels(SpanKind.SPAN_KIND_SERVER, "http.host", "orders.shop.svc:80")).isEqualTo("|");
  }

  @Test
  void theNameOfThePeerCountsMoreThanTheHostHeader() throws Exception {
    assertThat(
            labels(
                SpanKind.SPAN_KIND_CLIENT,
                "http.host",
                "www.example",
                "net.peer.name",
                "orders.shop.svc"))
        .isEqualTo("orders|shop");
  }
}
