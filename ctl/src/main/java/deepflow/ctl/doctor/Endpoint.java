package deepflow.ctl.doctor;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Where an exporter sends traces.
///
/// @param written as it stands in the configuration
/// @param key under which: `endpoint` or `traces_endpoint`
/// @param tls whether it speaks TLS
/// @param path what it posts to; empty for gRPC
record Endpoint(
    String written, String key, boolean grpc, boolean tls, String host, int port, String path) {

  private static final Set<String> SERVER_PORTS =
      Set.of("20033", "30033", "20035", "30035", "20416", "20417", "20418", "30417");

  /// The endpoint of an exporter of OTLP.
  ///
  /// @param id with type `otlp_http` or `otlp_grpc`
  /// @return null when it depends on something else, such as the environment, or is none
  static @Nullable Endpoint of(ComponentId id, JsonNode exporter) {
    boolean grpc = id.type().equals("otlp_grpc");
    String traces = exporter.path("traces_endpoint").asString("");
    boolean whole = !grpc && !traces.isEmpty();
    // gRPC's exporter has no traces_endpoint: who wrote one meant the other exporter.
    String written = whole ? traces : exporter.path("endpoint").asString(traces);
    boolean insecure = exporter.path("tls").path("insecure").asBoolean(false);
    boolean withScheme = written.contains("://");
    try {
      URI uri = new URI(withScheme ? written : "grpc://" + written);
      if (uri.getHost() == null) {
        return null;
      }
      boolean tls = withScheme ? "https".equals(uri.getScheme()) : grpc && !insecure;
      String path = uri.getPath();
      if (!grpc && !whole) {
        path = (path.endsWith("/") ? path.substring(0, path.length() - 1) : path) + "/v1/traces";
      }
      return new Endpoint(
          written,
          whole ? "traces_endpoint" : "endpoint",
          grpc,
          tls,
          uri.getHost(),
          uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80,
          path);
    } catch (URISyntaxException _) {
      return null;
    }
  }

  /// Whether it is an agent or a server of DeepFlow, as far as its words say.
  boolean isOurs() {
    return host.contains("deepflow")
        || path.contains("/otel/")
        || port == 38086
        || SERVER_PORTS.contains(Integer.toString(port));
  }

  /// Whether it is the agent's Service inside a cluster.
  boolean isService() {
    return host.equals("deepflow-agent") || host.startsWith("deepflow-agent.");
  }

  boolean isLoopback() {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  boolean isServer() {
    return host.startsWith("deepflow-server") || SERVER_PORTS.contains(Integer.toString(port));
  }

  /// Ports that the agent has there.
  Set<Integer> ports() {
    return isService() ? Set.of(80, 4317, 4318) : Set.of(38086, 4317, 4318);
  }
}
