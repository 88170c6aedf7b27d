package deepflow.server.labeler;

import static deepflow.server.labeler.Shop.SECOND;
import static deepflow.server.labeler.Shop.START;
import static deepflow.server.labeler.Shop.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A pod gets other addresses and containers while it lives, and its spans come later.
class PodHistoryTest {
  private long now = START;
  private final Labeler labeler = new Labeler(() -> Instant.ofEpochSecond(now / SECOND));
  private final ClusterInventory cluster = labeler.add();

  @AfterEach
  void close() {
    labeler.close();
  }

  private void put(long second, KnownPod pod) {
    now = START + second * SECOND;
    cluster.put(pod);
  }

  private static KnownPod pod(
      String uid, List<String> addresses, List<String> containers, long finished) {
    KnownPod pod = Shop.pod(uid, "pod-" + uid, "cart", "10.1.0.1", START);
    return new KnownPod(
        pod.object(),
        pod.owner(),
        pod.node(),
        false,
        addresses.stream().map(Shop::address).toList(),
        pod.ports(),
        containers,
        Map.of(),
        false,
        finished);
  }

  private static KnownPod pod(String uid, List<String> addresses, List<String> containers) {
    return pod(uid, addresses, containers, Long.MAX_VALUE);
  }

  private static KnownPod pod(String uid, String... addresses) {
    return pod(uid, List.of(addresses), List.of());
  }

  private Side side(Map<String, String> words, Address seen, long second) {
    labeler.refresh();
    return labeler.snapshot().own(new Sender(words, seen, ""), 0, START + second * SECOND);
  }

  private String at(String address, long second) {
    return side(Map.of(), address(address), second).labels().tag(Tag.POD);
  }

  @Test
  void aPodHasItsFirstAddressFromItsBeginning() {
    put(1, pod("1"));
    put(9, pod("1", "10.1.0.5"));

    assertThat(at("10.1.0.5", 0)).isEqualTo("pod-1");
  }

  @Test
  void aPodHasANewAddressFromJustBeforeItIsHeardOfAndHadTheOldOneUntilThen() {
    put(1, pod("1", "10.1.0.5"));
    put(60, pod("1", "10.1.0.6"));

    assertThat(at("10.1.0.5", 59)).isEqualTo("pod-1");
    assertThat(at("10.1.0.5", 60)).isEmpty();
    assertThat(at("10.1.0.6", 49)).isEmpty();
    assertThat(at("10.1.0.6", 50)).isEqualTo("pod-1");
    assertThat(side(Map.of(), address("10.1.0.6"), 60).holdsAt(START + 49 * SECOND)).isFalse();
  }

  @Test
  void whatAnotherPodHadJustBeforeStaysItsOwn() {
    put(1, pod("1", "10.1.0.5"));
    put(1, pod("2", "10.1.0.6"));
    put(57, pod("2", "10.1.0.7"));
    put(60, pod("1", "10.1.0.6"));
    put(61, pod("3"));
    put(62, pod("3", "10.1.0.8"));
    cluster.remove("3", START + 70 * SECOND, /* certain= */ true);
    put(75, pod("1", "10.1.0.8"));

    assertThat(at("10.1.0.6", 56)).isEqualTo("pod-2");
    assertThat(at("10.1.0.6", 57)).isEqualTo("pod-1");
    assertThat(at("10.1.0.8", 69)).isEqualTo("pod-3");
    assertThat(at("10.1.0.8", 70)).isEqualTo("pod-1");
  }

  @Test
  void aPodThatHadEndedBeforeItWasHeardOfGetsNoOtherAddress() {
    put(1, pod("1", "10.1.0.5"));
    put(60, pod("1", List.of("10.1.0.6"), List.of(), START + 58 * SECOND));

    assertThat(at("10.1.0.5", 57)).isEqualTo("pod-1");
    assertThat(at("10.1.0.6", 55)).isEmpty();
  }

  @Test
  void podsThatSwapAddressesAreToldApartByTime() {
    put(1, pod("1", "10.1.0.5"));
    put(1, pod("2", "10.1.0.6"));
    put(60, pod("1", "10.1.0.6"));
    put(61, pod("2", "10.1.0.5"));

    assertThat(at("10.1.0.5", 59)).isEqualTo("pod-1");
    assertThat(at("10.1.0.6", 59)).isEqualTo("pod-2");
    assertThat(at("10.1.0.5", 61)).isEqualTo("pod-2");
    assertThat(at("10.1.0.6", 61)).isEqualTo("pod-1");
  }

  @Test
  void anAddressMayBeAwayForAWhileAndOthersStay() {
    put(1, pod("1", "10.1.0.5", "fd00::5"));
    put(60, pod("1", "fd00::5"));
    put(90, pod("1", "10.1.0.5", "fd00::5"));

    assertThat(at("10.1.0.5", 59)).isEqualTo("pod-1");
    assertThat(at("10.1.0.5", 65)).isEmpty();
    assertThat(at("10.1.0.5", 91)).isEqualTo("pod-1");
    assertThat(at("fd00::5", 65)).isEqualTo("pod-1");
  }

  @Test
  void aPodThatIsGoneHadItsEarlierAddressesToo() {
    put(1, pod("1", "10.1.0.5"));
    put(60, pod("1", "10.1.0.6"));
    cluster.remove("1", START + 90 * SECOND, /* certain= */ true);

    assertThat(at("10.1.0.5", 59)).isEqualTo("pod-1");
    assertThat(at("10.1.0.6", 89)).isEqualTo("pod-1");
    assertThat(at("10.1.0.6", 90)).isEmpty();
  }

  @Test
  void aContainerThatCrashedIsStillOfItsPod() {
    put(1, pod("1", List.of("10.1.0.5"), List.of("first")));
    put(60, pod("1", List.of("10.1.0.5"), List.of("second")));
    put(70, pod("1", List.of("10.1.0.5"), List.of("third")));

    for (String container : List.of("first", "second", "third")) {
      Side side = side(Map.of("container.id", container), Address.NONE, 5);
      assertThat(side.labels().tag(Tag.POD)).as(container).isEqualTo("pod-1");
    }
  }

  @Test
  void ofContainersThatCrashAgainAndAgainTheLastAreRemembered() {
    for (int i = 0; i < 100; i++) {
      put(i, pod("1", List.of("10.1.0.5"), List.of("container-" + i)));
    }

    assertThat(cluster.get("1"))
        .isInstanceOfSatisfying(
            KnownPod.class,
            pod -> assertThat(pod.containers()).hasSize(17).startsWith("container-99"));
  }
}
