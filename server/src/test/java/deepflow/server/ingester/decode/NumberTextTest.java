package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberTextTest {
  private final byte[] target = new byte[NumberText.BYTES_MAX];

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 9, 10, -10, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE})
  void writesIntegersInDecimal(long value) {
    assertThat(text(value)).isEqualTo(Long.toString(value));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0",
    "-0.0, -0.0",
    "1, 1.0",
    "0.1, 0.1",
    "0.29, 0.29",
    "0.57, 0.57",
    "-2.5, -2.5",
    "123456.789, 123456.789",
    "0.001, 0.001",
    "9999999, 9999999.0",
    "1E7, 1.0E7",
    "NaN, NaN",
    "-Infinity, -Infinity",
    "4.9E-324, 4.9E-324"
  })
  void writesDoublesAsJavaDoes(double value, String text) {
    assertThat(text(value)).isEqualTo(text);
  }

  @Test
  void writesEveryNumberSoThatTheSameIsReadBack() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      long bits = random.nextLong() >> random.nextInt(64);
      assertThat(text(bits)).as("tests.seed=%s", seed).isEqualTo(Long.toString(bits));
      double value =
          switch (i % 3) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextInt(100_000_000) / 1000.0;
            default -> random.nextDouble() * 1000;
          };
      assertThat((Double) Double.parseDouble(text(value)))
          .as("tests.seed=%s", seed)
          .isEqualTo((Double) value);
    }
  }

  @Test
  void writesDecimalFractionsAsJavaDoes() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    double[] divisors = {10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0};
    for (int i = 0; i < 200_000; i++) {
      int bound = 2 << random.nextInt(29);
      double value = (random.nextInt(bound) - bound / 2) / divisors[i % divisors.length];
      assertThat(text(value)).as("tests.seed=%s", seed).isEqualTo(Double.toString(value));
    }
  }

  private String text(long value) {
    return new String(target, 0, NumberText.writeLong(value, target), US_ASCII);
  }

  private String text(double value) {
    return new String(target, 0, NumberText.writeDouble(value, target), US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({"200, 200", "-7, -7", "0, 0", "'', -99", "-, -99", "12a, -99", "1.5, -99"})
  void readsIntegersOnly(String text, long expected) {
    byte[] bytes = text.getBytes(US_ASCII);
    assertThat(NumberText.parseLong(bytes, 0, bytes.length, -99)).isEqualTo(expected);
  }

  @Test
  void refusesNumbersThatMightNotFit() {
    byte[] bytes = "1234567890123456789".getBytes(US_ASCII);
    assertThat(NumberText.parseLong(bytes, 0, bytes.length, -99)).isEqualTo(-99);
  }
}
