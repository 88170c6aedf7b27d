package deepflow.wire.frame;

import static deepflow.wire.frame.Frames.hex;
import static deepflow.wire.frame.Frames.remaining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class BatchTest {
  private final BatchWriter writer = new BatchWriter();
  private final BatchReader reader = new BatchReader();

  @Test
  void readsTheEntryOfTheTable() throws Exception {
    // A zstd frame with one raw block, written by hand: 24 bytes in a single segment.
    ByteBuffer zstd =
        ByteBuffer.wrap(
            hex(
                """
                28b52ffd 20 18 c10000
                14000000 0807060504030201 04 7f000001 0100 02 cafe ff00
                """));

    reader.open(new LinkMessage.Batch(1, crc(zstd), zstd));

    assertThat(reader.next()).isTrue();
    assertThat(reader.receivedNanos()).isEqualTo(0x0102_0304_0506_0708L);
    assertThat(reader.address()).isEqualTo(new byte[] {127, 0, 0, 1});
    assertThat(reader.hostIpAdded(0)).isFalse();
    assertThat(reader.hostIpAdded(1)).isTrue();
    assertThat(reader.hostIpAdded(8)).isFalse();
    assertThat(request()).isEqualTo(hex("cafeff00"));
    assertThat(reader.next()).isFalse();
  }

  @RepeatedTest(100)
  void givesBackWhatWasPutIn() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 3; round++) {
      List<Sent> sent = new ArrayList<>();
      for (int i = random.nextInt(1, 40); i > 0; i--) {
        Sent entry = Sent.random(random);
        sent.add(entry);
        entry.appendTo(writer);
      }
      LinkMessage.Batch batch = LinkMessage.batchOf(writer.seal(random.nextLong()));
      if (random.nextBoolean()) {
        // The server has it on the heap, the agent off it.
        batch =
            new LinkMessage.Batch(
                batch.number(), batch.crc32c(), ByteBuffer.wrap(remaining(batch.zstd())));
      }

      reader.open(batch);

      for (Sent entry : sent) {
        assertThat(reader.next()).as("tests.seed=%s", seed).isTrue();
        entry.assertReadBy(reader, seed);
      }
      assertThat(reader.next()).as("tests.seed=%s", seed).isFalse();
      writer.clear();
    }
  }

  @Test
  void sealsTheSameEntriesIntoTheSameBytes() {
    Sent entry = Sent.random(new Random(/* seed= */ 7));
    entry.appendTo(writer);
    byte[] first = remaining(writer.seal(9));
    writer.clear();
    entry.appendTo(writer);

    assertThat(remaining(writer.seal(9))).isEqualTo(first);
  }

  @Test
  void findsEachFlippedBit() {
    Sent.random(new Random(/* seed= */ 5)).appendTo(writer);
    byte[] payload = remaining(writer.seal(1));
    for (int bit = Long.SIZE; bit < 8 * payload.length; bit++) {
      byte[] damaged = payload.clone();
      damaged[bit >> 3] ^= (byte) (1 << (bit & 7));

      assertThatThrownBy(() -> reader.open(LinkMessage.batchOf(ByteBuffer.wrap(damaged))))
          .as("bit %s", bit)
          .isInstanceOf(MalformedFrameException.class)
          .hasMessageStartingWith("batch 1 has checksum");
    }
  }

  @Test
  void refusesAHostileContentSizeBeforeMakingRoomForIt() {
    // Single segment, content size of 8 bytes: 1 TiB; and a frame that doesn't say its size.
    for (String zstd : new String[] {"28b52ffde0 0000000000010000 010000", "28b52ffd0058 010000"}) {
      ByteBuffer bytes = ByteBuffer.wrap(hex(zstd));

      assertThatThrownBy(() -> reader.open(new LinkMessage.Batch(3, crc(bytes), bytes)))
          .isInstanceOf(MalformedFrameException.class)
          .hasMessageStartingWith("batch 3 does not say that its content has at most");
    }
  }

  @Test
  void refusesBytesThatAreNoZstd() {
    for (String zstd : new String[] {"", "00", "28b52ffd 20 18 c10000 14"}) {
      ByteBuffer bytes = ByteBuffer.wrap(hex(zstd));

      assertThatThrownBy(() -> reader.open(new LinkMessage.Batch(3, crc(bytes), bytes)))
          .as("zstd %s", zstd)
          .isInstanceOf(MalformedFrameException.class);
    }
  }

  @RepeatedTest(100)
  void refusesLengthsThatDontFit() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] content = new byte[random.nextInt(1, 60)];
    random.nextBytes(content);
    ByteBuffer.wrap(content).put(random.nextInt(content.length), (byte) 0);
    ByteBuffer zstd =
        ByteBuffer.allocate(9 + content.length)
            .put(hex("28b52ffd20"))
            .put((byte) content.length)
            .put((byte) (content.length << 3 | 1))
            .put((byte) (content.length >> 5))
            .put((byte) 0)
            .put(content)
            .flip();
    reader.open(new LinkMessage.Batch(1, crc(zstd), zstd));

    // Whatever the content says, the cursor stays inside it or says what is wrong.
    try {
      while (reader.next()) {
        assertThat(reader.requestLength()).as("tests.seed=%s", seed).isNotNegative();
        assertThat(reader.requestOffset() + reader.requestLength())
            .as("tests.seed=%s", seed)
            .isLessThanOrEqualTo(content.length);
      }
    } catch (MalformedFrameException expected) {
      assertThat(expected).as("tests.seed=%s", seed).hasMessageContaining(" at byte ");
    }
  }

  private byte[] request() {
    return Arrays.copyOfRange(
        reader.array(), reader.requestOffset(), reader.requestOffset() + reader.requestLength());
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  @SuppressWarnings("ArrayRecordComponent") // compared field by field
  private record Sent(
      byte[] request,
      int offset,
      int length,
      long nanos,
      @Nullable InetAddress sender,
      byte[] bitmap) {
    static Sent random(Random random) {
      byte[] request = new byte[random.nextInt(1 << random.nextInt(1, 19))];
      // Half of it compresses.
      random.nextBytes(request);
      Arrays.fill(request, 0, request.length / 2, (byte) 'x');
      int offset = random.nextInt(request.length + 1);
      byte[] bitmap = new byte[random.nextInt(5)];
      random.nextBytes(bitmap);
      return new Sent(
          request,
          offset,
          random.nextInt(request.length - offset + 1),
          random.nextLong(),
          address(random),
          bitmap);
    }

    private static @Nullable InetAddress address(Random random) {
      byte[] bytes = new byte[new int[] {0, 4, 16}[random.nextInt(3)]];
      random.nextBytes(bytes);
      try {
        return bytes.length == 0 ? null : InetAddress.getByAddress(bytes);
      } catch (java.net.UnknownHostException impossible) {
        throw new AssertionError(impossible);
      }
    }

    void appendTo(BatchWriter writer) {
      writer.append(request, offset, length, nanos, sender, bitmap);
    }

    void assertReadBy(BatchReader reader, long seed) {
      assertThat(
              Arrays.copyOfRange(
                  reader.array(),
                  reader.requestOffset(),
                  reader.requestOffset() + reader.requestLength()))
          .as("tests.seed=%s", seed)
          .isEqualTo(Arrays.copyOfRange(request, offset, offset + length));
      assertThat(reader.receivedNanos()).as("tests.seed=%s", seed).isEqualTo(nanos);
      assertThat(reader.address())
          .as("tests.seed=%s", seed)
          .isEqualTo(sender == null ? new byte[0] : sender.getAddress());
      for (int i = 0; i < 8 * bitmap.length; i++) {
        assertThat(reader.hostIpAdded(i))
            .as("tests.seed=%s", seed)
            .isEqualTo((bitmap[i >> 3] >> (i & 7) & 1) == 1);
      }
      assertThat(reader.hostIpAdded(8 * bitmap.length)).as("tests.seed=%s", seed).isFalse();
    }
  }
}
