package deepflow.wire.frame;

import static deepflow.wire.frame.Frames.hex;
import static deepflow.wire.frame.Frames.remaining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
  /// Type 6, raw, team 0x04030201, organisation 2, agent 515, payload CA FE.
  private static final byte[] FRAME = hex("00000015 06 0080 00 01020304 0200 0000 0302 00 cafe");

  private final FrameDecoder decoder = new FrameDecoder();

  @Test
  void readsEachFieldOfTheHeader() throws Exception {
    Frame frame = decoder.next(ByteBuffer.wrap(FRAME));

    assertThat(frame).isNotNull();
    assertThat(frame.header())
        .isEqualTo(
            new FrameHeader(
                MessageType.OPENTELEMETRY,
                FrameEncoding.RAW,
                0x04030201,
                /* organisationId= */ 2,
                515));
    assertThat(remaining(frame.payload())).isEqualTo(hex("cafe"));
  }

  @Test
  void readsTheOlderHeader() throws Exception {
    Frame frame =
        decoder.next(ByteBuffer.wrap(hex("00000015 0b 00133401 07000000 08000000 0302 cafe")));

    assertThat(frame).isNotNull();
    assertThat(frame.header())
        .isEqualTo(
            new FrameHeader(MessageType.OPENTELEMETRY_COMPRESSED, FrameEncoding.RAW, 1, 1, 515));
    assertThat(remaining(frame.payload())).isEqualTo(hex("cafe"));
  }

  @Test
  void writesTheHeaderThatItReads() {
    ByteBuffer written = ByteBuffer.allocate(FrameHeader.BYTES);

    new FrameHeader(MessageType.OPENTELEMETRY, FrameEncoding.RAW, 0x04030201, 2, 515)
        .writeTo(written, 2);

    assertThat(written.array()).isEqualTo(Arrays.copyOf(FRAME, FrameHeader.BYTES));
  }

  @Test
  void waitsForTheRestWithoutMoving() throws Exception {
    for (int there = 0; there < FRAME.length; there++) {
      ByteBuffer received = ByteBuffer.wrap(FRAME, 0, there);

      assertThat(decoder.next(received)).as("%s bytes", there).isNull();
      assertThat(received.position()).isZero();
    }
  }

  @Test
  void leavesTheNextFrameAlone() throws Exception {
    ByteBuffer received = ByteBuffer.allocate(2 * FRAME.length).put(FRAME).put(FRAME).flip();

    assertThat(decoder.next(received)).isNotNull();
    assertThat(received.position()).isEqualTo(FRAME.length);
    assertThat(decoder.next(received)).isNotNull();
    assertThat(decoder.next(received)).isNull();
  }

  @Test
  void refusesAHostileSizeBeforeAnyPayloadArrives() {
    for (String size : new String[] {"7fffffff", "ffffffff", "80000000", "0007d001", "00000012"}) {
      ByteBuffer received = ByteBuffer.wrap(hex(size));

      assertThatThrownBy(() -> decoder.next(received))
          .isInstanceOf(MalformedFrameException.class)
          .hasMessageStartingWith("frame size " + Long.parseLong(size, 16))
          .hasMessageEndingWith("at byte 0");
      assertThat(received.position()).isZero();
    }
  }

  @Test
  void takesLargeFramesOnlyAfterHello() throws Exception {
    ByteBuffer large = ByteBuffer.wrap(hex("05000000"));
    assertThatThrownBy(() -> decoder.next(large)).hasMessageContaining("frame size 83886080");

    decoder.allowLargeFrames();

    assertThat(decoder.next(large)).isNull();
    ByteBuffer larger = ByteBuffer.wrap(hex("05000001"));
    assertThatThrownBy(() -> decoder.next(larger)).hasMessageContaining("frame size 83886081");
  }

  @Test
  void refusesAnUnknownTypeAndAnUnknownEncoder() {
    ByteBuffer type = ByteBuffer.wrap(FRAME.clone()).put(4, (byte) 250);
    ByteBuffer encoder = ByteBuffer.wrap(FRAME.clone()).put(7, (byte) 4);

    assertThatThrownBy(() -> decoder.next(type)).hasMessage("unknown message type 250 at byte 4");
    assertThatThrownBy(() -> decoder.next(encoder)).hasMessage("unknown encoder 4 at byte 7");
  }
}
