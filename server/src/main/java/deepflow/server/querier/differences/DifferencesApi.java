package deepflow.server.querier.differences;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.differences.Difference.AttributeShare;
import deepflow.server.querier.differences.Difference.OperationCost;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.traces.TraceParameters;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// What sets the traces of a list apart from the others of its time range, for our UI.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/differences` with the parameters of [TraceParameters]; limit and cursor are not looked at | `{"selected","others","attributes":[{"service","key","value","scope","selected","others"}],"operations":[{"service","name","selectedCalls","othersCalls","selectedSelfNs","othersSelfNs"}],"truncated"}` |
///
/// The others have a span with the same service and name. Attributes count traces, operations are
/// means of a trace, their times ns as decimal texts.
public final class DifferencesApi {

  private static final Set<String> OF_PAGES = Set.of("limit", "cursor");
  private static final Set<String> OF_ALL = Set.of("start", "end", "service", "name");

  private final Differences differences;
  private final UiApi ui;

  /// Publishes those differences.
  public DifferencesApi(Differences differences, UiApi ui) {
    this.differences = differences;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/differences", ui.serve(this::differences));
  }

  private Consumer<JsonGenerator> differences(Parameters asked) throws ClickHouseException {
    TraceQuery filter =
        TraceParameters.parse(name -> OF_PAGES.contains(name) ? List.of() : asked.texts(name));
    TraceQuery all =
        TraceParameters.parse(name -> OF_ALL.contains(name) ? asked.texts(name) : List.of());
    Difference found = differences.find(filter, all);
    return json -> {
      json.writeNumberProperty("selected", found.selected());
      json.writeNumberProperty("others", found.others());
      json.writeArrayPropertyStart("attributes");
      found.attributes().forEach(share -> write(json, share));
      json.writeEndArray();
      json.writeArrayPropertyStart("operations");
      found.operations().forEach(cost -> write(json, cost));
      json.writeEndArray();
      json.writeBooleanProperty("truncated", found.truncated());
    };
  }

  private static void write(JsonGenerator json, AttributeShare share) {
    Attribute attribute = share.attribute();
    json.writeStartObject();
    json.writeStringProperty("service", attribute.service());
    json.writeStringProperty("key", attribute.key());
    json.writeStringProperty("value", attribute.value());
    json.writeStringProperty("scope", attribute.ofResource() ? "resource" : "span");
    json.writeNumberProperty("selected", share.selected());
    json.writeNumberProperty("others", share.others());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, OperationCost cost) {
    json.writeStartObject();
    json.writeStringProperty("service", cost.operation().service());
    json.writeStringProperty("name", cost.operation().name());
    json.writeNumberProperty("selectedCalls", rounded(cost.selectedCalls()));
    json.writeNumberProperty("othersCalls", rounded(cost.othersCalls()));
    json.writeStringProperty("selectedSelfNs", Long.toString(cost.selectedSelfNanos()));
    json.writeStringProperty("othersSelfNs", Long.toString(cost.othersSelfNanos()));
    json.writeEndObject();
  }

  /// Three decimals say enough of a mean.
  private static double rounded(double mean) {
    return Math.round(mean * 1000) / 1000.0;
  }
}
