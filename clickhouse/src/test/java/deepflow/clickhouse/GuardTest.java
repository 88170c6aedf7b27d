package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
