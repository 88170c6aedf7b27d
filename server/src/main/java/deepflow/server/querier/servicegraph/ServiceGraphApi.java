package deepflow.server.querier.servicegraph;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /v1/service-graph?start&end`: who calls whom. Times are ns since 1970-01-01 UTC and
/// durations ns, as decimal texts in the answer; whole minutes count, those of `start` and `end`
/// included; without them it is the last hour. Calls are there a minute or two after they were
/// answered. Those from outside of 1970 to 2106 are in the first or the last minute of that.
///
/// `{"nodes":[{"id","name","type","calls","errors","p50Ns","p95Ns","p99Ns"}],"edges":[{"client",
/// "server","kind","calls","errors","p50Ns","p95Ns","p99Ns"}],"truncated"}`
///
/// A node's type is `service`, `database` or `queue`; its figures are those of the requests that it
/// served. An edge names two nodes by their ids; its kind is `call`, or `link` for what span links
/// tell: from the service of the span that is named to that of the one which names it. Quantiles of
/// no calls are null. `truncated`: there are more edges, or more services that no edge names.
public final class ServiceGraphApi {

  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final long MINUTE = Duration.ofMinutes(1).toSeconds();

  /// In the last minute that the table tells apart.
  private static final long LAST = TimeUnit.SECONDS.toNanos(0xFFFF_FFFFL);

  private final ServiceGraph graph;
  private final InstantSource clock;
  private final UiApi ui;

  /// Publishes that graph.
  public ServiceGraphApi(ServiceGraph graph, InstantSource clock, UiApi ui) {
    this.graph = graph;
    this.clock = clock;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/service-graph", ui.serve(this::graph));
  }

  Consumer<JsonGenerator> graph(Parameters asked) throws ClickHouseException {
    long end = asked.time("end", TimeUnit.MILLISECONDS.toNanos(clock.millis()));
    long start = asked.time("start", Math.max(0, end - HOUR));
    if (start > end) {
      throw new RefusedException("start comes after end", "swap them; without end it is now");
    }
    if (start > LAST) {
      throw new RefusedException(
          "start is after 2106-02-07, and later calls are not told apart",
          "times are ns since 1970-01-01 UTC");
    }
    ServiceGraph.Found found = graph.find(minute(start), minute(end));
    return json -> {
      json.writeArrayPropertyStart("nodes");
      found.nodes().forEach(node -> write(json, node));
      json.writeEndArray();
      json.writeArrayPropertyStart("edges");
      found.edges().forEach(edge -> write(json, edge));
      json.writeEndArray();
      json.writeBooleanProperty("truncated", found.truncated());
    };
  }

  private static long minute(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(Math.min(nanos, LAST)) / MINUTE * MINUTE;
  }

  private static void write(JsonGenerator json, GraphNode node) {
    json.writeStartObject();
    json.writeStringProperty("id", node.name().id());
    json.writeStringProperty("name", node.name().text());
    json.writeStringProperty("type", node.name().type().word());
    write(json, node.calls());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, GraphEdge edge) {
    json.writeStartObject();
    json.writeStringProperty("client", edge.client().id());
    json.writeStringProperty("server", edge.server().id());
    json.writeStringProperty("kind", edge.kind().word());
    write(json, edge.calls());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Calls calls) {
    json.writeNumberProperty("calls", calls.count());
    json.writeNumberProperty("errors", calls.errors());
    nanos(json, "p50Ns", calls.p50Nanos());
    nanos(json, "p95Ns", calls.p95Nanos());
    nanos(json, "p99Ns", calls.p99Nanos());
  }

  private static void nanos(JsonGenerator json, String name, @Nullable Long value) {
    if (value == null) {
      json.writeNullProperty(name);
    } else {
      json.writeStringProperty(name, value.toString());
    }
  }
}
