package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExceptionMarkTest {
  private static final String TAG = "abcdefghijklmnop";
  private static final String END = "\n12 " + TAG + "\r\n__exception__\r\n";
  private static final String BEGIN = "\r\n__exception__\r\n" + TAG + "\r\n";

  private final ExceptionMark mark = new ExceptionMark(TAG);

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Test
  void findsAnErrorBehindDataThatLooksLikeOne() {
    String data = "\r\n__exception__\r\nqrstuvwxyz";
    byte[] all = bytes(data + BEGIN + "Code: 1." + END);
    assertThat(mark.find(all, 0, all.length)).isEqualTo(data.length());
    assertThat(mark.text(all, data.length(), all.length)).isEqualTo("Code: 1.");
  }

  @Test
  void waitsForTheRestOfWhatMayBecomeAnError() {
    for (int length = 0; length < BEGIN.length(); length++) {
      byte[] all = bytes("data\r\nx" + BEGIN.substring(0, length));
      assertThat(mark.find(all, 0, all.length)).isEqualTo(-1);
      assertThat(mark.undecided(all, 0, all.length)).isEqualTo(length);
    }
  }

  @Test
  void takesAnErrorThatIsCutOffAsFarAsItCame() {
    byte[] all = bytes(BEGIN + "Code: 1. words");
    assertThat(mark.text(all, 0, all.length)).isEqualTo("Code: 1. words");
  }
}
