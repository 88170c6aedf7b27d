package deepflow.server.controller.kubernetes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// Reads of Kubernetes' objects what [Translator] asks for, and passes over what is most of their
/// text: who manages which field, volumes, probes, whole pod templates. To list ten thousand pods
/// again takes as long as to read them.
final class LeanJson {
  private static final List<Class<?>> WORKLOADS =
      List.of(
          Deployment.class,
          ReplicaSet.class,
          StatefulSet.class,
          DaemonSet.class,
          ReplicationController.class,
          Job.class,
          CronJob.class);

  /// Of objects that there are thousands of.
  private static final Set<Class<?>> PARTS =
      Set.of(PodSpec.class, PodStatus.class, ServiceSpec.class, Endpoint.class);

  private LeanJson() {}

  /// For the client.
  ///
  /// @param known whether an object is known in the version that its metadata say
  static KubernetesSerialization serialization(Predicate<HasMetadata> known) {
    JsonMapper.Builder mapper =
        JsonMapper.builder()
            .addModule(
                new SimpleModule("known").setDeserializerModifier(KnownBody.of(PARTS, known)));
    without(mapper, ObjectMeta.class, "managedFields", "finalizers");
    without(
        mapper,
        PodSpec.class,
        "volumes",
        "tolerations",
        "affinity",
        "initContainers",
        "ephemeralContainers",
        "topologySpreadConstraints",
        "securityContext",
        "dnsConfig");
    without(
        mapper,
        Container.class,
        "volumeMounts",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle",
        "resources",
        "securityContext",
        "command",
        "args");
    without(mapper, PodStatus.class, "conditions");
    without(mapper, NodeStatus.class, "images", "conditions");
    WORKLOADS.forEach(workload -> without(mapper, workload, "spec", "status"));
    return new KubernetesSerialization(mapper.build(), true);
  }

  private static void without(JsonMapper.Builder mapper, Class<?> type, String... properties) {
    mapper.withConfigOverride(
        type,
        override ->
            override.setIgnorals(JsonIgnoreProperties.Value.forIgnoredProperties(properties)));
  }
}
