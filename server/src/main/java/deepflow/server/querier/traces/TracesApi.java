package deepflow.server.querier.traces;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.search.FoundTrace;
import deepflow.server.querier.search.SearchException;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.search.TraceSummary;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/// What our UI asks. Times are ns since 1970-01-01 UTC, as decimal texts in answers.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/traces` with the parameters of [TraceParameters] | `{"traces":[{"traceId","start","durationNs","rootService","rootName","spanCount","errorCount","services","matched"}],"next"}`; `matched` only when there are conditions on spans, `next` only when there is more |
/// | `GET /v1/services?start&end` | `{"services":[{"name","spanCount"}]}` |
/// | `GET /v1/agents` | `{"agents":[{"identity","host","version","otlp","connected","committedBatch","lastSeen"}]}` |
public final class TracesApi {

  private static final Logger LOG = LoggerFactory.getLogger(TracesApi.class);
  private static final int ANSWER_BYTES_MAX = 16 << 20;

  private final TraceSearch traces;
  private final ServiceList services;
  private final Supplier<List<KnownAgent>> agents;
  private final Workers workers;

  /// Publishes those lists.
  public TracesApi(
      TraceSearch traces,
      ServiceList services,
      Supplier<List<KnownAgent>> agents,
      Workers workers) {
    this.traces = traces;
    this.services = services;
    this.agents = agents;
    this.workers = workers;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/traces", this::traces);
    routes.get("/v1/services", this::services);
    routes.get("/v1/agents", this::agents);
  }

  /// What a question does; its problems become answers in one place.
  private interface Work {
    HttpResponse answer() throws ClickHouseException;
  }

  private HttpResponse traces(ServiceRequestContext ctx, HttpRequest request) {
    return answer(() -> {
      TraceQuery query = TraceParameters.parse(ctx.queryParams()::getAll);
      TraceSearch.Found found = traces.find(query);
      boolean counted = !query.condition().isOfTraces();
      return json(json -> {
        json.writeArrayPropertyStart("traces");
        found.traces().forEach(trace -> write(json, trace, counted));
        json.writeEndArray();
        if (found.next() != null) {
          json.writeStringProperty("next", found.next().toString());
        }
      });
    });
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
    strings(json, "services", trace.services());
    if (counted) {
      json.writeNumberProperty("matched", found.matched());
    }
    json.writeEndObject();
  }

  private HttpResponse services(ServiceRequestContext ctx, HttpRequest request) {
    return answer(() -> {
      List<ServiceList.Service> found =
          services.find(time(ctx, "start", Long.MIN_VALUE), time(ctx, "end", Long.MAX_VALUE));
      return json(json -> {
        json.writeArrayPropertyStart("services");
        for (ServiceList.Service service : found) {
          json.writeStartObject();
          json.writeStringProperty("name", service.name());
          json.writeNumberProperty("spanCount", service.spanCount());
          json.writeEndObject();
        }
        json.writeEndArray();
      });
    });
  }

  private HttpResponse agents(ServiceRequestContext ctx, HttpRequest request) {
    return answer(() ->
        json(json -> {
          json.writeArrayPropertyStart("agents");
          agents.get().forEach(agent -> write(json, agent));
          json.writeEndArray();
        }));
  }

  private static void write(JsonGenerator json, KnownAgent agent) {
    json.writeStartObject();
    json.writeStringProperty("identity", agent.identity());
    json.writeStringProperty("host", agent.host());
    json.writeStringProperty("version", agent.version());
    strings(json, "otlp", agent.otlp());
    json.writeBooleanProperty("connected", agent.connected());
    json.writeNumberProperty("committedBatch", agent.committedBatch());
    json.writeStringProperty("lastSeen", agent.lastSeen().toString());
    json.writeEndObject();
  }

  private static void strings(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }

  private HttpResponse answer(Work work) {
    return workers.answer(() -> guarded(work), () -> Answers.busy("too many ask at once"));
  }

  private static HttpResponse guarded(Work work) {
    try {
      return work.answer();
    } catch (SearchException e) {
      return Answers.error(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), e.hint());
    } catch (IllegalArgumentException e) {
      return Answers.error(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), "");
    } catch (LimitedOutput.TooLargeException e) {
      return Answers.error(
          HttpStatus.REQUEST_ENTITY_TOO_LARGE, "the answer is too large", "set a lower limit");
    } catch (ClickHouseException e) {
      if (e.kind() == ClickHouseException.Kind.BUSY) {
        return Answers.error(
            HttpStatus.SERVICE_UNAVAILABLE,
            "the question took too much time or memory",
            "narrow the time range");
      }
      LOG.error("a list could not be read", e);
      return Answers.error(HttpStatus.INTERNAL_SERVER_ERROR, "reading the list failed", "");
    }
  }

  private static HttpResponse json(Consumer<JsonGenerator> fields) {
    LimitedOutput output = new LimitedOutput(ANSWER_BYTES_MAX);
    try (JsonGenerator json = JsonOutput.generator(output)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return Answers.json(HttpStatus.OK, output.toByteArray());
  }

  private static String text(ServiceRequestContext ctx, String name) {
    String value = ctx.queryParam(name);
    return value == null ? "" : value;
  }

  private static long time(ServiceRequestContext ctx, String name, long otherwise) {
    String value = text(ctx, name);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!value.matches("\\d{1,18}|[1-8]\\d{18}")) {
      throw new IllegalArgumentException(name + " must be ns since 1970-01-01 UTC");
    }
    return Long.parseLong(value);
  }
}
