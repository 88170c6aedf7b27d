package deepflow.ctl.conformance;

/// Where rules are written.
final class Source {
  static final String PROTOCOL = "OTLP 1.11.0, Protocol Details";
  static final String HTTP_REQUEST = "OTLP 1.11.0, OTLP/HTTP Request";
  static final String HTTP_RESPONSE = "OTLP 1.11.0, OTLP/HTTP Response";
  static final String FULL_SUCCESS = "OTLP 1.11.0, Full Success";
  static final String PARTIAL_SUCCESS = "OTLP 1.11.0, Partial Success";
  static final String FAILURES = "OTLP 1.11.0, Failures";
  static final String BAD_DATA = "OTLP 1.11.0, Bad Data";
  static final String RETRYABLE = "OTLP 1.11.0, Retryable Response Codes";
  static final String THROTTLING = "OTLP 1.11.0, Throttling";
  static final String CONNECTION = "OTLP 1.11.0, OTLP/HTTP Connection";
  static final String BINARY = "OTLP 1.11.0, Binary Protobuf Encoding";
  static final String JSON = "OTLP 1.11.0, JSON Protobuf Encoding";
  static final String PROTO_JSON = "OTLP 1.11.0, JSON Protobuf Encoding; ProtoJSON";
  static final String SIZE_LIMIT = "OTLP 1.11.0, OTLP/gRPC Request and OTLP/HTTP Request";
  static final String ENVELOPES = "OTLP 1.11.0, Empty Telemetry Envelopes";
  static final String DUPLICATES = "OTLP 1.11.0, Duplicate Data";
  static final String EVOLUTION = "OTLP 1.11.0, Future Versions and Interoperability";
  static final String COMMON_PROTO = "opentelemetry-proto 1.11.0, common.proto";
  static final String TRACE_PROTO = "opentelemetry-proto 1.11.0, trace.proto";
  static final String PROTOBUF = "Protocol Buffers, Encoding";
  static final String GRPC = "gRPC over HTTP/2";
  static final String GRPC_COMPRESSION = "gRPC Compression";

  private Source() {}

  static String rfc9110(String section) {
    return "RFC 9110, " + section;
  }

  static String rfc9112(String section) {
    return "RFC 9112, " + section;
  }
}
