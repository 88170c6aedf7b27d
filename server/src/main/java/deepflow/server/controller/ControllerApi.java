package deepflow.server.controller;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the answers on DeepFlow's paths share: `{"OPT_STATUS","DESCRIPTION","DATA"}`, where an
/// error has a sentence in DESCRIPTION and no DATA.
///
/// | problem | answer |
/// |---|---|
/// | what is named isn't there | 404 `RESOURCE_NOT_FOUND` |
/// | can't be done as it is | 400 `INVALID_POST_DATA` |
/// | the store is busy | 503 `SERVER_ERROR` |
/// | the store's or our own fault | 500 `FAIL`, and a line in the log |
final class ControllerApi {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerApi.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final JsonMapper MAPPER = new JsonMapper();

  private ControllerApi() {}

  /// Does what was asked for.
  interface Task {
    /// What writes the value of DATA.
    Consumer<JsonGenerator> run(ServiceRequestContext context, AggregatedHttpRequest request)
        throws ControllerException, ClickHouseException;
  }

  /// Serves a task, on a thread that may wait.
  static HttpService serve(Task task) {
    return (context, request) ->
        HttpResponse.of(
            request
                .aggregate()
                .thenApplyAsync(
                    whole -> guarded(task, context, whole), context.blockingTaskExecutor()));
  }

  private static HttpResponse guarded(
      Task task, ServiceRequestContext context, AggregatedHttpRequest request) {
    try {
      Consumer<JsonGenerator> data = task.run(context, request);
      return answer(HttpStatus.OK, "SUCCESS", "", data);
    } catch (ControllerException e) {
      String sentence = String.valueOf(e.getMessage());
      return switch (e.kind()) {
        case NOT_FOUND -> failure(HttpStatus.NOT_FOUND, "RESOURCE_NOT_FOUND", sentence);
        case REFUSED -> failure(HttpStatus.BAD_REQUEST, "INVALID_POST_DATA", sentence);
      };
    } catch (ClickHouseException e) {
      LOG.error("the store failed on {}", context.path(), e);
      return e.kind() == ClickHouseException.Kind.BUSY
          ? failure(HttpStatus.SERVICE_UNAVAILABLE, "SERVER_ERROR", "the store is busy: try again")
          : failure(HttpStatus.INTERNAL_SERVER_ERROR, "FAIL", "the store failed; see the log");
    }
  }

  private static HttpResponse failure(HttpStatus status, String kind, String sentence) {
    return answer(status, kind, sentence, null);
  }

  private static HttpResponse answer(
      HttpStatus status, String kind, String sentence, @Nullable Consumer<JsonGenerator> data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("OPT_STATUS", kind);
      json.writeStringProperty("DESCRIPTION", sentence);
      if (data != null) {
        json.writeName("DATA");
        data.accept(json);
      }
      json.writeEndObject();
    }
    return Answers.json(status, out.toByteArray());
  }

  /// A body that is an object.
  static JsonNode object(AggregatedHttpRequest request) throws ControllerException {
    try {
      JsonNode body = MAPPER.readTree(request.contentUtf8());
      if (body != null && body.isObject()) {
        return body;
      }
    } catch (JacksonException _) {
      // The same answer.
    }
    throw ControllerException.refused("the body must be a JSON object");
  }

  /// The text under the first of the names that is there; empty when none is.
  static String text(JsonNode body, String... names) {
    for (String name : names) {
      if (body.path(name).isString()) {
        return body.path(name).asString();
      }
    }
    return "";
  }
}
