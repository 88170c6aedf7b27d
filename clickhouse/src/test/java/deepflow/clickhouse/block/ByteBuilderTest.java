package deepflow.clickhouse.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ByteBuilderTest {
  private final ByteBuilder builder = new ByteBuilder();

  private byte[] written() {
    var bytes = new ByteArrayOutputStream();
    builder.writeTo(bytes::write);
    return bytes.toByteArray();
  }

  @RepeatedTest(10)
  void givesBackWhatWasPutOverManyChunksEachTimeItIsFilled() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 3; round++) {
      var wanted = new ByteArrayOutputStream();
      for (int i = 0; i < 400; i++) {
        byte[] value = new byte[length(random)];
        random.nextBytes(value);
        builder.putBytes(value, 0, value.length);
        wanted.writeBytes(value);
        builder.putByte(i);
        wanted.write(i);
        builder.putLong(i);
        for (int at = 0; at < Long.SIZE; at += Byte.SIZE) {
          wanted.write((int) ((long) i >>> at));
        }
      }
      assertThat(builder.size()).as("tests.seed=%s", seed).isEqualTo(wanted.size());
      assertThat(written()).as("tests.seed=%s", seed).isEqualTo(wanted.toByteArray());
      builder.clear();
      assertThat(builder.size()).isZero();
    }
  }

  /// Mostly short; now and then larger than a chunk.
  private static int length(Random random) {
    return switch (random.nextInt(100)) {
      case 0 -> random.nextInt(3 * ByteBuilder.CHUNK_BYTES);
      case 1 -> ByteBuilder.CHUNK_BYTES + random.nextInt(3) - 1;
      default -> random.nextInt(5_000);
    };
  }

  @Test
  void findsIntegersInEachChunk() {
    int count = ByteBuilder.CHUNK_BYTES / Integer.BYTES * 3 + 1;
    for (int i = 0; i < count; i++) {
      builder.putInt(~i);
    }

    assertThat(builder.chunks()).isEqualTo(4);
    for (int i = 0; i < count; i++) {
      assertThat(builder.intAt(i * Integer.BYTES)).isEqualTo(~i);
    }
  }
}
