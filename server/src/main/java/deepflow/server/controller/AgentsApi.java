package deepflow.server.controller;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.wire.control.ConfigStatus;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;

/// Agents, for DeepFlow's clients and for our UI.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/vtaps/`, `?name=` | DATA: a list of agents with DeepFlow's keys, and CONFIG_REVISION, CONFIG_WANTED, CONFIG_STATE, CONFIG_ERROR, QUEUE_BYTES, QUEUE_SPANS; with a name ATTRIBUTES and EFFECTIVE_CONFIG too |
/// | `PATCH /v1/vtaps/{uid}/` with `name`, `ENABLE` (0, 1), `VTAP_GROUP_LCUUID` (id or name) | DATA: `{}` |
/// | `DELETE /v1/vtaps/{uid}/` | DATA: `{}` |
/// | `GET /v1/agents` | for the UI: `{"agents":[…]}`, those that only the ingester knows included |
public final class AgentsApi {
  private static final JsonFactory JSON = new JsonFactory();

  private final Controller controller;
  private final Supplier<List<LinkedAgent>> linked;

  /// Publishes agents.
  ///
  /// @param linked those that the ingester knows
  public AgentsApi(Controller controller, Supplier<List<LinkedAgent>> linked) {
    this.controller = controller;
    this.linked = linked;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/vtaps/", ControllerApi.serve(this::list));
    routes.on(HttpMethod.PATCH, "/v1/vtaps/{uid}/", ControllerApi.serve(this::update));
    routes.on(HttpMethod.DELETE, "/v1/vtaps/{uid}/", ControllerApi.serve(this::delete));
    routes.get("/v1/agents", (_, _) -> forUi());
  }

  private Consumer<JsonGenerator> list(
      ServiceRequestContext context, AggregatedHttpRequest request) {
    String name = context.queryParams().get("name", "");
    List<AgentView> agents =
        controller.agents().stream()
            .filter(view -> name.isEmpty() || view.agent().name().equals(name))
            .toList();
    return json -> {
      json.writeStartArray();
      agents.forEach(view -> write(json, view, /* whole= */ !name.isEmpty()));
      json.writeEndArray();
    };
  }

  private static void write(JsonGenerator json, AgentView view, boolean whole) {
    RegisteredAgent agent = view.agent();
    AgentReport report = view.report();
    json.writeStartObject();
    json.writeNumberProperty("ID", agent.number());
    json.writeStringProperty("NAME", agent.name());
    json.writeStringProperty("LCUUID", agent.uid());
    json.writeStringProperty("TYPE", view.attribute("service.name"));
    json.writeStringProperty("CTRL_IP", report == null ? "" : report.address());
    json.writeNumberProperty("STATE", view.state().number());
    json.writeStringProperty("STATE_NAME", view.state().name());
    json.writeNumberProperty("ENABLE", agent.enabled() ? 1 : 0);
    json.writeStringProperty("VTAP_GROUP_NAME", view.group().name());
    json.writeStringProperty("VTAP_GROUP_LCUUID", view.group().id());
    strings(json, "EXCEPTIONS", view.exceptions());
    json.writeStringProperty("REVISION", view.attribute("service.version"));
    json.writeStringProperty("CREATED_AT", agent.registered().toString());
    json.writeStringProperty("SYNCED_AT", report == null ? "" : report.lastSeen().toString());
    json.writeStringProperty("CONFIG_REVISION", view.status().revision());
    json.writeStringProperty("CONFIG_WANTED", view.wanted());
    json.writeStringProperty("CONFIG_STATE", configState(view));
    json.writeStringProperty("CONFIG_ERROR", view.status().error());
    json.writeNumberProperty("QUEUE_BYTES", view.queue("bytes"));
    json.writeNumberProperty("QUEUE_SPANS", view.queue("spans"));
    if (whole && report != null) {
      writeWhole(json, report);
    }
    json.writeEndObject();
  }

  /// What is too long for a list of all.
  private static void writeWhole(JsonGenerator json, AgentReport report) {
    json.writeObjectPropertyStart("ATTRIBUTES");
    report.description().identifying().forEach(json::writeStringProperty);
    report.description().other().forEach(json::writeStringProperty);
    json.writeEndObject();
    json.writeStringProperty("EFFECTIVE_CONFIG", report.effectiveConfig());
  }

  private static String configState(AgentView view) {
    if (view.status().state() == ConfigStatus.State.FAILED) {
      return "FAILED";
    }
    if (!view.upToDate()) {
      return "PENDING";
    }
    return view.wanted().isEmpty() ? "NONE" : "APPLIED";
  }

  private Consumer<JsonGenerator> update(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    JsonNode body = ControllerApi.object(request);
    String name = ControllerApi.text(body, "name", "NAME");
    String group = ControllerApi.text(body, "VTAP_GROUP_LCUUID", "vtap_group_id", "agent_group_id");
    controller.updateAgent(
        String.valueOf(context.pathParam("uid")),
        name.isEmpty() ? null : name,
        group.isEmpty() ? null : group,
        enabled(body));
    return AgentsApi::nothing;
  }

  private static @Nullable Boolean enabled(JsonNode body) throws ControllerException {
    JsonNode value = body.has("ENABLE") ? body.path("ENABLE") : body.path("enable");
    if (value.isMissingNode()) {
      return null;
    }
    if (value.isBoolean()) {
      return value.asBoolean();
    }
    if (value.isInt() && (value.asInt() == 0 || value.asInt() == 1)) {
      return value.asInt() == 1;
    }
    throw ControllerException.refused("enable must be 0 or 1");
  }

  private Consumer<JsonGenerator> delete(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    controller.deleteAgent(String.valueOf(context.pathParam("uid")));
    return AgentsApi::nothing;
  }

  static void nothing(JsonGenerator json) {
    json.writeStartObject();
    json.writeEndObject();
  }

  static void strings(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }

  private HttpResponse forUi() {
    Map<String, LinkedAgent> links = new LinkedHashMap<>();
    linked.get().forEach(link -> links.put(link.identity(), link));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeArrayPropertyStart("agents");
      for (AgentView view : controller.agents()) {
        LinkedAgent link = links.remove(view.agent().uid());
        json.writeStartObject();
        writeLink(json, link == null ? unlinked(view) : link);
        writeControl(json, view);
        json.writeEndObject();
      }
      for (LinkedAgent link : links.values()) {
        json.writeStartObject();
        writeLink(json, link);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return Answers.json(HttpStatus.OK, out.toByteArray());
  }

  /// One that sends no spans to this server: a collector, or an agent that has not sent any yet.
  private static LinkedAgent unlinked(AgentView view) {
    AgentReport report = view.report();
    String otlp = view.attribute("deepflow.otlp");
    return new LinkedAgent(
        view.agent().uid(),
        view.attribute("host.name"),
        view.attribute("service.version"),
        otlp.isEmpty() ? List.of() : List.of(otlp.split(",", -1)),
        false,
        0,
        report == null ? Instant.EPOCH : report.lastSeen());
  }

  private static void writeLink(JsonGenerator json, LinkedAgent agent) {
    json.writeStringProperty("identity", agent.identity());
    json.writeStringProperty("host", agent.host());
    json.writeStringProperty("version", agent.version());
    strings(json, "otlp", agent.otlp());
    json.writeBooleanProperty("connected", agent.connected());
    json.writeNumberProperty("committedBatch", agent.committedBatch());
    json.writeStringProperty("lastSeen", agent.lastSeen().toString());
  }

  private static void writeControl(JsonGenerator json, AgentView view) {
    AgentReport report = view.report();
    json.writeNumberProperty("number", view.agent().number());
    json.writeStringProperty("name", view.agent().name());
    json.writeStringProperty("program", view.attribute("service.name"));
    json.writeStringProperty("address", report == null ? "" : report.address());
    json.writeStringProperty("state", view.state().name().toLowerCase(Locale.ROOT));
    json.writeStringProperty("group", view.group().name());
    json.writeStringProperty("lastReport", report == null ? "" : report.lastSeen().toString());
    json.writeObjectPropertyStart("config");
    json.writeStringProperty("state", configState(view).toLowerCase(Locale.ROOT));
    json.writeStringProperty("revision", view.status().revision());
    json.writeStringProperty("wanted", view.wanted());
    json.writeStringProperty("error", view.status().error());
    json.writeEndObject();
    Map<String, Long> queue = new HashMap<>();
    for (String figure : List.of("bytes", "capacity_bytes", "spans", "oldest_age_seconds")) {
      queue.put(figure, view.queue(figure));
    }
    if (queue.values().stream().allMatch(figure -> figure >= 0)) {
      json.writeObjectPropertyStart("queue");
      json.writeNumberProperty("bytes", queue.getOrDefault("bytes", 0L));
      json.writeNumberProperty("capacityBytes", queue.getOrDefault("capacity_bytes", 0L));
      json.writeNumberProperty("spans", queue.getOrDefault("spans", 0L));
      json.writeNumberProperty("oldestAgeSeconds", queue.getOrDefault("oldest_age_seconds", 0L));
      json.writeEndObject();
    }
    strings(json, "exceptions", view.exceptions());
  }
}
