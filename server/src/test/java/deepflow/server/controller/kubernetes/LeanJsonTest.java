package deepflow.server.controller.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class LeanJsonTest {
  private static final String META =
      """
      "metadata": {"name": "cart-1", "namespace": "shop", "uid": "u-1", "resourceVersion": "7",
        "creationTimestamp": "2026-11-26T10:00:00Z", "labels": {"app": "cart"}, "annotations": {"team": "blue"},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart", "uid": "u-2", "controller": true}],
        "managedFields": [{"manager": "kubelet", "operation": "Update", "fieldsType": "FieldsV1",
          "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}}}]}\
      """;

  private static final String POD =
      """
      {"apiVersion": "v1", "kind": "Pod", %s,
        "spec": {"nodeName": "node-1", "hostNetwork": true, "volumes": [{"name": "v", "emptyDir": {}}],
          "containers": [{"name": "main", "image": "otel/opentelemetry-collector:1", "command": ["x"],
            "ports": [{"name": "http", "containerPort": 80, "hostPort": 8080}], "env": [{"name": "A", "value": "1"}],
            "readinessProbe": {"httpGet": {"port": 80}}}]},
        "status": {"phase": "Failed", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "startTime": "2026-11-26T10:00:01Z",
          "conditions": [{"type": "Ready", "status": "False"}],
          "initContainerStatuses": [{"name": "init", "containerID": "containerd://a1"}],
          "containerStatuses": [{"name": "main", "containerID": "containerd://b2",
            "state": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-26T10:00:09Z"}}}]}}
      """
          .formatted(META);

  private static final String REPLICA_SET =
      """
      {"apiVersion": "apps/v1", "kind": "ReplicaSet", %s,
        "spec": {"replicas": 1, "selector": {}, "template": {"spec": {"containers": [{"name": "main"}]}}}}
      """
          .formatted(META);

  private static final String NODE =
      """
      {"apiVersion": "v1", "kind": "Node", %s, "spec": {"providerID": "aws:///zone/i-1"},
        "status": {"images": [{"names": ["x"], "sizeBytes": 1}], "conditions": [{"type": "Ready", "status": "True"}],
          "addresses": [{"type": "InternalIP", "address": "10.0.0.9"}], "nodeInfo": {"machineID": "m", "systemUUID": "s"}}}
      """
          .formatted(META);

  private final Translator translator =
      new Translator(new KubernetesConfig(List.of(), List.of("*"), List.of("*")));
  private final KubernetesSerialization lean = LeanJson.serialization();
  private final KubernetesSerialization full = new KubernetesSerialization();

  @Test
  void labelsAreMadeOfTheSame() {
    isTheSame(POD, Pod.class, translator::pod);
    isTheSame(REPLICA_SET, ReplicaSet.class, translator::workload);
    isTheSame(NODE, Node.class, translator::node);
  }

  private <T extends HasMetadata> void isTheSame(
      String json, Class<T> type, Function<T, ?> translation) {
    assertThat(translation.apply(lean.unmarshal(json, type)))
        .isEqualTo(translation.apply(full.unmarshal(json, type)));
  }

  @Test
  void theRestIsPassedOver() {
    Pod pod = lean.unmarshal(POD, Pod.class);
    assertThat(pod.getMetadata().getManagedFields()).isEmpty();
    assertThat(pod.getSpec().getVolumes()).isEmpty();
    assertThat(pod.getSpec().getAdditionalProperties()).isEmpty();
    assertThat(lean.unmarshal(REPLICA_SET, ReplicaSet.class).getSpec()).isNull();
  }
}
