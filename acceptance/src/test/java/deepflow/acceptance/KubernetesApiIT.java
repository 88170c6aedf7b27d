package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That the API server of these tests is one: it refuses, it keeps, it authorises.
class KubernetesApiIT {

  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: cart-1, namespace: default, labels: {app: cart}}
      spec: {nodeName: node-1, containers: [{name: cart, image: cart}]}
      """;

  @Test
  void itKeepsObjectsAndRightsOverARestart(@TempDir Path folder) throws Exception {
    try (KubernetesApi kubernetes = KubernetesApi.start(folder)) {
      assertThat(kubernetes.apply(POD).ok()).contains("pod/cart-1 created");
      kubernetes.status(
          "default", "pod/cart-1", "{\"podIP\":\"127.0.0.5\",\"podIPs\":[{\"ip\":\"127.0.0.5\"}]}");
      kubernetes.kubectl("create", "serviceaccount", "nobody", "-n", "default").ok();
      Path nobody = kubernetes.kubeconfigOf("default", "nobody");

      kubernetes.killServer();
      assertThat(kubernetes.kubectl("get", "pods").code()).isNotZero();
      kubernetes.restartServer();

      assertThat(kubernetes.kubectl("get", "pod", "cart-1", "-o", "jsonpath={.status.podIP}").ok())
          .isEqualTo("127.0.0.5");
      assertThat(kubernetes.kubectlAs(nobody, "", "get", "pods").err()).contains("Forbidden");
      assertThat(kubernetes.apply(POD.replace("containers", "container")).err())
          .contains("unknown field \"spec.container\"");
    }
  }
}
