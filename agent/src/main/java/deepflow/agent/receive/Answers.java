package deepflow.agent.receive;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/// Puts an [Answer] into HTTP or gRPC. The only place that decides a status code.
///
/// | answer | HTTP | gRPC |
/// |---|---|---|
/// | taken | 200, ExportTraceServiceResponse (empty, or partial_success) | OK, the same message |
/// | refused | its 4xx, google.rpc.Status | its code, Status in grpc-status-details-bin |
/// | busy | 503, Retry-After, Status with RetryInfo | UNAVAILABLE, Status with RetryInfo |
///
/// HTTP bodies are in the request's encoding; see [Dialect#forError] for requests without one.
final class Answers {
  static final int UNAVAILABLE = 14;

  private static final HttpData NO_JSON_FIELDS = HttpData.ofUtf8("{}");
  private static final HttpData NO_FIELDS_FRAMED = HttpData.wrap(new byte[5]);
  private static final HttpHeaders OK_TRAILERS = HttpHeaders.of("grpc-status", "0");

  private Answers() {}

  static HttpResponse of(Answer answer, Dialect dialect) {
    return dialect == Dialect.GRPC ? grpc(answer) : http(answer, dialect == Dialect.HTTP_JSON);
  }

  /// The answer to a request that is not even HTTP as it should be; its status was found by the
  /// HTTP server.
  static AggregatedHttpResponse violation(HttpStatus status, String message, Dialect dialect) {
    Answer.Refused refused = new Answer.Refused(Refusal.MALFORMED, message);
    boolean protobuf = dialect == Dialect.HTTP_PROTOBUF;
    byte[] body = protobuf ? StatusBody.protobuf(refused) : StatusBody.json(refused);
    return AggregatedHttpResponse.of(headers(status, !protobuf).build(), HttpData.wrap(body));
  }

  private static HttpResponse http(Answer answer, boolean json) {
    return switch (answer) {
      case Answer.Taken taken -> http(headers(HttpStatus.OK, json), success(taken, json));
      case Answer.Refused refused -> {
        ResponseHeadersBuilder headers = headers(refused.refusal().httpStatus(), json);
        hint(refused.refusal(), headers);
        byte[] body = json ? StatusBody.json(refused) : StatusBody.protobuf(refused);
        yield http(headers, HttpData.wrap(body));
      }
      case Answer.Busy busy -> {
        ResponseHeadersBuilder headers = headers(HttpStatus.SERVICE_UNAVAILABLE, json);
        headers.setLong(HttpHeaderNames.RETRY_AFTER, seconds(busy.retryAfter()));
        byte[] body = json ? StatusBody.json(busy) : StatusBody.protobuf(busy);
        yield http(headers, HttpData.wrap(body));
      }
    };
  }

  private static void hint(Refusal refusal, ResponseHeadersBuilder headers) {
    if (refusal == Refusal.UNKNOWN_ENCODING) {
      headers.set(HttpHeaderNames.ACCEPT_ENCODING, Coding.KNOWN);
    } else if (refusal == Refusal.WRONG_METHOD) {
      headers.set(HttpHeaderNames.ALLOW, "POST");
    }
  }

  private static HttpData success(Answer.Taken taken, boolean json) {
    if (isFull(taken)) {
      return json ? NO_JSON_FIELDS : HttpData.empty();
    }
    return HttpData.wrap(json ? StatusBody.json(taken) : response(taken));
  }

  private static boolean isFull(Answer.Taken taken) {
    return taken.rejectedSpans() == 0 && taken.message().isEmpty();
  }

  /// A serialized ExportTraceServiceResponse.
  private static byte[] response(Answer.Taken taken) {
    ProtobufWriter response = new ProtobufWriter(taken.message().length() + 16);
    int partialSuccess = response.begin(OtlpField.RESPONSE_PARTIAL_SUCCESS);
    response.varint(OtlpField.PARTIAL_SUCCESS_REJECTED_SPANS, taken.rejectedSpans());
    response.text(OtlpField.PARTIAL_SUCCESS_ERROR_MESSAGE, taken.message());
    response.end(partialSuccess);
    return response.toByteArray();
  }

  private static ResponseHeadersBuilder headers(HttpStatus status, boolean json) {
    Dialect dialect = json ? Dialect.HTTP_JSON : Dialect.HTTP_PROTOBUF;
    return ResponseHeaders.builder(status).set(HttpHeaderNames.CONTENT_TYPE, dialect.mediaType());
  }

  private static HttpResponse http(ResponseHeadersBuilder headers, HttpData body) {
    return HttpResponse.of(headers.contentLength(body.length()).build(), body);
  }

  private static HttpResponse grpc(Answer answer) {
    return switch (answer) {
      case Answer.Taken taken ->
          HttpResponse.of(
              grpcHeaders().build(),
              isFull(taken) ? NO_FIELDS_FRAMED : framed(response(taken)),
              OK_TRAILERS);
      case Answer.Refused refused ->
          grpc(refused.refusal().grpcCode(), refused.message(), StatusBody.protobuf(refused));
      case Answer.Busy busy -> grpc(UNAVAILABLE, busy.message(), StatusBody.protobuf(busy));
    };
  }

  /// An answer of nothing but headers, which is how gRPC says anything but success.
  private static HttpResponse grpc(int code, String message, byte[] details) {
    return HttpResponse.of(
        grpcHeaders()
            .set("grpc-status", Integer.toString(code))
            .set("grpc-message", percentEncoded(message))
            .set(
                "grpc-status-details-bin",
                Base64.getEncoder().withoutPadding().encodeToString(details))
            .build());
  }

  private static ResponseHeadersBuilder grpcHeaders() {
    return ResponseHeaders.builder(HttpStatus.OK)
        .set(HttpHeaderNames.CONTENT_TYPE, Dialect.GRPC.mediaType())
        .set("grpc-accept-encoding", Coding.KNOWN);
  }

  private static HttpData framed(byte[] message) {
    ByteBuffer frame = ByteBuffer.allocate(5 + message.length);
    return HttpData.wrap(frame.put((byte) 0).putInt(message.length).put(message).array());
  }

  /// gRPC's form of a message in a header: UTF-8, of which all but printable ASCII is written as
  /// `%` and two hexadecimal digits.
  static String percentEncoded(String message) {
    StringBuilder encoded = new StringBuilder(message.length());
    for (byte next : message.getBytes(StandardCharsets.UTF_8)) {
      if (next >= ' ' && next <= '~' && next != '%') {
        encoded.append((char) next);
      } else {
        encoded.append('%');
        encoded.append(Character.toUpperCase(Character.forDigit(next >> 4 & 0xF, 16)));
        encoded.append(Character.toUpperCase(Character.forDigit(next & 0xF, 16)));
      }
    }
    return encoded.toString();
  }

  /// Whole seconds, rounded up, at least one.
  static long seconds(Duration duration) {
    return Math.max(1, duration.plusNanos(999_999_999).toSeconds());
  }
}
