package deepflow.server.querier.flowtracing;

import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.sql.JsonValues;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Writes `{"OPT_STATUS","DESCRIPTION","TYPE":"Flow_Log_L7_Tracing","DATA":{"tracing":[…],
/// "services":[…],"host_clock_correction":{}}}`. Spans and services have DeepFlow's fields; those
/// of eBPF have its values for none.
///
/// Source: DeepFlow-app `app/app/application/l7_flow_tracing.py` at 2026-04-24.
final class TracingWriter {

  private static final String TYPE = "Flow_Log_L7_Tracing";

  private final LimitedOutput output;
  private final JsonGenerator json;

  private TracingWriter(int bytesMax) {
    output = new LimitedOutput(bytesMax);
    json = JsonOutput.generator(output);
  }

  /// An answer without a trace.
  static byte[] empty(TracingAnswer.Outcome outcome, String description) {
    TracingWriter writer = new TracingWriter(64 << 10);
    writer.head(outcome, description);
    return writer.end();
  }

  /// A trace.
  ///
  /// @param found how many spans it has; more than are given when the answer is cut
  static byte[] trace(List<TracedSpan> spans, long found, boolean attributes, int bytesMax) {
    TracingWriter writer = new TracingWriter(bytesMax);
    boolean truncated = found > spans.size();
    writer.head(
        truncated ? TracingAnswer.Outcome.PARTIAL : TracingAnswer.Outcome.SUCCESS,
        truncated ? "the first %s of %s spans by their start".formatted(spans.size(), found) : "");
    writer.data(spans, attributes);
    if (truncated) {
      writer.json.writeBooleanProperty("truncated", true);
      writer.json.writeNumberProperty("span_count", found);
    }
    return writer.end();
  }

  private void head(TracingAnswer.Outcome outcome, String description) {
    json.writeStartObject();
    json.writeStringProperty("OPT_STATUS", outcome.word());
    json.writeStringProperty("DESCRIPTION", description);
    json.writeStringProperty("TYPE", TYPE);
    json.writeObjectPropertyStart("DATA");
  }

  private byte[] end() {
    json.writeEndObject();
    json.writeEndObject();
    json.close();
    return output.toByteArray();
  }

  private void data(List<TracedSpan> spans, boolean attributes) {
    SpanTree tree = SpanTree.of(spans.stream().map(TracedSpan::inTree).toList());
    List<String> ids = uniqueIds(spans);
    json.writeArrayPropertyStart("tracing");
    for (int i = 0; i < spans.size(); i++) {
      json.writeStartObject();
      place(spans, tree, ids, i);
      content(spans.get(i));
      if (attributes) {
        json.writeStringProperty("attribute", spans.get(i).row().text("attribute"));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    services(spans, tree);
    json.writeObjectPropertyStart("host_clock_correction");
    json.writeEndObject();
  }

  /// A span's own id; one that another has already gets its index behind it.
  private static List<String> uniqueIds(List<TracedSpan> spans) {
    Set<String> seen = new HashSet<>();
    List<String> ids = new ArrayList<>();
    for (TracedSpan span : spans) {
      String id = span.row().text("span_id");
      ids.add(seen.add(id) ? id : id + "-" + ids.size());
    }
    return ids;
  }

  private void place(List<TracedSpan> spans, SpanTree tree, List<String> ids, int i) {
    int parent = tree.parent(i);
    TreeSpan span = spans.get(i).inTree();
    json.writeNumberProperty("id", i);
    json.writeArrayPropertyStart("_ids");
    json.writeString(spans.get(i).id());
    json.writeEndArray();
    json.writeArrayPropertyStart("related_ids");
    if (parent != SpanTree.NONE) {
      related(spans, parent);
    }
    tree.children(i).forEach(child -> related(spans, child));
    json.writeEndArray();
    json.writeNumberProperty("parent_id", parent);
    json.writeArrayPropertyStart("childs");
    tree.children(i).forEach(json::writeNumber);
    json.writeEndArray();
    json.writeStringProperty("deepflow_span_id", ids.get(i));
    json.writeStringProperty(
        "deepflow_parent_span_id", parent == SpanTree.NONE ? "" : ids.get(parent));
    json.writeStringProperty("set_parent_info", tree.mount(i).reason());
    for (String prefix : List.of("", "render_")) {
      json.writeNumberProperty(prefix + "start_time_us", span.start());
      json.writeNumberProperty(prefix + "end_time_us", span.end());
    }
    json.writeNumberProperty("duration", span.duration());
    json.writeNumberProperty("selftime", tree.selfTime(i));
  }

  private void related(List<TracedSpan> spans, int other) {
    json.writeString("%s-app-%s".formatted(other, spans.get(other).id()));
  }

  private void content(TracedSpan span) {
    for (String name : TracedSpan.PLAIN) {
      field(name, span.row().get(name));
    }
    for (String name : TracedSpan.TEXTS) {
      json.writeStringProperty(name, span.row().text(name));
    }
    for (String name : TracedSpan.SIDED) {
      field(name, span.row().get(span.sided(name)));
    }
    field("tap_id", span.row().get("capture_network_type_id"));
    json.writeStringProperty("service_uid", span.service().uid());
    json.writeStringProperty("service_uname", span.service().name());
    // Numbers that only DeepFlow's controller gives.
    for (String name : List.of("vtap_id", "auto_instance_id", "auto_service_id")) {
      json.writeNumberProperty(name, 0);
    }
    for (String name : List.of("subnet", "gprocess", "_querier_region")) {
      json.writeStringProperty(name, "");
    }
    json.writeNullProperty("resource_from_vtap");
  }

  private void field(String name, @Nullable Object value) {
    json.writeName(name);
    JsonValues.write(json, value);
  }

  private void services(List<TracedSpan> spans, SpanTree tree) {
    Map<TracedSpan.Service, Long> times = new HashMap<>();
    long all = 0;
    for (int i = 0; i < spans.size(); i++) {
      times.merge(spans.get(i).service(), tree.selfTime(i), Long::sum);
      all += tree.selfTime(i);
    }
    long whole = all;
    json.writeArrayPropertyStart("services");
    times.entrySet().stream()
        .sorted(
            Map.Entry.<TracedSpan.Service, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(time -> time.getKey().uid()))
        .forEach(time -> service(time.getKey(), time.getValue(), whole));
    json.writeEndArray();
  }

  private void service(TracedSpan.Service service, long duration, long all) {
    json.writeStartObject();
    json.writeStringProperty("service_uid", service.uid());
    json.writeStringProperty("service_uname", service.name());
    json.writeNumberProperty("duration", duration);
    json.writeStringProperty(
        "duration_ratio",
        String.format(Locale.ROOT, "%.2f", all == 0 ? 0.0 : duration * 100.0 / all));
    json.writeEndObject();
  }
}
