package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.search.FoundTrace;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.search.TraceSummary;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// What our UI asks. Times are ns since 1970-01-01 UTC, as decimal texts in answers.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/traces` with the parameters of [TraceParameters] | `{"traces":[{"traceId","start","durationNs","rootService","rootName","spanCount","errorCount","services","matched"}],"next"}`; `matched` only when there are conditions on spans, `next` only when there is more |
public final class TracesApi {

  private final TraceSearch traces;
  private final UiApi ui;

  /// Publishes that list.
  public TracesApi(TraceSearch traces, UiApi ui) {
    this.traces = traces;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/traces", ui.serve(this::traces));
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
