package deepflow.benchmarks;

import java.net.URI;

/// Where load goes, and by which of OTLP's transports.
public sealed interface Target {
  /// OTLP/HTTP with protobuf bodies over HTTP/1.1.
  ///
  /// @param endpoint the whole URL, path included; only `http` is spoken
  /// @param gzip whether bodies are compressed
  record Http(URI endpoint, boolean gzip) implements Target {
    /// Without compression.
    public Http(URI endpoint) {
      this(endpoint, false);
    }
  }

  /// OTLP/gRPC without TLS.
  record Grpc(String host, int port) implements Target {}
}
