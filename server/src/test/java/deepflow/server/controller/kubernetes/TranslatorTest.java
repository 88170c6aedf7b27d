package deepflow.server.controller.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.labeler.KnownNode;
import deepflow.server.labeler.KnownPod;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class TranslatorTest {
  private final Translator translator =
      new Translator(new KubernetesConfig(List.of(), List.of(), List.of()));

  private KnownPod known(Pod pod) {
    return (KnownPod) translator.pod(pod);
  }

  private static PodBuilder pod() {
    return new PodBuilder().withNewMetadata().withUid("1").withName("cart").endMetadata();
  }

  @Test
  void aContainerThatCrashedIsOneOfThePods() {
    Pod pod =
        pod()
            .withNewSpec()
            .endSpec()
            .withNewStatus()
            .addNewContainerStatus()
            .withContainerID("containerd://b2")
            .withNewLastState()
            .withNewTerminated()
            .withContainerID("containerd://a1")
            .endTerminated()
            .endLastState()
            .endContainerStatus()
            .endStatus()
            .build();

    assertThat(known(pod).containers()).containsExactly("b2", "a1");
  }

  @Test
  void aNodesAddressInTheClusterAndItsHostNameAreKnown() {
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withUid("2")
            .withName("node-1")
            .endMetadata()
            .withNewStatus()
            .addNewAddress("198.51.100.7", "ExternalIP")
            .addNewAddress("10.0.0.1", "InternalIP")
            .addNewAddress("ip-10-0-0-1", "Hostname")
            .endStatus()
            .build();

    KnownNode known = (KnownNode) translator.node(node);

    assertThat(known.ip()).isEqualTo("10.0.0.1");
    assertThat(known.hostname()).isEqualTo("ip-10-0-0-1");
    assertThat(known.addresses()).hasSize(2);
  }

  private boolean forwards(String image) {
    return known(
            pod().withNewSpec().addNewContainer().withImage(image).endContainer().endSpec().build())
        .forwards();
  }

  @Test
  void aCollectorIsKnownByItsImageWithAndWithoutTag() {
    assertThat(forwards("grafana/alloy")).isTrue();
    assertThat(forwards("docker.io/grafana/alloy:v1.10")).isTrue();
    assertThat(forwards("grafana/alloy@sha256:ab")).isTrue();
    assertThat(forwards("otel/opentelemetry-collector")).isTrue();
    assertThat(forwards("shop/alloys")).isFalse();
    assertThat(forwards("shop/alloy-shop:1")).isFalse();
  }
}
