package deepflow.ctl.doctor;

import deepflow.ctl.doctor.CollectorConfig.Pipeline;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Judges whether a pipeline in Kubernetes tells which pod a span came from.
final class PodChecks {
  private static final String ATTRIBUTE = "app.host.ip";
  private static final String POD_IP = "k8s.pod.ip";
  private static final String RESOURCE =
      "resource: {attributes: [{key: app.host.ip, from_attribute: k8s.pod.ip, action: insert}]}";

  private final CollectorConfig config;
  private final Pipeline pipeline;
  private final Findings findings;
  private final String place;

  PodChecks(CollectorConfig config, Pipeline pipeline, Findings findings) {
    this.config = config;
    this.pipeline = pipeline;
    this.findings = findings;
    place = config.where() + ", service.pipelines." + pipeline.name() + ".processors";
  }

  /// Adds what is wrong.
  void run() {
    receivers();
    int pods = pipeline.indexOf("k8s_attributes");
    if (pods < 0) {
      findings.add(
          Problem.NO_K8SATTRIBUTES,
          place,
          "nothing finds out which pod a span came from, so all seem to come from the collector's",
          "add k8sattributes in front: processors: [k8sattributes, resource]");
    }
    int address = addressSetter();
    if (address < 0) {
      noAddress();
    } else if (address < pods) {
      findings.add(
          Problem.RESOURCE_FIRST,
          place,
          "%s takes k8s.pod.ip before k8sattributes has set it, so app.host.ip is never set"
              .formatted(pipeline.processors().get(address).written()),
          "put k8sattributes before " + pipeline.processors().get(address).written());
    }
    if (pods >= 0) {
      JsonNode processor = config.component("processors", pipeline.processors().get(pods));
      batch(pods, processor);
      extract(
          config.where() + ", processors." + pipeline.processors().get(pods).written(), processor);
    }
  }

  private void receivers() {
    for (ComponentId id : pipeline.receivers()) {
      if (!id.type().equals("otlp")) {
        continue;
      }
      for (var protocol : config.component("receivers", id).path("protocols").properties()) {
        String endpoint = protocol.getValue().path("endpoint").asString("");
        if (endpoint.isEmpty()
            || endpoint.startsWith("localhost:")
            || endpoint.startsWith("127.")) {
          findings.add(
              Problem.ONLY_LOCALHOST,
              config.where() + ", receivers." + id.written() + ".protocols." + protocol.getKey(),
              "the collector listens on localhost, where no other pod reaches it"
                  + (endpoint.isEmpty() ? " (its default since 0.104)" : ""),
              "write endpoint: 0.0.0.0:" + (protocol.getKey().equals("grpc") ? "4317" : "4318"));
        }
      }
    }
  }

  /// Place of the processor that sets app.host.ip; -1 when none does.
  private int addressSetter() {
    List<ComponentId> ids = pipeline.processors();
    return IntStream.range(0, ids.size()).filter(i -> sets(ids.get(i))).findFirst().orElse(-1);
  }

  private boolean sets(ComponentId id) {
    String written = config.component("processors", id).toString();
    // A transform's statements name it within a text.
    return written.contains(id.type().equals("transform") ? ATTRIBUTE : "\"" + ATTRIBUTE + "\"");
  }

  private void noAddress() {
    String defined =
        config.root().path("processors").propertyNames().stream()
            .filter(name -> sets(ComponentId.processor(name)))
            .findFirst()
            .orElse("");
    findings.add(
        Problem.NO_APP_HOST_IP,
        place,
        defined.isEmpty()
            ? "no processor sets app.host.ip"
            : "%s sets app.host.ip, but the pipeline doesn't use it".formatted(defined),
        defined.isEmpty()
            ? "define " + RESOURCE + " and name it behind k8sattributes"
            : "add %s behind k8sattributes".formatted(defined));
  }

  /// Once spans are put together, their connection, by which k8sattributes knows a pod, is gone.
  private void batch(int pods, JsonNode processor) {
    int batch = pipeline.indexOf("batch");
    boolean byResource =
        processor.path("pod_association").toString().contains("resource_attribute");
    if (batch >= 0 && batch < pods && !byResource) {
      findings.add(
          Problem.BATCH_FIRST,
          place,
          "behind batch, k8sattributes doesn't know any more on which connection a span came",
          "put k8sattributes before batch");
    }
  }

  private void extract(String where, JsonNode processor) {
    if (processor.path("passthrough").asBoolean(false)) {
      return;
    }
    JsonNode metadata = processor.path("extract").path("metadata");
    List<String> names = metadata.valueStream().map(name -> name.asString("")).toList();
    if (!names.contains(POD_IP)) {
      findings.add(
          Problem.NO_POD_IP,
          where + ".extract.metadata",
          "k8s.pod.ip isn't extracted%s, so app.host.ip is never set; deepflow-server tags such spans by k8s.pod.uid"
              .formatted(metadata.isMissingNode() ? " unasked since 0.144" : ""),
          "write extract: {metadata: [k8s.pod.ip, k8s.pod.name, k8s.pod.uid, k8s.namespace.name, k8s.node.name]}");
    }
    if (!metadata.isMissingNode() && !names.containsAll(Set.of("k8s.pod.uid", "k8s.pod.name"))) {
      findings.add(
          Problem.NO_POD_IDENTITY,
          where + ".extract.metadata",
          "the list replaces the default one and lacks k8s.pod.uid or k8s.pod.name: an address alone may be another pod's later",
          "add k8s.pod.uid, k8s.pod.name and k8s.namespace.name");
    }
  }
}
