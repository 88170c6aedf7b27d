package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private static final long MIB = 1 << 20;

  private final InFlight inFlight = new InFlight(256 * MIB);

  @Test
  void usualRequestsNeverHoldMoreThanTheirPartTogether() throws Exception {
    List<InFlight.Share> shares = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      shares.add(open(MIB));
    }
    InFlight.Share late = inFlight.open();

    assertThatThrownBy(() -> late.take(1))
        .isInstanceOfSatisfying(
            NotTakenException.class,
            busy -> assertThat(busy.answer()).isInstanceOf(Answer.Busy.class));

    shares.getFirst().close();
    late.take(MIB);
    assertThat(inFlight.bytes()).isEqualTo(32 * MIB);
  }

  @Test
  void aLargeRequestFindsRoomAmongManyUsualOnesAndTheyBesideIt() throws Exception {
    for (int i = 0; i < 31; i++) {
      open(MIB);
    }
    open(MIB).take(199 * MIB);

    open(MIB);
    assertThat(inFlight.bytes()).isEqualTo((31 + 200 + 1) * MIB);
  }

  @Test
  void aRequestGivesBackWhatItHadAsAUsualOne() throws Exception {
    InFlight.Share growing = open(3 * MIB);
    growing.take(50 * MIB);
    growing.release(40 * MIB);
    growing.close();
    growing.close();

    assertThat(inFlight.bytes()).isZero();
    assertThat(inFlight.requests()).isZero();
    for (int i = 0; i < 32; i++) {
      open(MIB);
    }
  }

  @Test
  void aRequestThatNeverFitsIsRefusedForGood() {
    assertThatThrownBy(() -> inFlight.open().take(225 * MIB))
        .isInstanceOfSatisfying(
            NotTakenException.class,
            refused -> assertThat(refused.answer()).isInstanceOf(Answer.Refused.class));
  }

  @Test
  void theLeastThatIsAskedForHoldsTheLargestRequest() throws Exception {
    InFlight least = new InFlight(ReceiverConfig.inFlightBytesMin(64 << 20));

    least.open().take(3 * 64 * MIB + MIB);
  }

  private InFlight.Share open(long bytes) throws NotTakenException {
    InFlight.Share share = inFlight.open();
    share.take(bytes);
    return share;
  }
}
