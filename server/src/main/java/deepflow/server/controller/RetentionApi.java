package deepflow.server.controller;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.RetentionSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// How long spans are kept. A change is heeded within a minute, for spans that are stored already
/// as well.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/retention` | DATA: `{"RULES":["30d status = error"],"OTHERWISE":"3d","CHOSEN":true}`; CHOSEN is false while the configuration counts |
/// | `PUT /v1/retention` with `{"rules":[…],"otherwise":"3d"}` | the same, as it is now |
/// | `DELETE /v1/retention` | the same: the configuration counts again |
public final class RetentionApi {
  private static final String PATH = "/v1/retention";
  private static final Pattern LENGTH = Pattern.compile("(\\d{1,4})(m|h|d)");

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
    return json -> {
      json.writeStartObject();
      json.writeArrayPropertyStart("RULES");
      current.rules().rules().forEach(rule -> json.writeString(rule.toString()));
      json.writeEndArray();
      json.writeStringProperty("OTHERWISE", shown(current.rules().otherwise()));
      json.writeBooleanProperty("CHOSEN", current.chosen());
      json.writeEndObject();
    };
  }

  private Consumer<JsonGenerator> choose(
      ServiceRequestContext context, AggregatedHttpRequest request)
      throws ControllerException, ClickHouseException {
    JsonNode body = ControllerApi.object(request);
    JsonNode rules = body.path("rules");
    if (!rules.isArray()) {
      throw ControllerException.refused(
          "rules must be a list of texts such as '30d status = error'");
    }
    try {
      List<RetentionRule> read = new ArrayList<>();
      for (JsonNode rule : rules) {
        read.add(RetentionRule.parse(rule.asString("")));
      }
      retention.choose(new RetentionRules(read, otherwise(ControllerApi.text(body, "otherwise"))));
    } catch (IllegalArgumentException e) {
      throw ControllerException.refused(String.valueOf(e.getMessage()));
    }
    return answer();
  }

  /// Not said: as it is.
  private Duration otherwise(String text) throws ClickHouseException {
    if (text.isEmpty()) {
      return retention.current().rules().otherwise();
    }
    Matcher length = LENGTH.matcher(text);
    if (!length.matches()) {
      throw new IllegalArgumentException(
          "otherwise is a duration such as 3d, 12h or 30m, not '%s'".formatted(text));
    }
    long amount = Long.parseLong(length.group(1));
    return switch (length.group(2)) {
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private static String shown(Duration length) {
    long minutes = length.toMinutes();
    return minutes % 1_440 == 0
        ? minutes / 1_440 + "d"
        : minutes % 60 == 0 ? minutes / 60 + "h" : minutes + "m";
  }

  private Consumer<JsonGenerator> reset(
      ServiceRequestContext context, AggregatedHttpRequest request) throws ClickHouseException {
    retention.reset();
    return answer();
  }
}
