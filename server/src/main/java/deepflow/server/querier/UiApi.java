package deepflow.server.querier;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.HttpService;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Workers;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/// What all answers to our UI share: who waits, the JSON, and what becomes of a question that can't
/// be answered.
///
/// | problem | answer |
/// |---|---|
/// | [RefusedException] | 400 with its message and hint |
/// | [LimitedOutput.TooLargeException] | 413 |
/// | the engine is busy, or too many ask | 503 with Retry-After |
/// | the engine's or our own fault | 500, and a line in the log |
public final class UiApi {

  private static final Logger LOG = LoggerFactory.getLogger(UiApi.class);
  private static final int ANSWER_BYTES_MAX = 16 << 20;

  /// Finds what was asked for.
  public interface Question {

    /// What writes the fields of the answer's object.
    Consumer<JsonGenerator> answer(Parameters asked) throws ClickHouseException;
  }

  private final Workers workers;

  /// Answers on those threads.
  public UiApi(Workers workers) {
    this.workers = workers;
  }

  /// Serves a question.
  public HttpService serve(Question question) {
    return (ctx, _) -> {
      Parameters asked = parameters(ctx.queryParams()).with(ctx.pathParams());
      return workers.answer(
          () -> guarded(question, asked, ctx.path()), () -> Answers.busy("too many ask at once"));
    };
  }

  /// What stands behind the `?`.
  public static Parameters parameters(QueryParams params) {
    return new Parameters(
        params.stream()
            .collect(
                Collectors.groupingBy(
                    Map.Entry::getKey,
                    Collectors.mapping(Map.Entry::getValue, Collectors.toList()))));
  }

  private static HttpResponse guarded(Question question, Parameters asked, String path) {
    try {
      return json(question.answer(asked));
    } catch (RefusedException e) {
      return Answers.error(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), e.hint());
    } catch (LimitedOutput.TooLargeException _) {
      return Answers.error(
          HttpStatus.REQUEST_ENTITY_TOO_LARGE, "the answer is too large", "set a lower limit");
    } catch (ClickHouseException e) {
      return failed(e, path);
    }
  }

  private static HttpResponse failed(ClickHouseException e, String path) {
    if (e.kind() == ClickHouseException.Kind.BUSY) {
      return Answers.error(
          HttpStatus.SERVICE_UNAVAILABLE,
          "the question took too much time or memory",
          "narrow the time range");
    }
    LOG.error("the store could not answer {}", path, e);
    return Answers.error(HttpStatus.INTERNAL_SERVER_ERROR, "reading the store failed", "");
  }

  private static HttpResponse json(Consumer<JsonGenerator> fields) {
    LimitedOutput output = new LimitedOutput(ANSWER_BYTES_MAX);
    try (JsonGenerator json = JsonOutput.generator(output)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return Answers.json(HttpStatus.OK, output.toByteArray());
  }

  /// Writes a list of texts.
  public static void strings(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }
}
