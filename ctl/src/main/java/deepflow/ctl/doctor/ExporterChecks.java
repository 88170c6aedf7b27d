package deepflow.ctl.doctor;

import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Judges an exporter that sends to DeepFlow: protocol, path, port, TLS, compression.
final class ExporterChecks {
  private static final Set<String> PATHS = Set.of("/api/v1/otel/trace", "/v1/traces");
  private static final Set<String> COMPRESSIONS =
      Set.of("", "none", "gzip", "zstd", "deflate", "zlib", "snappy");
  private static final String EXAMPLE =
      "write otlphttp: {traces_endpoint: http://deepflow-agent.deepflow/api/v1/otel/trace}";

  private final String where;
  private final JsonNode exporter;
  private final Endpoint endpoint;
  private final Findings findings;

  private ExporterChecks(String where, JsonNode exporter, Endpoint endpoint, Findings findings) {
    this.where = where;
    this.exporter = exporter;
    this.endpoint = endpoint;
    this.findings = findings;
  }

  /// Adds what is wrong with an exporter.
  static void check(CollectorConfig config, ComponentId id, Findings findings) {
    JsonNode exporter = config.component("exporters", id);
    Endpoint endpoint = Endpoint.of(id, exporter);
    if (endpoint != null) {
      String where = config.where() + ", exporters." + id.written();
      new ExporterChecks(where, exporter, endpoint, findings).run(id);
    }
  }

  private void run(ComponentId id) {
    protocol(id);
    port();
    tls();
    String compression = exporter.path("compression").asString("");
    if (!COMPRESSIONS.contains(compression)) {
      findings.add(
          Problem.WRONG_COMPRESSION,
          where + ".compression",
          "the agent doesn't know " + compression + ": it answers 415",
          "write compression: gzip, or zstd");
    }
    if (!exporter.path("retry_on_failure").path("enabled").asBoolean(true)) {
      findings.add(
          Problem.NO_RETRY,
          where + ".retry_on_failure",
          "the collector gives spans up when the agent tells it to wait or isn't there",
          "write retry_on_failure: {enabled: true}");
    }
  }

  private void protocol(ComponentId id) {
    String path = endpoint.path();
    if (endpoint.grpc()) {
      if (!path.isEmpty() && !path.equals("/")) {
        findings.add(
            Problem.WRONG_EXPORTER,
            where,
            "%s speaks gRPC, which has no paths, but its endpoint is %s"
                .formatted(id.written(), endpoint.written()),
            EXAMPLE);
      }
    } else if (!PATHS.contains(path)) {
      boolean added = endpoint.key().equals("endpoint");
      findings.add(
          Problem.WRONG_PATH,
          where + "." + endpoint.key(),
          "traces would be posted to %s%s, and the agent answers 404"
              .formatted(path, added ? " (the collector adds /v1/traces to endpoint)" : ""),
          EXAMPLE);
    }
  }

  private void port() {
    if (endpoint.isServer()) {
      findings.add(
          Problem.WRONG_PORT,
          where + "." + endpoint.key(),
          "%s is a deepflow-server's address, which takes no OTLP".formatted(endpoint.written()),
          "send to deepflow-agent: " + EXAMPLE);
    } else if (!endpoint.ports().contains(endpoint.port()) && isCertain()) {
      findings.add(
          Problem.WRONG_PORT,
          where + "." + endpoint.key(),
          endpoint.isService()
              ? "the Service deepflow-agent has no port %s".formatted(endpoint.port())
              : "an agent doesn't listen on port %s".formatted(endpoint.port()),
          "its ports are "
              + (endpoint.isService()
                  ? "80 (which may be left out), 4317 and 4318"
                  : "38086, and 4317 and 4318 where no collector has them"));
    }
  }

  /// A load balancer or a NodePort may have any port, but not by leaving it out.
  private boolean isCertain() {
    return endpoint.isService() || endpoint.isLoopback() || endpoint.port() == 80;
  }

  private void tls() {
    JsonNode tls = exporter.path("tls");
    if (endpoint.tls() && !tls.has("ca_file") && !tls.has("ca_pem")) {
      findings.add(
          Problem.TLS_TO_PLAINTEXT,
          where,
          "the exporter speaks TLS, and an agent doesn't unless it has a certificate",
          (endpoint.written().startsWith("https")
                  ? "write http:// for https://"
                  : "add tls: {insecure: true}")
              + "; or give the agent --tls-cert and --tls-key, and the exporter tls.ca_file");
    }
  }
}
