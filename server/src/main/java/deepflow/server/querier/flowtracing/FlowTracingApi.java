package deepflow.server.querier.flowtracing;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import deepflow.server.querier.JsonOutput;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;

/// DeepFlow's API for a trace as a flame graph shows it: `POST /v1/stats/querier/L7FlowTracing` and
/// `GET /v1/stats/querier/TracingAlgoParams`.
///
/// A trace is always given whole: `time_start` and `time_end` are checked and no more, since spans
/// outside of them belong to it too. One that is too large is cut, and says so: 206,
/// `PARTIAL_RESULT`, and in DATA `truncated` and `span_count`.
public final class FlowTracingApi {

  private static final String PATH = "/v1/stats/querier/";

  private final FlowTracing tracing;
  private final Workers workers;

  /// Publishes what that querier finds.
  public FlowTracingApi(FlowTracing tracing, Workers workers) {
    this.tracing = tracing;
    this.workers = workers;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.post(PATH + "L7FlowTracing", this::serve);
    routes.get(PATH + "TracingAlgoParams", (_, _) -> parameters());
  }

  private HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    return HttpResponse.of(
        request
            .aggregate()
            .thenApply(whole ->
                workers.answer(
                    () -> toHttp(tracing.answer(whole.contentUtf8())),
                    () -> toHttp(FlowTracing.tooMany()))));
  }

  private static HttpResponse toHttp(TracingAnswer answer) {
    HttpStatus status =
        switch (answer.outcome()) {
          case SUCCESS -> HttpStatus.OK;
          case PARTIAL -> HttpStatus.PARTIAL_CONTENT;
          case REFUSED -> HttpStatus.BAD_REQUEST;
          case BUSY -> HttpStatus.SERVICE_UNAVAILABLE;
          case FAILED -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    return Answers.json(status, answer.json());
  }

  /// DeepFlow's defaults. Spans of applications need none of them.
  private static HttpResponse parameters() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOutput.generator(body)) {
      json.writeStartObject();
      json.writeStringProperty("OPT_STATUS", "SUCCESS");
      json.writeStringProperty("DESCRIPTION", "");
      json.writeObjectPropertyStart("DATA");
      json.writeNumberProperty("network_delay_us", 50_000);
      json.writeNumberProperty("host_clock_offset_us", 10_000);
      json.writeNumberProperty("max_iteration", 30);
      json.writeEndObject();
      json.writeEndObject();
    }
    return Answers.json(HttpStatus.OK, body.toByteArray());
  }
}
