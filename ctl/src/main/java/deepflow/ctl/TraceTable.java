package deepflow.ctl;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// A trace as a tree of its spans, by start; spans whose parent isn't there stand at the top.
final class TraceTable {

  private static final int DEPTH_MAX = 40;
  private static final BigDecimal NANOS_OF_MILLI = BigDecimal.valueOf(1_000_000);

  private record Span(JsonNode json, String service) {
    String id() {
      return json.path("spanId").asString("");
    }

    String parent() {
      return json.path("parentSpanId").asString("");
    }

    BigInteger start() {
      return new BigInteger(json.path("startTimeUnixNano").asString("0"));
    }

    BigInteger end() {
      return new BigInteger(json.path("endTimeUnixNano").asString("0"));
    }
  }

  private final Map<String, List<Span>> children = new HashMap<>();
  private final Set<Span> shown = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Cells cells = new Cells(List.of(true, true, false, false, false, false));
  private final BigInteger begin;

  private TraceTable(List<Span> spans) {
    begin = spans.stream().map(Span::start).min(Comparator.naturalOrder()).orElse(BigInteger.ZERO);
    spans.forEach(
        span -> children.computeIfAbsent(span.parent(), _ -> new ArrayList<>()).add(span));
  }

  static void print(JsonNode trace, PrintStream out) {
    List<Span> spans = spans(trace);
    TraceTable table = new TraceTable(spans);
    table.cells.add(List.of("START ms", "DURATION ms", "SERVICE", "KIND", "STATUS", "SPAN"));
    Set<String> ids = new HashSet<>();
    spans.forEach(span -> ids.add(span.id()));
    for (Span span : spans) {
      if (span.parent().isEmpty() || !ids.contains(span.parent())) {
        table.add(span, 0);
      }
    }
    spans.forEach(span -> table.add(span, 0)); // what only a circle of parents leads to
    table.cells.print(out);
  }

  private static List<Span> spans(JsonNode trace) {
    List<Span> spans = new ArrayList<>();
    for (JsonNode ofResource : trace.path("resourceSpans")) {
      String service = service(ofResource);
      for (JsonNode ofScope : ofResource.path("scopeSpans")) {
        ofScope.path("spans").forEach(span -> spans.add(new Span(span, service)));
      }
    }
    spans.sort(Comparator.comparing(Span::start).thenComparing(Span::id));
    return spans;
  }

  private static String service(JsonNode ofResource) {
    for (JsonNode attribute : ofResource.path("resource").path("attributes")) {
      if (attribute.path("key").asString("").equals("service.name")) {
        return attribute.path("value").path("stringValue").asString("");
      }
    }
    return "";
  }

  private void add(Span span, int depth) {
    if (!shown.add(span)) {
      return;
    }
    cells.add(
        List.of(
            millis(span.start().subtract(begin)),
            millis(span.end().subtract(span.start())),
            span.service(),
            span.json().path("kind").asString("").replace("SPAN_KIND_", ""),
            span.json().path("status").path("code").asString("").replace("STATUS_CODE_", ""),
            "  ".repeat(Math.min(depth, DEPTH_MAX)) + span.json().path("name").asString("")));
    if (depth < 1000) {
      children.getOrDefault(span.id(), List.of()).forEach(child -> add(child, depth + 1));
    }
  }

  private static String millis(BigInteger nanos) {
    return new BigDecimal(nanos).divide(NANOS_OF_MILLI, 3, RoundingMode.HALF_UP).toPlainString();
  }
}
