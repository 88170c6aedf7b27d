package deepflow.server.controller;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.wire.control.GroupConfigExample;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// Groups of agents and their configurations, on DeepFlow's paths. A group's LCUUID is its id;
/// where an id is asked for its name will do.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/vtap-groups/`, `?name=`, `?short_uuid=` | DATA: `[{"NAME","LCUUID","SHORT_UUID","UPDATED_AT"}]` |
/// | `POST /v1/vtap-groups/` with `name`, `group_id` | DATA: the group |
/// | `DELETE /v1/vtap-groups/{id}/` | DATA: `{}` |
/// | `GET /v1/agent-group-configuration/template/yaml` | DATA: an example with all keys |
/// | `GET /v1/agent-group-configuration/yaml`, `GET /v1/agent-group-configurations` | DATA: `[{"AGENT_GROUP_LCUUID","AGENT_GROUP_NAME","UPDATED_AT","YAML"}]` |
/// | `GET /v1/agent-group-configuration/{id}/yaml` | DATA: its text |
/// | `POST` (new), `PUT` (in place of the old one) the same path, with the YAML as body | DATA: `{"WARNINGS":[…]}` |
/// | `DELETE /v1/agent-group-configuration/{id}` | DATA: `{}` |
public final class GroupsApi {
  private static final String CONFIGURATION = "/v1/agent-group-configuration";

  private final Controller controller;

  /// Publishes the groups that a controller knows.
  public GroupsApi(Controller controller) {
    this.controller = controller;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/vtap-groups/", ControllerApi.serve(this::list));
    routes.post("/v1/vtap-groups/", ControllerApi.serve(this::create));
    routes.on(HttpMethod.DELETE, "/v1/vtap-groups/{id}/", ControllerApi.serve(this::delete));
    routes.get(
        CONFIGURATION + "/template/yaml",
        ControllerApi.serve((_, _) -> json -> json.writeString(GroupConfigExample.TEXT)));
    routes.get(CONFIGURATION + "/yaml", ControllerApi.serve(this::configurations));
    routes.get("/v1/agent-group-configurations", ControllerApi.serve(this::configurations));
    routes.get(CONFIGURATION + "/{id}/yaml", ControllerApi.serve(this::configuration));
    routes.post(CONFIGURATION + "/{id}/yaml", ControllerApi.serve(this::configure));
    routes.on(HttpMethod.PUT, CONFIGURATION + "/{id}/yaml", ControllerApi.serve(this::reconfigure));
    routes.on(HttpMethod.DELETE, CONFIGURATION + "/{id}", ControllerApi.serve(this::unconfigure));
  }

  private Consumer<JsonGenerator> list(
      ServiceRequestContext context, AggregatedHttpRequest request) {
    String name = context.queryParams().get("name", "");
    String id = context.queryParams().get("short_uuid", "");
    List<AgentGroup> groups =
        controller.groups().stream()
            .filter(group -> name.isEmpty() || group.name().equals(name))
            .filter(group -> id.isEmpty() || group.id().equals(id) || group.name().equals(id))
            .toList();
    return json -> {
      json.writeStartArray();
      groups.forEach(group -> write(json, group));
      json.writeEndArray();
    };
  }

  private static void write(JsonGenerator json, AgentGroup group) {
    json.writeStartObject();
    json.writeStringProperty("NAME", group.name());
    json.writeStringProperty("LCUUID", group.id());
    json.writeStringProperty("SHORT_UUID", group.id());
    json.writeStringProperty("UPDATED_AT", group.updated().toString());
    json.writeEndObject();
  }

  private Consumer<JsonGenerator> create(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    JsonNode body = ControllerApi.object(request);
    AgentGroup group =
        controller.createGroup(
            ControllerApi.text(body, "name", "NAME"), ControllerApi.text(body, "group_id"));
    return json -> write(json, group);
  }

  private Consumer<JsonGenerator> delete(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    controller.deleteGroup(id(context));
    return AgentsApi::nothing;
  }

  private static String id(ServiceRequestContext context) {
    return Objects.requireNonNull(context.pathParam("id"));
  }

  private Consumer<JsonGenerator> configurations(
      ServiceRequestContext context, AggregatedHttpRequest request) {
    List<AgentGroup> groups = controller.groups();
    return json -> {
      json.writeStartArray();
      for (AgentGroup group : groups) {
        String yaml = group.configuration();
        if (yaml != null) {
          json.writeStartObject();
          json.writeStringProperty("AGENT_GROUP_LCUUID", group.id());
          json.writeStringProperty("AGENT_GROUP_NAME", group.name());
          json.writeStringProperty("UPDATED_AT", group.updated().toString());
          json.writeStringProperty("YAML", yaml);
          json.writeEndObject();
        }
      }
      json.writeEndArray();
    };
  }

  private Consumer<JsonGenerator> configuration(
      ServiceRequestContext context, AggregatedHttpRequest request) throws ControllerException {
    String yaml = existing(id(context));
    return json -> json.writeString(yaml);
  }

  private String existing(String id) throws ControllerException {
    AgentGroup group = controller.group(id);
    String yaml = group.configuration();
    if (yaml == null) {
      throw ControllerException.notFound(
          "group '%s' has no configuration: deepflow-ctl agent-group-config create gives it one"
              .formatted(group.name()));
    }
    return yaml;
  }

  private Consumer<JsonGenerator> configure(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    AgentGroup group = controller.group(id(context));
    if (group.configuration() != null) {
      throw ControllerException.refused(
          "group '%s' has a configuration already: change it with deepflow-ctl agent-group-config update"
              .formatted(group.name()));
    }
    return store(group.id(), request);
  }

  private Consumer<JsonGenerator> reconfigure(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    existing(id(context));
    return store(id(context), request);
  }

  private Consumer<JsonGenerator> store(String id, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    List<String> warnings = controller.configure(id, request.contentUtf8());
    return json -> {
      json.writeStartObject();
      AgentsApi.strings(json, "WARNINGS", warnings);
      json.writeEndObject();
    };
  }

  private Consumer<JsonGenerator> unconfigure(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    existing(id(context));
    controller.configure(id(context), null);
    return AgentsApi::nothing;
  }
}
