package deepflow.ctl.conformance;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What came back.
///
/// @param headers by name in lower case
/// @param trailers likewise; only gRPC has some
@SuppressWarnings("ArrayRecordComponent") // looked at, not compared
record Reply(int status, Map<String, String> headers, byte[] body, Map<String, String> trailers) {
  private static final JsonMapper JSON = new JsonMapper();

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /// A field of gRPC's, which stands in the trailers, or in the headers when there is nothing else.
  String grpc(String name) {
    return trailers.getOrDefault(name, header(name));
  }

  /// The media type without its parameters, in lower case.
  String mediaType() {
    String type = header("content-type");
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  boolean isJson() {
    return mediaType().equals("application/json");
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /// The body as JSON; empty when it is none.
  Optional<JsonNode> json() {
    try {
      JsonNode node = JSON.readTree(body);
      return node.isObject() ? Optional.of(node) : Optional.empty();
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  /// The one message of a gRPC answer; empty when the body is not exactly one, uncompressed.
  Optional<byte[]> message() {
    return GrpcFrame.message(body);
  }

  /// The google.rpc.Status of an error: in the body, in JSON or protobuf as its type says, or in
  /// gRPC's details. Empty when there is none that can be read.
  Optional<Status> rpcStatus() {
    try {
      if (mediaType().startsWith("application/grpc")) {
        byte[] details = Base64.getDecoder().decode(grpc("grpc-status-details-bin"));
        return Optional.of(Status.parseFrom(details));
      }
      if (isJson()) {
        return json().flatMap(RpcStatus::fromJson);
      }
      boolean protobuf = mediaType().equals("application/x-protobuf") && body.length > 0;
      return protobuf ? Optional.of(Status.parseFrom(body)) : Optional.empty();
    } catch (InvalidProtocolBufferException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Status, type and the beginning of the body: what a person needs to see.
  String shown() {
    if (mediaType().startsWith("application/grpc")) {
      return "grpc-status " + grpc("grpc-status") + " " + shortened(grpc("grpc-message"));
    }
    String type = header("content-type").isEmpty() ? "no Content-Type" : header("content-type");
    String what = body.length == 0 ? ", no body" : ", body " + shortened(text());
    return "HTTP " + status + ", " + type + what;
  }

  /// The beginning of a server's text.
  static String shortened(String text) {
    return text.length() > 120 ? text.substring(0, 120) + "…" : text;
  }
}
