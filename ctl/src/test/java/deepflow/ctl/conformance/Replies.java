package deepflow.ctl.conformance;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Status;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// Answers as a correct server writes them.
final class Replies {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String JSON = "application/json";
  private static final String BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

  private Replies() {}

  static Reply success(Ask ask, int rejected, String message) {
    if (ask.isJson()) {
      String body =
          message.isEmpty()
              ? "{}"
              : "{\"partialSuccess\":{\"rejectedSpans\":\"%s\",\"errorMessage\":\"%s\"}}"
                  .formatted(rejected, message);
      return http(200, JSON, body.getBytes(StandardCharsets.UTF_8));
    }
    ExportTraceServiceResponse.Builder response = ExportTraceServiceResponse.newBuilder();
    if (!message.isEmpty()) {
      response.getPartialSuccessBuilder().setRejectedSpans(rejected).setErrorMessage(message);
    }
    byte[] body = response.build().toByteArray();
    return ask.isGrpc()
        ? new Reply(
            200,
            Map.of("content-type", "application/grpc"),
            GrpcFrame.of(false, body),
            Map.of("grpc-status", "0"))
        : http(200, PROTOBUF, body);
  }

  /// A failure in the request's own form.
  static Reply failure(Ask ask, int httpStatus, int grpcStatus, String message) {
    Status.Builder status = Status.newBuilder().setCode(grpcStatus).setMessage(message);
    boolean isBad = httpStatus == 400;
    if (isBad) {
      status.addDetails(Any.pack(BadRequest.getDefaultInstance()));
    }
    byte[] bytes = status.build().toByteArray();
    if (ask.isGrpc()) {
      return grpcFailure(grpcStatus, message, bytes);
    }
    if (ask.isProtobuf()) {
      return http(httpStatus, PROTOBUF, bytes);
    }
    String details = isBad ? ",\"details\":[{\"@type\":\"%s\"}]".formatted(BAD_REQUEST) : "";
    String body = "{\"code\":%s,\"message\":\"%s\"%s}".formatted(grpcStatus, message, details);
    return http(httpStatus, JSON, body.getBytes(StandardCharsets.UTF_8));
  }

  private static Reply grpcFailure(int code, String message, byte[] status) {
    return new Reply(
        200,
        Map.of(
            "content-type",
            "application/grpc",
            "grpc-status",
            Integer.toString(code),
            "grpc-message",
            message,
            "grpc-accept-encoding",
            "gzip,zstd,deflate,snappy",
            "grpc-status-details-bin",
            Base64.getEncoder().encodeToString(status)),
        new byte[0],
        Map.of());
  }

  static Reply http(int status, String type, byte[] body) {
    return new Reply(status, Map.of("content-type", type), body, Map.of());
  }

  static Reply with(Reply reply, String header, String value) {
    Map<String, String> headers = new LinkedHashMap<>(reply.headers());
    headers.put(header, value);
    return new Reply(reply.status(), headers, reply.body(), reply.trailers());
  }

  static Reply without(Reply reply, String header) {
    Map<String, String> headers = new LinkedHashMap<>(reply.headers());
    headers.remove(header);
    return new Reply(reply.status(), headers, reply.body(), reply.trailers());
  }

  static Reply withStatus(Reply reply, int status) {
    return new Reply(status, reply.headers(), reply.body(), reply.trailers());
  }

  /// With another message in its body, in gRPC in its frame.
  static Reply withBody(Reply reply, byte[] body) {
    boolean grpc = reply.mediaType().startsWith("application/grpc");
    return new Reply(
        reply.status(), reply.headers(), grpc ? GrpcFrame.of(false, body) : body, reply.trailers());
  }
}
