package deepflow.wire.frame;

import static deepflow.wire.frame.Frames.frame;
import static deepflow.wire.frame.Frames.hex;
import static deepflow.wire.frame.Frames.remaining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TracesWriterTest {
  private final TracesWriter writer = new TracesWriter(515);

  @AfterEach
  void close() {
    writer.close();
  }

  @Test
  void compressesTheMessageOfAGoldenFrame() {
    byte[] message = new byte[24];
    Arrays.fill(message, (byte) 0x0A);

    assertThat(remaining(writer.frame(message, 0, message.length)))
        .isEqualTo(
            hex(
                """
                00000022 0b 0080 00 01000000 0100 0000 0302 00
                0b000000 7801e3e2c20e000bd000f1
                """));
  }

  @Test
  void leavesAloneWhatZlibMakesNoSmaller() {
    assertThat(remaining(writer.frame(hex("00cafe0100"), 1, 3)))
        .isEqualTo(hex("0000001a 06 0080 00 01000000 0100 0000 0302 00 03000000 cafe01"));
  }

  @Test
  void saysNothingOfAnAgentThatHasNoNumber() {
    try (TracesWriter unknown = new TracesWriter(0)) {
      assertThat(remaining(unknown.frame(hex("cafe01"), 0, 3)))
          .isEqualTo(hex("0000001a 06 0080 00 01000000 0100 0000 0000 00 03000000 cafe01"));
    }
  }

  @Test
  void neverMakesAFrameThatDeepFlowRefuses() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] noise = new byte[TracesWriter.MESSAGE_BYTES_MAX];
    random.nextBytes(noise);

    assertThat(writer.frame(noise, 0, noise.length).remaining()).isEqualTo(512_000);
    for (int compressible = 0; compressible < 2_000; compressible += 97) {
      Arrays.fill(noise, 0, compressible, (byte) 7);
      byte[] frame = remaining(writer.frame(noise, 0, noise.length));
      assertThat(frame.length).as("seed %s", seed).isLessThanOrEqualTo(512_000);
      assertThat(message(frame)).as("seed %s", seed).isEqualTo(noise);
    }
    assertThatThrownBy(() -> writer.frame(new byte[noise.length + 1], 0, noise.length + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] message(byte[] frame) throws MalformedFrameException {
    TracesReader reader = new TracesReader();
    reader.open(frame(frame));
    assertThat(reader.next()).isTrue();
    byte[] message =
        Arrays.copyOfRange(reader.array(), reader.offset(), reader.offset() + reader.length());
    assertThat(reader.next()).isFalse();
    return message;
  }
}
