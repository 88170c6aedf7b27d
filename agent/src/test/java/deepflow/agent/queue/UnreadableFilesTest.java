package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.frame.Identity;
import org.junit.jupiter.api.Test;

/// Small files of a queue that lie on a sector which the disk can't read any more: they are
/// damaged, and refuse no start.
class UnreadableFilesTest {
  private final QueueFixture fixture = new QueueFixture(/* seed= */ 42);

  @Test
  void startsWithTheIdentityOfItsSegmentsWhenItsFileCannotBeRead() throws Exception {
    long last = fixture.offer(0, 3);
    Identity identity = fixture.queue.identity();
    fixture.disk.spoil(QueueIdentity.FILE);

    fixture.restart();

    assertThat(fixture.queue.identity()).isEqualTo(identity);
    assertThat(fixture.numbers()).hasSize(3).endsWith(last);
    assertThat(fixture.offer(10, 1)).isGreaterThan(last);
  }

  @Test
  void takesTheNextStoreForTheRightOneWhenTheFileOfItCannotBeRead() throws Exception {
    fixture.queue.rememberStore(new Identity(1, 2));
    fixture.disk.spoil("store");
    fixture.restart();

    assertThat(fixture.queue.store()).isNull();

    fixture.queue.rememberStore(new Identity(3, 4));
    assertThat(fixture.queue.store()).isEqualTo(new Identity(3, 4));
  }

  @Test
  void believesTheServerWhenTheFileOfWhatItSentCannotBeRead() throws Exception {
    long last = fixture.offer(0, 1);
    fixture.queue.sends();
    fixture.disk.spoil("sent");
    fixture.restart();

    assertThat(fixture.queue.mayHaveSent(last)).isTrue();
  }
}
