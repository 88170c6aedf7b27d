package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.search.FoundTrace;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.search.TraceSummary;
import deepflow.server.querier.tempo.TraceId;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// What our UI asks. Times are ns since 1970-01-01 UTC, as decimal texts in answers.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/traces` with the parameters of [TraceParameters] | `{"traces":[{"traceId","start","durationNs","rootService","rootName","spanCount","errorCount","services","matched"}],"next"}`; `matched` only when there are conditions on spans, `next` only when there is more |
/// | `GET /v1/traces/{traceId}/linked-from?spanId&limit` | `{"spans":[{"traceId","spanId","service","name","start","linkedSpanId"}],"truncated"}`: spans that have a link to a span of that trace, or to that span alone, by their start; `limit` is 1 to 1000, or else 100 |
public final class TracesApi {

  private static final int LINKING_DEFAULT = 100;
  private static final int LINKING_MAX = 1_000;

  private final TraceSearch traces;
  private final LinkingSpans linking;
  private final UiApi ui;

  /// Publishes what those find.
  public TracesApi(TraceSearch traces, LinkingSpans linking, UiApi ui) {
    this.traces = traces;
    this.linking = linking;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/traces", ui.serve(this::traces));
    routes.get("/v1/traces/{traceId}/linked-from", ui.serve(this::linkedFrom));
  }

  private Consumer<JsonGenerator> traces(Parameters asked) throws ClickHouseException {
    TraceQuery query = TraceParameters.parse(asked::texts);
    TraceSearch.Found found = traces.find(query);
    boolean counted = !query.condition().isOfTraces();
    return json -> {
      json.writeArrayPropertyStart("traces");
      found.traces().forEach(trace -> write(json, trace, counted));
      json.writeEndArray();
      if (found.next() != null) {
        json.writeStringProperty("next", found.next().toString());
      }
    };
  }

  private Consumer<JsonGenerator> linkedFrom(Parameters asked) throws ClickHouseException {
    TraceId traceId =
        TraceId.of(asked.text("traceId"))
            .orElseThrow(() -> new RefusedException("a trace id has 1 to 32 hexadecimal digits"));
    String spanId = asked.text("spanId");
    if (!spanId.matches("(?:[0-9a-fA-F]{16})?")) {
      throw new RefusedException(
          "spanId must have 16 hexadecimal digits", "without it all spans of the trace are meant");
    }
    LinkingSpans.Found found =
        linking.find(traceId.hex(), spanId, asked.limit(LINKING_DEFAULT, LINKING_MAX));
    return json -> {
      json.writeArrayPropertyStart("spans");
      found.spans().forEach(span -> write(json, span));
      json.writeEndArray();
      json.writeBooleanProperty("truncated", found.truncated());
    };
  }

  private static void write(JsonGenerator json, LinkingSpan span) {
    json.writeStartObject();
    json.writeStringProperty("traceId", span.traceId());
    json.writeStringProperty("spanId", span.spanId());
    json.writeStringProperty("service", span.service());
    json.writeStringProperty("name", span.name());
    json.writeStringProperty("start", Long.toUnsignedString(span.startNanos()));
    json.writeStringProperty("linkedSpanId", span.linkedSpanId());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, FoundTrace found, boolean counted) {
    TraceSummary trace = found.summary();
    json.writeStartObject();
    json.writeStringProperty("traceId", trace.traceId());
    json.writeStringProperty("start", Long.toUnsignedString(trace.startNanos()));
    json.writeStringProperty("durationNs", Long.toString(trace.durationNanos()));
    json.writeStringProperty("rootService", trace.rootService());
    json.writeStringProperty("rootName", trace.rootName());
    json.writeNumberProperty("spanCount", trace.spanCount());
    json.writeNumberProperty("errorCount", trace.errorCount());
    UiApi.strings(json, "services", trace.services());
    if (counted) {
      json.writeNumberProperty("matched", found.matched());
    }
    json.writeEndObject();
  }
}
