package deepflow.ctl.conformance;

import com.google.protobuf.Any;
import com.google.rpc.Status;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// `google.rpc.Status` in JSON. Details are kept by their type alone.
final class RpcStatus {
  private RpcStatus() {}

  /// Reads a status; empty when the object has none of its fields or one of another type.
  static Optional<Status> fromJson(JsonNode json) {
    JsonNode code = json.path("code");
    JsonNode message = json.path("message");
    boolean hasNone = code.isMissingNode() && message.isMissingNode();
    boolean isOther =
        !(code.isMissingNode() || code.isIntegralNumber())
            || !(message.isMissingNode() || message.isString());
    if (hasNone || isOther) {
      return Optional.empty();
    }
    Status.Builder status =
        Status.newBuilder().setCode(code.asInt(0)).setMessage(message.asString(""));
    for (JsonNode detail : json.path("details")) {
      status.addDetails(Any.newBuilder().setTypeUrl(detail.path("@type").asString("")));
    }
    return Optional.of(status.build());
  }

  static boolean hasDetail(Status status, String type) {
    return status.getDetailsList().stream()
        .anyMatch(detail -> detail.getTypeUrl().endsWith("/google.rpc." + type));
  }
}
