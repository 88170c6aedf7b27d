package deepflow.ctl.doctor;

import deepflow.ctl.doctor.CollectorConfig.Pipeline;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Judges a collector's configuration: its parts, and where they lead. What is done to spans on the
/// way is [PodChecks]' matter, the address that of [ExporterChecks].
final class CollectorChecks {

  /// Parts that collectors don't have (any more), and what to write instead.
  private static final Map<String, String> GONE =
      Map.of(
          "memory_ballast", "remove it, and set the environment variable GOMEMLIMIT",
          "logging", "write debug",
          "jaeger", "write otlp_grpc, which Jaeger takes",
          "otlphttpexporter", "write otlphttp",
          "otlpexporter", "write otlp",
          "otlp-http", "write otlphttp",
          "otlp_https", "write otlphttp",
          "k8sattributesprocessor", "write k8sattributes",
          "resourceprocessor", "write resource");

  private static final Set<String> OTLP = Set.of("otlp_http", "otlp_grpc");

  private final CollectorConfig config;
  private final Findings findings;

  private CollectorChecks(CollectorConfig config, Findings findings) {
    this.config = config;
    this.findings = findings;
  }

  /// Adds what is wrong with a configuration.
  static void check(CollectorConfig config, Findings findings) {
    findings.examined(config.where());
    new CollectorChecks(config, findings).run();
  }

  private void run() {
    List<Pipeline> pipelines = config.pipelines();
    pipelines.forEach(this::references);
    config
        .root()
        .path("service")
        .path("extensions")
        .forEach(name -> {
          gone("service.extensions", ComponentId.receiver(name.asString("")));
        });
    if (findings.found().stream().anyMatch(found -> found.problem() == Problem.UNDEFINED)) {
      return; // A collector that doesn't start makes no other mistakes.
    }
    List<Pipeline> traces = pipelines.stream().filter(p -> p.signal().equals("traces")).toList();
    if (traces.isEmpty()) {
      findings.add(
          Problem.NO_TRACES_PIPELINE,
          at("service.pipelines"),
          "there is no pipeline for traces, so the collector refuses them",
          "add traces: {receivers: [otlp], processors: [k8sattributes, resource], exporters: [otlphttp]}");
      return;
    }
    Set<ComponentId> ours = ours(traces);
    if (ours.isEmpty()) {
      findings.add(
          Problem.NOT_TO_DEEPFLOW,
          at("service.pipelines"),
          "no exporter of the traces pipelines sends to a deepflow-agent: " + endpoints(traces),
          "add exporters: [otlphttp] with traces_endpoint:"
              + " http://deepflow-agent.deepflow/api/v1/otel/trace");
      return;
    }
    ours.forEach(id -> ExporterChecks.check(config, id, findings));
    otherSignals(pipelines, ours);
    if (ours.stream().anyMatch(this::isInCluster)) {
      traces.stream()
          .filter(pipeline -> pipeline.exporters().stream().anyMatch(ours::contains))
          .forEach(pipeline -> new PodChecks(config, pipeline, findings).run());
    }
  }

  private String at(String place) {
    return config.where() + ", " + place;
  }

  private void references(Pipeline pipeline) {
    references(pipeline, "receivers", pipeline.receivers());
    references(pipeline, "processors", pipeline.processors());
    references(pipeline, "exporters", pipeline.exporters());
  }

  private void references(Pipeline pipeline, String section, List<ComponentId> ids) {
    for (ComponentId id : ids) {
      String place = "service.pipelines." + pipeline.name() + "." + section;
      if (gone(place, id)) {
        continue;
      }
      if (!config.defines(section, id) && !config.defines("connectors", id)) {
        findings.add(
            Problem.UNDEFINED,
            at(place),
            "%s is named here, but there is no %s.%s: the collector doesn't start"
                .formatted(id.written(), section, id.written()),
            "define %s under %s, or correct its name; defined are %s"
                .formatted(id.written(), section, config.root().path(section).propertyNames()));
      }
    }
  }

  private boolean gone(String place, ComponentId id) {
    String instead = GONE.get(id.type());
    if (instead == null) {
      return false;
    }
    findings.add(
        Problem.UNKNOWN_COMPONENT,
        at(place),
        "collectors have no " + id.type() + ": they don't start with it",
        instead);
    return true;
  }

  private Set<ComponentId> ours(List<Pipeline> traces) {
    Set<ComponentId> ours = new HashSet<>();
    for (Pipeline pipeline : traces) {
      for (ComponentId id : pipeline.exporters()) {
        Endpoint endpoint = endpoint(id);
        if (endpoint != null && endpoint.isOurs()) {
          ours.add(id);
        }
      }
    }
    return ours;
  }

  private @Nullable Endpoint endpoint(ComponentId id) {
    return OTLP.contains(id.type()) ? Endpoint.of(id, config.component("exporters", id)) : null;
  }

  private boolean isInCluster(ComponentId id) {
    Endpoint endpoint = endpoint(id);
    return endpoint != null && !endpoint.isLoopback();
  }

  private List<String> endpoints(List<Pipeline> traces) {
    List<String> endpoints = new ArrayList<>();
    for (Pipeline pipeline : traces) {
      for (ComponentId id : pipeline.exporters()) {
        JsonNode exporter = config.component("exporters", id);
        String to =
            exporter.path("traces_endpoint").asString(exporter.path("endpoint").asString(""));
        endpoints.add(to.isEmpty() ? id.written() : id.written() + " to " + to);
      }
    }
    return endpoints;
  }

  private void otherSignals(List<Pipeline> pipelines, Set<ComponentId> ours) {
    for (Pipeline pipeline : pipelines) {
      if (!pipeline.signal().equals("traces")
          && pipeline.exporters().stream().anyMatch(ours::contains)) {
        findings.add(
            Problem.OTHER_SIGNALS,
            at("service.pipelines." + pipeline.name() + ".exporters"),
            pipeline.signal() + " are sent to DeepFlow, which takes traces only and answers 404",
            "take that exporter out of the pipeline " + pipeline.name());
      }
    }
  }
}
