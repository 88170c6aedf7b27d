package deepflow.ctl.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.ctl.doctor.ShippedRole.Right;
import org.junit.jupiter.api.Test;

class ShippedRoleTest {

  @Test
  void theServersRightsAreThoseOfTheManifest() {
    assertThat(ShippedRole.OF_SERVER.rights())
        .contains(
            new Right("watch", "", "pods", ""),
            new Right("list", "apps", "replicasets", ""),
            new Right("list", "", "namespaces", "kube-system"))
        .allMatch(right -> !right.resource().equals("namespaces") || !right.name().isEmpty());
  }

  @Test
  void theCollectorsRightsAreThoseOfTheManifest() {
    assertThat(ShippedRole.OF_COLLECTOR.rights())
        .containsExactly(
            new Right("get", "", "pods", ""),
            new Right("list", "", "pods", ""),
            new Right("watch", "", "pods", ""));
  }
}
