package deepflow.ctl.conformance;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;

/// A server under test.
///
/// @param path of its traces; gRPC has its own
record Target(Transport transport, boolean tls, String host, int port, String path) {
  static final String GRPC_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

  private static final String DEFAULT_PATH = "/v1/traces";
  private static final int HTTP_PORT = 4318;
  private static final int GRPC_PORT = 4317;

  /// Reads an address: `http://`, `https://` for HTTP/1.1, `h2c://`, `h2://` for HTTP/2, `grpc://`,
  /// `grpcs://`; without a scheme HTTP/1.1. Ports are OTLP's and the path is `/v1/traces` where the
  /// address has none.
  ///
  /// @throws IllegalArgumentException when it is none; the message says why
  static Target parse(String address) {
    URI uri = URI.create(address.contains("://") ? address : "http://" + address);
    String scheme = Objects.requireNonNullElse(uri.getScheme(), "").toLowerCase(Locale.ROOT);
    Transport transport =
        switch (scheme) {
          case "http", "https" -> Transport.HTTP_1;
          case "h2c", "h2" -> Transport.HTTP_2;
          case "grpc", "grpcs" -> Transport.GRPC;
          default ->
              throw new IllegalArgumentException(
                  address + " begins with none of http, https, h2c, h2, grpc, grpcs");
        };
    if (uri.getHost() == null) {
      throw new IllegalArgumentException(address + " names no host");
    }
    boolean tls = scheme.equals("https") || scheme.equals("h2") || scheme.equals("grpcs");
    int standard = transport == Transport.GRPC ? GRPC_PORT : HTTP_PORT;
    int port = uri.getPort() < 0 ? standard : uri.getPort();
    String given = Objects.requireNonNullElse(uri.getRawPath(), "");
    String path = given.isEmpty() || given.equals("/") ? DEFAULT_PATH : given;
    return new Target(
        transport, tls, uri.getHost(), port, transport == Transport.GRPC ? GRPC_EXPORT : path);
  }

  /// The host as a socket takes it: an IPv6 address without its brackets.
  String socketHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  String authority() {
    return host + ":" + port;
  }

  Target over(Transport other) {
    String otherPath =
        other == Transport.GRPC ? GRPC_EXPORT : path.equals(GRPC_EXPORT) ? DEFAULT_PATH : path;
    return new Target(other, tls, host, port, otherPath);
  }

  @Override
  public String toString() {
    String scheme =
        switch (transport) {
          case HTTP_1 -> tls ? "https" : "http";
          case HTTP_2 -> tls ? "h2" : "h2c";
          case GRPC -> tls ? "grpcs" : "grpc";
        };
    return scheme + "://" + authority() + (transport == Transport.GRPC ? "" : path);
  }
}
