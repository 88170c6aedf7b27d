package deepflow.ctl.conformance;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What a reply means to a sender, however loosely it is written: any 2xx is success here.
sealed interface Answer {
  /// Everything was taken.
  record Full() implements Answer {
    @Override
    public String toString() {
      return "full success";
    }
  }

  /// Taken but for some spans, or with a warning.
  record Partial(long rejectedSpans, String message) implements Answer {
    @Override
    public String toString() {
      return "partial success, " + rejectedSpans + " spans rejected: " + message;
    }
  }

  /// Not taken.
  ///
  /// @param retryable whether a sender sends it again
  record Refused(boolean retryable, Reply reply) implements Answer {
    @Override
    public String toString() {
      return reply.shown();
    }
  }

  Set<Integer> RETRYABLE_HTTP = Set.of(429, 502, 503, 504);

  /// CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS;
  /// RESOURCE_EXHAUSTED is one with RetryInfo only.
  Set<String> RETRYABLE_GRPC = Set.of("1", "4", "10", "11", "14", "15");

  String RESOURCE_EXHAUSTED = "8";

  static Answer of(Reply reply) {
    if (!reply.mediaType().startsWith("application/grpc")) {
      return ofHttp(reply);
    }
    if (reply.grpc("grpc-status").equals("0")) {
      return ofProtobuf(reply.message().orElse(new byte[0]));
    }
    return new Refused(isRetryableGrpc(reply), reply);
  }

  private static Answer ofHttp(Reply reply) {
    if (reply.status() / 100 != 2) {
      return new Refused(RETRYABLE_HTTP.contains(reply.status()), reply);
    }
    return reply.isJson() ? ofJson(reply) : ofProtobuf(reply.body());
  }

  private static boolean isRetryableGrpc(Reply reply) {
    String code = reply.grpc("grpc-status");
    boolean hasRetryInfo =
        reply.rpcStatus().map(status -> RpcStatus.hasDetail(status, "RetryInfo")).orElse(false);
    return RETRYABLE_GRPC.contains(code) || (code.equals(RESOURCE_EXHAUSTED) && hasRetryInfo);
  }

  private static Answer ofProtobuf(byte[] response) {
    try {
      ExportTracePartialSuccess partial =
          ExportTraceServiceResponse.parseFrom(response).getPartialSuccess();
      return of(partial.getRejectedSpans(), partial.getErrorMessage());
    } catch (InvalidProtocolBufferException _) {
      return new Full();
    }
  }

  private static Answer ofJson(Reply reply) {
    Optional<JsonNode> partial = reply.json().map(json -> json.path("partialSuccess"));
    return partial
        .map(json ->
            of(json.path("rejectedSpans").asLong(0), json.path("errorMessage").asString("")))
        .orElse(new Full());
  }

  private static Answer of(long rejectedSpans, String message) {
    return rejectedSpans == 0 && message.isEmpty()
        ? new Full()
        : new Partial(rejectedSpans, message);
  }
}
