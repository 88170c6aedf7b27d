package deepflow.server.controller;

import static java.util.stream.Collectors.joining;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.RetentionSetting;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// How long what is stored is kept. A change is heeded within a minute, for what is stored already
/// as well.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/retention` | DATA: `{"RULES":["30d status = error"],"OTHERWISE":"3d","METRICS_1S":"1d","METRICS_1M":"7d","SERVICE_GRAPH":"7d","CHOSEN":true}`; CHOSEN is false while the configuration counts |
/// | `PUT /v1/retention` with `{"rules":[…],"otherwise":"3d","metrics_1s":"1d","metrics_1m":"7d","service_graph":"7d"}` | the same, as it is now; what isn't named stays as it is |
/// | `DELETE /v1/retention` | the same: the configuration counts again |
public final class RetentionApi {
  private static final String PATH = "/v1/retention";
  private static final Pattern LENGTH = Pattern.compile("(\\d{1,7})(s|m|h|d)");
  private static final List<String> FIELDS =
      List.of("rules", "otherwise", "metrics_1s", "metrics_1m", "service_graph");

  private final RetentionSetting retention;

  /// Publishes that setting.
  public RetentionApi(RetentionSetting retention) {
    this.retention = retention;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get(PATH, ControllerApi.serve((_, _) -> answer()));
    routes.on(HttpMethod.PUT, PATH, ControllerApi.serve(this::choose));
    routes.on(HttpMethod.DELETE, PATH, ControllerApi.serve(this::reset));
  }

  private Consumer<JsonGenerator> answer() throws ClickHouseException {
    RetentionSetting.Current current = retention.current();
    Lifetimes kept = current.lifetimes();
    return json -> {
      json.writeStartObject();
      json.writeArrayPropertyStart("RULES");
      kept.spans().rules().forEach(rule -> json.writeString(rule.toString()));
      json.writeEndArray();
      json.writeStringProperty("OTHERWISE", Lifetimes.shown(kept.spans().otherwise()));
      json.writeStringProperty("METRICS_1S", Lifetimes.shown(kept.metrics1s()));
      json.writeStringProperty("METRICS_1M", Lifetimes.shown(kept.metrics1m()));
      json.writeStringProperty("SERVICE_GRAPH", Lifetimes.shown(kept.serviceGraph()));
      json.writeBooleanProperty("CHOSEN", current.chosen());
      json.writeEndObject();
    };
  }

  private Consumer<JsonGenerator> choose(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    JsonNode body = ControllerApi.object(request);
    Lifetimes kept = retention.current().lifetimes();
    try {
      checkFields(body);
      retention.choose(
          new Lifetimes(
              new RetentionRules(
                  rules(body, kept.spans().rules()),
                  length(body, "otherwise", kept.spans().otherwise())),
              length(body, "metrics_1s", kept.metrics1s()),
              length(body, "metrics_1m", kept.metrics1m()),
              length(body, "service_graph", kept.serviceGraph())));
    } catch (IllegalArgumentException e) {
      throw ControllerException.refused(String.valueOf(e.getMessage()));
    }
    return answer();
  }

  /// A name that is written wrong would change nothing.
  private static void checkFields(JsonNode body) {
    String others =
        body.propertyNames().stream().filter(name -> !FIELDS.contains(name)).collect(joining(", "));
    if (body.isEmpty() || !others.isEmpty()) {
      throw new IllegalArgumentException(
          "expected one or more of %s, not %s"
              .formatted(String.join(", ", FIELDS), others.isEmpty() ? "none" : others));
    }
  }

  private static List<RetentionRule> rules(JsonNode body, List<RetentionRule> unsaid) {
    JsonNode rules = body.path("rules");
    if (rules.isMissingNode()) {
      return unsaid;
    }
    if (!rules.isArray()) {
      throw new IllegalArgumentException(
          "rules must be a list of texts such as '30d status = error'");
    }
    return rules.valueStream().map(rule -> RetentionRule.parse(rule.asString(""))).toList();
  }

  private static Duration length(JsonNode body, String field, Duration unsaid) {
    JsonNode text = body.path(field);
    if (text.isMissingNode()) {
      return unsaid;
    }
    Matcher length = LENGTH.matcher(text.asString(""));
    if (!length.matches()) {
      throw new IllegalArgumentException(
          "%s is a duration such as 3d, 12h or 30m, not %s".formatted(field, text));
    }
    long amount = Long.parseLong(length.group(1));
    return switch (length.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private Consumer<JsonGenerator> reset(
      ServiceRequestContext context, AggregatedHttpRequest request) throws ClickHouseException {
    retention.reset();
    return answer();
  }
}
