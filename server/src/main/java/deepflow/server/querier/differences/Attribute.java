package deepflow.server.querier.differences;

import java.util.Set;

/// An attribute that spans of a service have.
///
/// @param ofResource whether it is their resource's
/// @param value as text
record Attribute(String service, boolean ofResource, String key, String value) {

  private static final String EXCEPTION = "exception.";

  /// Names of the semantic conventions, old and new, that tell how an operation ended.
  private static final Set<String> OUTCOMES =
      Set.of(
          "error",
          "error.type",
          "http.response.status_code",
          "http.status_code",
          "http.status_text",
          "http.response.body.size",
          "http.response_content_length",
          "rpc.status_code",
          "rpc.response.status_code",
          "rpc.grpc.status_code",
          "rpc.connect_rpc.error_code",
          "db.response.status_code",
          "otel.status_code",
          "otel.status_description");

  /// Whether it tells how an operation ended, not under which circumstances it ran.
  boolean isOutcome() {
    return OUTCOMES.contains(key) || key.startsWith(EXCEPTION);
  }
}
