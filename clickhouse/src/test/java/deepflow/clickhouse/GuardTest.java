package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The texts are as the engine writes them after parsing.
class GuardTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'file', 'it\\'s file', 'a''file'",
        "SELECT file_name, profile, `file name`, \"my file\"",
        "SELECT '\\\\', 'file'",
      })
  void letsTheWordStandInTextsAndInOtherNames(String sql) {
    assertThatCode(() -> Guard.checkNames(sql)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT file('x')",
        "SELECT FILE('x')",
        "SELECT `file`('x')",
        "SELECT \"file\"('x')",
        "SELECT 'a', file('x')",
        "SELECT '\\\\', file('x')",
        "SELECT 'it''s', file('x')",
        "SELECT '', file('x')",
        "SELECT * APPLY file",
        "SELECT aiGenerate('x')",
        "SELECT catboostEvaluate('m', 1)",
        "SELECT * FROM eval('SELECT 1')",
      })
  void refusesTheNamesOfFunctionsThatReachOutside(String sql) {
    assertThatThrownBy(() -> Guard.checkNames(sql))
        .isInstanceOf(ClickHouseException.class)
        .hasMessageContaining("is not allowed here");
  }

  @Test
  void looksBehindLongTexts() {
    String text = "SELECT '" + "\\'".repeat(200_000) + "', ";
    assertThatCode(() -> Guard.checkNames(text + "1")).doesNotThrowAnyException();
    assertThatThrownBy(() -> Guard.checkNames(text + "file('x')"))
        .isInstanceOf(ClickHouseException.class);
  }
}
