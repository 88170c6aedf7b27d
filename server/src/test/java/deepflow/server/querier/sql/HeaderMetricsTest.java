package deepflow.server.querier.sql;

import static deepflow.server.querier.sql.SampleSpans.array;
import static deepflow.server.querier.sql.SampleSpans.span;
import static deepflow.server.querier.sql.SampleSpans.value;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Headers are arrays of texts; a number that is the only one in its array is a number.
class HeaderMetricsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final String REQUEST = "http.request.header.content-length";
  private static final String RESPONSE = "http.response.header.content-length";

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .addScopeSpans(
                            ScopeSpans.newBuilder()
                                .addSpans(
                                    span("one", 1)
                                        .addAttributes(array(REQUEST, "120"))
                                        .addAttributes(array(RESPONSE, "30")))
                                .addSpans(span("two", 2).addAttributes(array(REQUEST, "1", "2")))
                                .addSpans(
                                    span("bytes", 3)
                                        .addAttributes(
                                            value(
                                                REQUEST,
                                                AnyValue.newBuilder()
                                                    .setBytesValue(
                                                        ByteString.fromHex("d76df8")))))))
                .build());
  }

  private static String sum(String metric, String span) {
    String sql =
        "SELECT Sum(%s) AS x FROM l7_flow_log WHERE endpoint = '%s'".formatted(metric, span);
    return AskedSql.values(engine, sql).toString();
  }

  @Test
  void theOnlyElementOfAnArrayIsTheNumber() {
    assertThat(sum("metrics.http.request_content_length", "one")).isEqualTo("[[120.0]]");
    assertThat(sum("metrics.http.response_content_length", "one")).isEqualTo("[[30.0]]");
    assertThat(sum("`metrics." + REQUEST + "`", "one")).isEqualTo("[[120.0]]");
  }

  @Test
  void severalElementsAndBytesAreNoNumber() {
    assertThat(sum("metrics.http.request_content_length", "two")).isEqualTo("[[null]]");
    assertThat(sum("metrics.http.request_content_length", "bytes")).isEqualTo("[[null]]");
  }
}
