package deepflow.ctl.conformance;

import java.util.EnumSet;
import java.util.Set;

/// How a server is spoken to.
enum Transport {
  /// OTLP/HTTP by HTTP/1.1.
  HTTP_1("HTTP/1.1"),
  /// OTLP/HTTP by HTTP/2; without TLS by prior knowledge.
  HTTP_2("HTTP/2"),
  /// OTLP/gRPC.
  GRPC("gRPC");

  static final Set<Transport> EVERY = EnumSet.allOf(Transport.class);
  static final Set<Transport> HTTP = EnumSet.of(HTTP_1, HTTP_2);
  static final Set<Transport> ONLY_HTTP_1 = EnumSet.of(HTTP_1);
  static final Set<Transport> ONLY_HTTP_2 = EnumSet.of(HTTP_2);
  static final Set<Transport> ONLY_GRPC = EnumSet.of(GRPC);

  private final String label;

  Transport(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
