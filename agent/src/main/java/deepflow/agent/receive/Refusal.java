package deepflow.agent.receive;

import com.linecorp.armeria.common.HttpStatus;
import java.util.Locale;

/// Why a request can never be taken, however often it is sent. None of these codes is one that
/// senders try again: OTLP's retryable codes are 429, 502, 503 and 504, and gRPC's UNAVAILABLE and
/// its kin.
enum Refusal {
  /// Not the protobuf, JSON, gRPC or compressed data that its headers say.
  MALFORMED(400, 3),
  /// Above the limit, as it came or after decompression. gRPC's RESOURCE_EXHAUSTED is retryable
  /// only with RetryInfo, which therefore is never added here.
  TOO_LARGE(413, 8),
  /// A Content-Encoding or grpc-encoding that is not known here.
  UNKNOWN_ENCODING(415, 12),
  /// A Content-Type that is not OTLP's.
  UNKNOWN_TYPE(415, 12),
  /// A path or gRPC method that is not there.
  NOT_FOUND(404, 12),
  /// An HTTP method that the path doesn't have.
  WRONG_METHOD(405, 12),
  /// The operator lets this agent take nothing: to keep the data for it would be no use.
  TURNED_OFF(403, 7);

  private final int httpStatus;
  private final int grpcCode;

  Refusal(int httpStatus, int grpcCode) {
    this.httpStatus = httpStatus;
    this.grpcCode = grpcCode;
  }

  HttpStatus httpStatus() {
    return HttpStatus.valueOf(httpStatus);
  }

  int grpcCode() {
    return grpcCode;
  }

  /// Whether it is of traces that somebody sent: another path or method brings none.
  boolean isOfTraces() {
    return this != NOT_FOUND && this != WRONG_METHOD;
  }

  /// Its name in metrics.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
