package deepflow.server.querier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.server.http.Workers;
import deepflow.server.querier.traces.TraceParameters;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a question that can't be answered.
class UiApiTest {

  private final Workers workers = new Workers(1, 1);

  @AfterEach
  void close() {
    workers.close();
  }

  private AggregatedHttpResponse answer(UiApi.Question question, String parameters)
      throws Exception {
    HttpRequest request = HttpRequest.of(HttpMethod.GET, "/v1/some?" + parameters);
    return new UiApi(workers)
        .serve(question)
        .serve(ServiceRequestContext.of(request), request)
        .aggregate()
        .join();
  }

  @Test
  void aBugIsNoFaultOfTheOneWhoAsks() {
    var bug = new IllegalArgumentException("no type has the letter x");

    assertThatThrownBy(() ->
            answer(
                _ -> {
                  throw bug;
                },
                ""))
        .hasRootCause(bug);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "start=yesterday",
        "start=1&start=2",
        "end=1&start=2",
        "minDuration=long",
        "limit=0",
        "sort=best",
        "status=bad",
        "attribute=eu",
        "cursor=x",
        "cursor=slowest.1.00000000000000000000000000000001",
        "q={",
        "q={+span.x+%3D~+1+}"
      })
  void whatIsAskedWronglyIsRefused(String parameters) throws Exception {
    AggregatedHttpResponse answer =
        answer(
            asked -> {
              TraceParameters.parse(asked::texts);
              return _ -> {};
            },
            parameters);

    assertThat(answer.status()).isEqualTo(HttpStatus.BAD_REQUEST);
    assertThat(answer.contentUtf8()).contains("\"error\"");
  }

  @Test
  void whatIsAskedRightlyIsAnswered() throws Exception {
    assertThat(
            answer(
                    asked ->
                        json -> json.writeStringProperty("a", List.of(asked.text("a")).getFirst()),
                    "a=b")
                .contentUtf8())
        .isEqualTo("{\"a\":\"b\"}");
  }
}
