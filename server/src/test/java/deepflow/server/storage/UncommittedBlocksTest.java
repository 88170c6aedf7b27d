package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class UncommittedBlocksTest {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

  private final UncommittedBlocks blocks = new UncommittedBlocks();

  private static BlockId blockOf(LocalDate day) {
    return new BlockId(day.atStartOfDay().toEpochSecond(ZoneOffset.UTC) * 1_000_000_000L + 7);
  }

  private Thread committer(CountDownLatch begun, CountDownLatch interrupted) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            blocks.begin(blockOf(DAY), List.of());
            begun.countDown();
          } catch (InterruptedException _) {
            interrupted.countDown();
          }
        });
  }

  @Test
  void aBlockOfAClosedDayWaitsUntilThatIsOpen() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    assertThat(blocks.close(DAY)).isTrue();
    Thread committer = committer(begun, new CountDownLatch(1));
    assertThat(committer.join(Duration.ofMillis(50))).isFalse();
    assertThat(begun.getCount()).isOne();

    blocks.open(DAY);
    committer.join();
    assertThat(begun.getCount()).isZero();
  }

  @Test
  void oneThatWaitsEndsWhenItIsInterrupted() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    assertThat(blocks.close(DAY)).isTrue();
    Thread committer = committer(new CountDownLatch(1), interrupted);
    committer.interrupt();
    committer.join();
    assertThat(interrupted.getCount()).isZero();
  }

  @Test
  void blocksOfOtherDaysGoOn() throws Exception {
    assertThat(blocks.close(DAY)).isTrue();
    blocks.begin(blockOf(DAY.plusDays(1)), List.of());
    blocks.begin(blockOf(DAY.minusDays(1)), List.of());
  }

  @Test
  void aDayIntoWhichABlockIsBeingCommittedStaysOpen() throws Exception {
    blocks.begin(blockOf(DAY), List.of());
    assertThat(blocks.close(DAY)).isFalse();
    assertThat(blocks.close(DAY.plusDays(1))).isTrue();

    blocks.end(blockOf(DAY));
    assertThat(blocks.closeComplete(DAY)).isFalse();
    assertThat(blocks.close(DAY)).isTrue();
  }

  @Test
  void aDayIsCompleteWhenAllOfItsBlocksAreCommitted() {
    blocks.add(blockOf(DAY), List.of());
    assertThat(blocks.closeComplete(DAY)).isFalse();

    blocks.remove(blockOf(DAY));
    assertThat(blocks.closeComplete(DAY)).isTrue();
  }
}
