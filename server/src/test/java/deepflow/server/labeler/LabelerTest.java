package deepflow.server.labeler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LabelerTest {
  private final AtomicBoolean fails = new AtomicBoolean();

  private Instant now() {
    if (Thread.currentThread().getName().equals("label snapshots") && fails.getAndSet(false)) {
      throw new OutOfMemoryError("a test wants it so");
    }
    return Instant.now();
  }

  @Test
  void newsAreHeededAfterASnapshotThatCouldNotBeMade() throws Exception {
    try (Labeler labeler = new Labeler(this::now)) {
      ClusterInventory cluster = labeler.add();
      fails.set(true);
      LabelSnapshot before = labeler.snapshot();
      Shop.fill(cluster);
      while (!labeler.snapshot().toString().startsWith("complete, [prod]")) {
        Thread.sleep(20);
      }
      assertThat(fails).isFalse();
      assertThat(labeler.snapshot()).isNotSameAs(before);
    }
  }
}
