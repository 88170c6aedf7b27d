package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;

/// What our UI asks. Times are ns since 1970-01-01 UTC, as decimal texts in answers.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/traces?start&end&service&errors=true&limit` | `{"traces":[{"traceId","start","durationNs","rootService","rootName","spanCount","errorCount","services"}],"truncated"}`, newest first |
/// | `GET /v1/agents` | `{"agents":[{"identity","host","version","otlp","connected","committedBatch","lastSeen"}]}` |
public final class TracesApi {

  private static final int LIMIT_DEFAULT = 100;
  private static final int LIMIT_MAX = 1000;

  private final TraceList traces;
  private final Supplier<List<KnownAgent>> agents;
  private final UiApi ui;

  /// Publishes those lists.
  public TracesApi(TraceList traces, Supplier<List<KnownAgent>> agents, UiApi ui) {
    this.traces = traces;
    this.agents = agents;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/traces", ui.serve(this::traces));
    routes.get("/v1/agents", ui.serve(this::agents));
  }

  private Consumer<JsonGenerator> traces(Parameters asked) throws ClickHouseException {
    TraceFilter filter =
        new TraceFilter(
            asked.time("start", Long.MIN_VALUE),
            asked.time("end", Long.MAX_VALUE),
            asked.text("service"),
            asked.text("errors").equals("true"),
            limit(asked.text("limit")));
    TraceList.Found found = traces.find(filter);
    return json -> {
      json.writeArrayPropertyStart("traces");
      found.traces().forEach(trace -> write(json, trace));
      json.writeEndArray();
      json.writeBooleanProperty("truncated", found.truncated());
    };
  }

  private static void write(JsonGenerator json, TraceSummary trace) {
    json.writeStartObject();
    json.writeStringProperty("traceId", trace.traceId());
    json.writeStringProperty("start", Long.toUnsignedString(trace.startNanos()));
    json.writeStringProperty("durationNs", Long.toString(trace.durationNanos()));
    json.writeStringProperty("rootService", trace.rootService());
    json.writeStringProperty("rootName", trace.rootName());
    json.writeNumberProperty("spanCount", trace.spanCount());
    json.writeNumberProperty("errorCount", trace.errorCount());
    UiApi.strings(json, "services", trace.services());
    json.writeEndObject();
  }

  private Consumer<JsonGenerator> agents(Parameters asked) {
    return json -> {
      json.writeArrayPropertyStart("agents");
      agents.get().forEach(agent -> write(json, agent));
      json.writeEndArray();
    };
  }

  private static void write(JsonGenerator json, KnownAgent agent) {
    json.writeStartObject();
    json.writeStringProperty("identity", agent.identity());
    json.writeStringProperty("host", agent.host());
    json.writeStringProperty("version", agent.version());
    UiApi.strings(json, "otlp", agent.otlp());
    json.writeBooleanProperty("connected", agent.connected());
    json.writeNumberProperty("committedBatch", agent.committedBatch());
    json.writeStringProperty("lastSeen", agent.lastSeen().toString());
    json.writeEndObject();
  }

  private static int limit(String value) {
    if (value.isEmpty()) {
      return LIMIT_DEFAULT;
    }
    if (!value.matches("\\d{1,4}") || Integer.parseInt(value) > LIMIT_MAX) {
      throw new RefusedException("limit must be a number up to " + LIMIT_MAX);
    }
    return Integer.parseInt(value);
  }
}
