package deepflow.server.controller.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
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
  private final KeyStore<Pod> keys = new KeyStore<>(Pod::new);
  private final KubernetesSerialization lean =
      LeanJson.serialization(object -> keys.has(object.getMetadata()));
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

  private static String pod(String uid, String version) {
    return POD.replace("\"u-1\"", '"' + uid + '"').replace("\"7\"", '"' + version + '"');
  }

  private static PodList list(KubernetesSerialization reader, String... pods) {
    return reader.unmarshal(
        "{\"kind\": \"PodList\", \"metadata\": {\"continue\": \"more\"}, \"items\": [%s]}"
            .formatted(String.join(", ", pods)),
        PodList.class);
  }

  /// Most of ten thousand pods are as they were when they are listed again.
  @Test
  void ofAListOnlyWhatIsNewOrHasChangedIsRead() {
    for (String known : List.of(pod("u-1", "7"), pod("u-2", "8"))) {
      Pod read = lean.unmarshal(known, Pod.class);
      assertThat(keys.put(keys.getKey(read), read)).isNull();
    }

    PodList again = list(lean, pod("u-1", "7"), pod("u-2", "9"), pod("u-3", "7"), pod("u-1", "7"));

    List<Pod> pods = again.getItems();
    assertThat(pods)
        .extracting(pod -> pod.getSpec() == null)
        .containsExactly(true, false, false, true);
    assertThat(pods)
        .extracting(pod -> pod.getStatus() == null)
        .containsExactly(true, false, false, true);
    assertThat(again.getMetadata().getContinue()).isEqualTo("more");
    List<Pod> all = list(full, pod("u-2", "9"), pod("u-3", "7")).getItems();
    assertThat(translator.pod(pods.get(1))).isEqualTo(translator.pod(all.getFirst()));
    assertThat(translator.pod(pods.get(2))).isEqualTo(translator.pod(all.getLast()));
    assertThat(keys.getKey(pods.getLast())).isEqualTo("u-1");
  }

  @Test
  void whatIsKnownIsReadWhereItsVersionStandsBehindTheRest() {
    Pod known = lean.unmarshal(POD, Pod.class);
    assertThat(keys.put(keys.getKey(known), known)).isNull();
    String turned =
        "{\"spec\": {\"nodeName\": \"node-2\", \"containers\": []}, %s}".formatted(META);

    assertThat(lean.unmarshal(turned, Pod.class).getSpec().getNodeName()).isEqualTo("node-2");
  }

  /// A bookmark of a watch has a version and nothing else.
  @Test
  void aBookmarkIsNothingKnown() {
    String bookmark =
        "{\"kind\": \"Pod\", \"metadata\": {\"resourceVersion\": \"7\"}, \"spec\": {\"containers\": []}, \"status\": {}}";

    assertThat(lean.unmarshal(bookmark, Pod.class).getSpec()).isNotNull();
  }
}
