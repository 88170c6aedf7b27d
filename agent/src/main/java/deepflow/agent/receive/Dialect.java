package deepflow.agent.receive;

import static java.util.Locale.ROOT;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import org.jspecify.annotations.Nullable;

/// The three ways in which OTLP comes, told apart by Content-Type. The answer goes the same way.
enum Dialect {
  HTTP_PROTOBUF("application/x-protobuf"),
  HTTP_JSON("application/json"),
  GRPC("application/grpc");

  private final String mediaType;

  Dialect(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  /// Its name in metrics.
  String label() {
    return name().toLowerCase(ROOT);
  }

  /// The dialect of a request; null when its Content-Type is missing or another. Parameters such as
  /// `; charset=utf-8` and letter case don't matter.
  static @Nullable Dialect of(RequestHeaders headers) {
    String contentType = headers.get(HttpHeaderNames.CONTENT_TYPE, "");
    int end = contentType.indexOf(';');
    String type = end < 0 ? contentType : contentType.substring(0, end);
    return switch (type.strip().toLowerCase(ROOT)) {
      case "application/x-protobuf", "application/protobuf" -> HTTP_PROTOBUF;
      case "application/json" -> HTTP_JSON;
      case "application/grpc", "application/grpc+proto" -> GRPC;
      default -> null;
    };
  }

  /// The dialect in which an error is told: that of the request, else JSON, which people can read.
  static Dialect forError(RequestHeaders headers) {
    Dialect dialect = of(headers);
    return dialect == null ? HTTP_JSON : dialect;
  }
}
