package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
  private final byte[] target = new byte[AddressText.BYTES];

  @ParameterizedTest
  @CsvSource({
    "10.0.0.7, 00000000000000000000ffff0a000007",
    "255.255.255.255, 00000000000000000000ffffffffffff",
    "::, 00000000000000000000000000000000",
    "::1, 00000000000000000000000000000001",
    "1::, 00010000000000000000000000000000",
    "fe80::1:2%eth0, fe800000000000000000000000010002",
    "2001:db8:0:0:8:800:200C:417A, 20010db80000000000080800200c417a",
    "2001:db8::8:800:200c:417a, 20010db80000000000080800200c417a",
    "::ffff:1.2.3.4, 00000000000000000000ffff01020304",
    "1:2:3:4:5:6:7.8.9.10, 0001000200030004000500060708090a"
  })
  void readsAddresses(String text, String expected) {
    assertThat(parse(text)).isTrue();
    assertThat(HexFormat.of().formatHex(target)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.-4",
        "1..2.3",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7:",
        "g::",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:8::"
      })
  void refusesEverythingElseAndLeavesZeros(String text) {
    assertThat(parse(text)).isFalse();
    assertThat(target).containsOnly(0);
  }

  @Test
  void readsWhatJavaWrites() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] address = new byte[i % 2 == 0 ? 4 : 16];
      random.nextBytes(address);
      address[0] |= 1; // not v4-mapped
      assertThat(parse(InetAddress.getByAddress(address).getHostAddress()))
          .as("tests.seed=%s", seed)
          .isTrue();
      assertThat(target).as("tests.seed=%s", seed).endsWith(address);
      assertThat(AddressText.isV4(target)).isEqualTo(address.length == 4);
    }
  }

  private boolean parse(String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    return AddressText.parse(bytes, 0, bytes.length, target);
  }
}
