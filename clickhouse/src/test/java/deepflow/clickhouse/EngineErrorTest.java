package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineErrorTest {

  @ParameterizedTest
  @CsvSource({
    "241, BUSY, BUSY",
    "252, BUSY, BUSY",
    "243, BUSY, BUSY",
    "159, BUSY, BUSY",
    "394, BUSY, BUSY",
    "62, BUG, REFUSED",
    "47, BUG, REFUSED",
    "60, BUG, REFUSED",
    "164, BUG, REFUSED",
    "457, REFUSED, REFUSED",
    "49, BUG, BUG",
    "40, BUG, BUG",
    "76, BUG, BUG",
  })
  void saysWhoseTurnItIs(int code, Kind ours, Kind users) {
    String text = "Code: " + code + ". DB::Exception: words (NAME)\n";
    assertThat(EngineError.of(text, false).kind()).isEqualTo(ours);
    assertThat(EngineError.of(text, true).kind()).isEqualTo(users);
    assertThat(EngineError.of(text, true).code()).isEqualTo(code);
    assertThat(EngineError.of(text, true)).hasMessage(text.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "errno: 28, strerror: No space left on device",
        "errno: 122, strerror: Disk quota exceeded"
      })
  void isBusyWhenTheDiskIsFullWhateverTheCode(String why) {
    String text = "Code: 75. DB::Exception: Cannot write to file: " + why;
    assertThat(EngineError.of(text, false).kind()).isEqualTo(Kind.BUSY);
  }

  @Test
  void isABugWithoutACode() {
    assertThat(EngineError.of("odd words", true).kind()).isEqualTo(Kind.BUG);
    assertThat(EngineError.of("odd words", true).code()).isEqualTo(ClickHouseException.NO_CODE);
  }
}
