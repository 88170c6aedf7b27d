package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionRuleTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "30d status = error",
        "1d status = unset and service = shop",
        "10d duration >= 2s and attribute.http.route = /pay",
        "3650d attribute.tenant = \"gold and \\\"silver\\\" \\\\ 支付\"",
        "5d duration >= 250ms",
        "5d duration >= 7ns"
      })
  void isWrittenAsItIsRead(String text) {
    assertThat(RetentionRule.parse(text)).hasToString(text);
  }

  /// What is chosen is kept as text: a rule that couldn't be read again would end housekeeping, and
  /// the next start.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1500500us",
        "999999999us",
        "999999999999us",
        "999999999999999999ns",
        "999999999s",
        "16666665m"
      })
  void isReadAgainWhateverItsUnit(String length) {
    RetentionRule rule = RetentionRule.parse("30d duration >= " + length);

    assertThat(RetentionRule.parse(rule.toString())).isEqualTo(rule);
  }

  @Test
  void needsNoSpacesAndTakesAnyUnit() {
    assertThat(RetentionRule.parse(" 30d  status=error and duration>=2m and service=\"a b\" "))
        .hasToString("30d status = error and duration >= 120s and service = \"a b\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          status = error                  | a rule begins with its days, such as 30d, at character 1
          30 status = error               | a rule begins with its days, such as 30d, at character 1
          0d status = error               | days are from 1 to 3650, at character 1
          9999d status = error            | days are from 1 to 3650, at character 1
          30d colour = red                | expected status, service, duration or attribute.KEY
          30d status = bad                | status is error, ok or unset, at character 14
          30d status >= error             | status takes =, at character 12
          30d duration = 2s               | duration takes >=, at character 14
          30d duration >= 2               | a number with ns, us, ms, s or m behind it, at character 17
          30d duration >= 16666666m       | shorter than 11574 days, at character 17
          30d duration >= 999999999999999999m | shorter than 11574 days, at character 17
          30d status = error or service=a | expected 'and' or the end, at character 20
          30d status = error and          | expected 'and' or the end, at character 20
          """)
  void isRefusedWithWhatAndWhere(String text, String message) {
    assertThatThrownBy(() -> RetentionRule.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aSpanIsKeptForAMinuteToTenYears() {
    assertThat(
            new RetentionRules(
                    List.of(RetentionRule.parse("30d status = error")), Duration.ofDays(3))
                .longest())
        .isEqualTo(Duration.ofDays(30));
    assertThatThrownBy(() -> RetentionRules.of(Duration.ofSeconds(59)))
        .hasMessageContaining("between 1m and 3650d, not 59s");
    assertThatThrownBy(() ->
            new RetentionRules(
                java.util.Collections.nCopies(33, RetentionRule.parse("1d service = a")),
                Duration.ofDays(3)))
        .hasMessageContaining("at most 32 rules");
  }
}
