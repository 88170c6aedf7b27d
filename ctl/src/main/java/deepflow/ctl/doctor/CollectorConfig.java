package deepflow.ctl.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// A collector's configuration.
///
/// @param where the file, and the object in it
/// @param root its sections: receivers, processors, exporters, connectors, extensions, service
record CollectorConfig(String where, JsonNode root) {

  /// A pipeline of `service.pipelines`.
  ///
  /// @param signal `traces`, `metrics`, `logs` or `profiles`
  record Pipeline(
      String name,
      String signal,
      List<ComponentId> receivers,
      List<ComponentId> processors,
      List<ComponentId> exporters) {

    /// Place of the first processor of that type; -1 when there is none.
    int indexOf(String type) {
      return processors.stream().map(ComponentId::type).toList().indexOf(type);
    }
  }

  List<Pipeline> pipelines() {
    List<Pipeline> pipelines = new ArrayList<>();
    for (var entry : root.path("service").path("pipelines").properties()) {
      JsonNode pipeline = entry.getValue();
      pipelines.add(
          new Pipeline(
              entry.getKey(),
              ComponentId.receiver(entry.getKey()).type(),
              ids(pipeline.path("receivers"), ComponentId::receiver),
              ids(pipeline.path("processors"), ComponentId::processor),
              ids(pipeline.path("exporters"), ComponentId::exporter)));
    }
    return pipelines;
  }

  private static List<ComponentId> ids(JsonNode names, Function<String, ComponentId> id) {
    return names.valueStream().map(name -> id.apply(name.asString(""))).toList();
  }

  /// What is set of a component.
  JsonNode component(String section, ComponentId id) {
    return root.path(section).path(id.written());
  }

  boolean defines(String section, ComponentId id) {
    return root.path(section).has(id.written());
  }
}
