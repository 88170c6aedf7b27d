package deepflow.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.ingester.LinkAgent;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Spans that are as large as an agent lets them be are kept whole, and found, and the server goes
/// on.
class HugeSpansTest {

  private static final Identity AGENT = new Identity(1, 1);
  private static final long BEGIN = System.currentTimeMillis() / 1_000 * 1_000_000_000L;
  private static final String RANGE =
      "start=%s&end=%s".formatted(BEGIN / 1_000_000_000 - 60, BEGIN / 1_000_000_000 + 60);
  private static final String RANGE_NS =
      "start=%s&end=%s".formatted(BEGIN - 60_000_000_000L, BEGIN + 60_000_000_000L);

  @TempDir private Path data;

  private final HttpClient http = HttpClient.newHttpClient();

  private static Span.Builder span(int id) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putLong(8, id)))
        .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(0, id)))
        .setName("span " + id)
        .setStartTimeUnixNano(BEGIN)
        .setEndTimeUnixNano(BEGIN + 1_000);
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static Span withAMillionAttributes() {
    Span.Builder span = span(1);
    for (int i = 0; i < 1_000_000; i++) {
      span.addAttributes(attribute("key." + i, "value " + i));
    }
    return span.build();
  }

  private static Span withATextOf16MiB() {
    return span(2)
        .addAttributes(attribute("body", "x".repeat(16 << 20)))
        .addAttributes(attribute("key.7", "small"))
        .build();
  }

  private static Span ordinary() {
    return span(3).addAttributes(attribute("key.7", "ordinary")).build();
  }

  private static byte[] request(Span span) {
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(Resource.newBuilder().addAttributes(attribute("service.name", "shop")))
                .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
        .build()
        .toByteArray();
  }

  private HttpResponse<byte[]> get(int port, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest question =
        HttpRequest.newBuilder(uri).header("accept", "application/protobuf").build();
    return http.send(question, HttpResponse.BodyHandlers.ofByteArray());
  }

  private byte[] answer(int port, String path) throws Exception {
    HttpResponse<byte[]> answer = get(port, path);
    assertThat(answer.statusCode())
        .as("%s: %.500s", path, new String(answer.body(), UTF_8))
        .isEqualTo(200);
    return answer.body();
  }

  private String found(int port, String traceQl) throws Exception {
    String query = URLEncoder.encode(traceQl, UTF_8);
    return new String(answer(port, "/v1/traces?%s&q=%s".formatted(RANGE_NS, query)), UTF_8);
  }

  private static List<Span> spans(TracesData traces) {
    List<Span> spans = new ArrayList<>();
    traces
        .getResourceSpansList()
        .forEach(resource ->
            resource.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList())));
    return spans;
  }

  private List<Span> exported(int port) throws Exception {
    byte[] answer = answer(port, "/v1/export?format=protobuf&" + RANGE_NS);
    List<Span> spans = new ArrayList<>();
    var in = new ByteArrayInputStream(answer);
    for (var next = TracesData.parseDelimitedFrom(in);
        next != null;
        next = TracesData.parseDelimitedFrom(in)) {
      spans.addAll(spans(next));
    }
    return spans;
  }

  @Test
  @Timeout(120)
  void areKeptWholeAndFoundAndTheServerGoesOn() throws Exception {
    List<Span> sent = List.of(withAMillionAttributes(), withATextOf16MiB(), ordinary());
    try (RunningServer server = ServerMain.start(ServerConfig.defaults(data).withPorts(0, 0))) {
      try (LinkAgent agent = LinkAgent.connect(server.ingestPort(), AGENT)) {
        agent.greet(1);
        for (int i = 0; i < sent.size(); i++) {
          agent.sendBatch(i + 1, request(sent.get(i)));
        }
        agent.awaitCommitted(sent.size());
      }
      int port = server.address().getPort();

      for (int i = 0; i < sent.size(); i++) {
        byte[] trace = answer(port, "/api/traces/%032x".formatted(i + 1));
        assertThat(spans(TracesData.parseFrom(trace)).equals(List.of(sent.get(i))))
            .as("span %s is as it was sent", i + 1)
            .isTrue();
      }
      assertThat(found(port, "{ span.key.999999 = \"value 999999\" }")).contains("span 1");
      assertThat(found(port, "{ span.key.7 = \"small\" }")).contains("span 2");
      assertThat(found(port, "{ span.key.7 != \"small\" }")).contains("span 1", "span 3");
      assertThat(new String(answer(port, "/v1/services?" + RANGE_NS), UTF_8)).contains("shop");
      assertThat(answer(port, "/api/v2/search/tags?" + RANGE)).isNotEmpty();
      assertThat(exported(port).containsAll(sent)).as("all are exported whole").isTrue();
      assertThat(get(port, "/ready").statusCode()).isEqualTo(200);
    }
  }
}
