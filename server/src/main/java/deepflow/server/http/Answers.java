package deepflow.server.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// The few shapes of answers that all parts share. An error is `{"error": …, "hint": …}`.
public final class Answers {

  /// When a client that was turned away may come back.
  static final String RETRY_AFTER_SECONDS = "1";

  private static final JsonFactory JSON = new JsonFactory();

  private Answers() {}

  /// A body of JSON that is made already.
  public static HttpResponse json(HttpStatus status, byte[] body) {
    return HttpResponse.of(headers(status), HttpData.wrap(body));
  }

  /// An error with what to do about it.
  ///
  /// @param hint empty when there is nothing to say
  public static HttpResponse error(HttpStatus status, String error, String hint) {
    return aggregatedError(status, error, hint).toHttpResponse();
  }

  /// No place for the question now.
  public static HttpResponse busy(String error) {
    return error(HttpStatus.SERVICE_UNAVAILABLE, error, "ask again in a moment");
  }

  /// The same for a response that is a stream so far.
  public static AggregatedHttpResponse aggregatedError(
      HttpStatus status, String error, String hint) {
    return AggregatedHttpResponse.of(headers(status), HttpData.wrap(errorBody(error, hint)));
  }

  private static ResponseHeaders headers(HttpStatus status) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(status).contentType(MediaType.JSON_UTF_8);
    if (status.equals(HttpStatus.SERVICE_UNAVAILABLE)) {
      headers.set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    return headers.build();
  }

  private static byte[] errorBody(String error, String hint) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("error", error);
      if (!hint.isEmpty()) {
        json.writeStringProperty("hint", hint);
      }
      json.writeEndObject();
    }
    return out.toByteArray();
  }
}
