package deepflow.server.querier.flowtracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracingQuestionTest {

  private static final String FRAME =
      "{\"time_start\":1,\"time_end\":2,\"database\":\"flow_log\",\"table\":\"l7_flow_log\",%s}";

  @Test
  void takesKeysInEitherCase() throws Exception {
    TracingQuestion question =
        TracingQuestion.of(
            """
            {"TIME_START": 1, "time_end": "2", "DATABASE": "flow_log", "TABLE": "l7_flow_log",
             "_ID": "18446744073709551615", "HAS_ATTRIBUTES": 1, "MAX_ITERATION": 30,
             "SIGNAL_SOURCES": ["OTel"], "DEBUG": false, "region": "x"}
            """);

    assertThat(question.rowId()).isEqualTo(-1);
    assertThat(question.traceId()).isNull();
    assertThat(question.attributes()).isTrue();
    assertThat(question.otel()).isTrue();
  }

  @Test
  void readsATraceIdOfAnyLength() throws Exception {
    TracingQuestion question =
        TracingQuestion.of(FRAME.formatted("\"trace_id\":\"AB\",\"_id\":\"\""));

    assertThat(question.traceId()).isNotNull();
    assertThat(question.traceId().hex()).isEqualTo("0".repeat(30) + "ab");
  }

  @Test
  void knowsThatNothingButSpansIsHere() throws Exception {
    assertThat(
            TracingQuestion.of(FRAME.formatted("\"trace_id\":\"ab\",\"signal_sources\":[\"ebpf\"]"))
                .otel())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          x                                                  | the body must be a JSON object
          []                                                 | the body must be a JSON object
          {}                                                 | database must be flow_log
          {"database":"event"}                               | database must be flow_log
          {"database":"flow_log","table":"l4_flow_log"}      | table must be l7_flow_log
          {"database":"flow_log","table":"l7_flow_log"}      | time_start is missing: Unix seconds
          """)
  void saysWhatLacks(String body, String reason) {
    assertThatThrownBy(() -> TracingQuestion.of(body)).hasMessage(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          "a":1                                     | _id or trace_id is missing
          "_id":"x"                                 | _id must be the _id of a row, a number of 64 bits
          "_id":-1                                  | _id must be the _id of a row, a number of 64 bits
          "_id":1.5                                 | _id must be the _id of a row, a number of 64 bits
          "_id":{"a":1}                             | _id must be the _id of a row, a number of 64 bits
          "trace_id":"' OR 1=1"                     | trace_id must have 1 to 32 hexadecimal digits
          "trace_id":"ab","has_attributes":2        | has_attributes must be 0 or 1
          "trace_id":"ab","max_iteration":-1        | max_iteration must be a whole number that is not negative
          "trace_id":"ab","time_start":9            | time_end must not be before time_start
          "trace_id":"ab","signal_sources":"otel"   | signal_sources must be a list such as ["otel"]
          """)
  void saysWhatIsWrong(String rest, String reason) {
    assertThatThrownBy(() -> TracingQuestion.of(FRAME.formatted(rest))).hasMessage(reason);
  }
}
