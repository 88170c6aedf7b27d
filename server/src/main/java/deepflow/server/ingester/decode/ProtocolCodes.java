package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/// Numbers that protocols have in DeepFlow's rows, and what their own codes say.
final class ProtocolCodes {
  static final int UNKNOWN_PROTOCOL = 0;
  static final int HTTP = 20;
  static final int HTTP2 = 21;

  static final int SUCCESS = 0;
  static final int SERVER_ERROR = 3;
  static final int CLIENT_ERROR = 4;
  static final int UNKNOWN_STATUS = 5;

  static final int TCP = 6;
  static final int UDP = 17;

  /// Values of db.system, rpc.system, messaging.system, network.protocol.name and their older
  /// names, aliases included, to DeepFlow's `l7_protocol`.
  private static final NamedCodes L7 =
      NamedCodes.of(
          "http",
          20,
          "https",
          20,
          "http2",
          21,
          "dubbo",
          40,
          "apache_dubbo",
          40,
          "grpc",
          41,
          "sofarpc",
          43,
          "sofa_rpc",
          43,
          "fastcgi",
          44,
          "brpc",
          45,
          "tars",
          46,
          "some_ip",
          47,
          "iso8583",
          48,
          "triple",
          49,
          "mysql",
          60,
          "mariadb",
          60,
          "tidb",
          60,
          "postgresql",
          61,
          "postgres",
          61,
          "cockroachdb",
          61,
          "oracle",
          62,
          "oracle.db",
          62,
          "dameng",
          63,
          "redis",
          80,
          "valkey",
          80,
          "mongodb",
          81,
          "documentdb",
          81,
          "memcached",
          82,
          "kafka",
          100,
          "mqtt",
          101,
          "amqp",
          102,
          "rabbitmq",
          102,
          "activemq",
          103,
          "openwire",
          103,
          "nats",
          104,
          "pulsar",
          105,
          "zmtp",
          106,
          "zeromq",
          106,
          "rocketmq",
          107,
          "ibmmq",
          108,
          "websphere_mq",
          108,
          "dns",
          120,
          "tls",
          121);

  /// Names of gRPC's codes, and Connect's where they differ.
  private static final NamedCodes GRPC =
      NamedCodes.of(
          "ok",
          0,
          "cancelled",
          1,
          "canceled",
          1,
          "unknown",
          2,
          "invalid_argument",
          3,
          "deadline_exceeded",
          4,
          "not_found",
          5,
          "already_exists",
          6,
          "permission_denied",
          7,
          "resource_exhausted",
          8,
          "failed_precondition",
          9,
          "aborted",
          10,
          "out_of_range",
          11,
          "unimplemented",
          12,
          "internal",
          13,
          "unavailable",
          14,
          "data_loss",
          15,
          "unauthenticated",
          16);

  /// Bit `i`: gRPC's code `i` is the client's fault.
  private static final int GRPC_CLIENT_ERRORS =
      1 << 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 11 | 1 << 16;

  /// Source: JSON-RPC 2.0, section 5.1. Between the last two: method not found.
  private static final int JSON_RPC_PARSE_ERROR = -32_700;

  private static final int JSON_RPC_INVALID_PARAMS = -32_602;
  private static final int JSON_RPC_INVALID_REQUEST = -32_600;

  private static final int HTTP_CODES = 600;
  private static final byte[][] PHRASES = phrases();
  private static final byte[] NO_PHRASE = {};

  private ProtocolCodes() {}

  static int l7Protocol(byte[] source, int offset, int length) {
    return L7.get(source, offset, length, UNKNOWN_PROTOCOL);
  }

  static int grpcCode(byte[] source, int offset, int length, int otherwise) {
    return GRPC.get(source, offset, length, otherwise);
  }

  /// [#SUCCESS], [#CLIENT_ERROR] or [#SERVER_ERROR], of gRPC's codes and of JSON-RPC's, which are
  /// negative.
  static int rpcStatus(long code) {
    if (code == 0) {
      return SUCCESS;
    }
    if (code == JSON_RPC_PARSE_ERROR
        || (code >= JSON_RPC_INVALID_PARAMS && code <= JSON_RPC_INVALID_REQUEST)) {
      return CLIENT_ERROR;
    }
    return code > 0 && code <= 16 && (GRPC_CLIENT_ERRORS >>> code & 1) == 1
        ? CLIENT_ERROR
        : SERVER_ERROR;
  }

  /// [#SUCCESS], [#CLIENT_ERROR] or [#SERVER_ERROR].
  static int httpStatus(long code) {
    if (code >= 500) {
      return SERVER_ERROR;
    }
    return code >= 400 ? CLIENT_ERROR : SUCCESS;
  }

  /// The standard phrase of a failure, empty when the code is none.
  static byte[] httpPhrase(long code) {
    return code >= 400 && code < HTTP_CODES ? PHRASES[(int) code] : NO_PHRASE;
  }

  /// Source: the IANA registry of HTTP status codes, 2025-09.
  private static byte[][] phrases() {
    byte[][] phrases = new byte[HTTP_CODES][];
    Arrays.fill(phrases, new byte[0]);
    String text =
        "400 Bad Request|401 Unauthorized|402 Payment Required|403 Forbidden|404 Not Found"
            + "|405 Method Not Allowed|406 Not Acceptable|407 Proxy Authentication Required"
            + "|408 Request Timeout|409 Conflict|410 Gone|411 Length Required"
            + "|412 Precondition Failed|413 Content Too Large|414 URI Too Long"
            + "|415 Unsupported Media Type|416 Range Not Satisfiable|417 Expectation Failed"
            + "|421 Misdirected Request|422 Unprocessable Content|423 Locked"
            + "|424 Failed Dependency|425 Too Early|426 Upgrade Required"
            + "|428 Precondition Required|429 Too Many Requests"
            + "|431 Request Header Fields Too Large|451 Unavailable For Legal Reasons"
            + "|500 Internal Server Error|501 Not Implemented|502 Bad Gateway"
            + "|503 Service Unavailable|504 Gateway Timeout|505 HTTP Version Not Supported"
            + "|506 Variant Also Negotiates|507 Insufficient Storage|508 Loop Detected"
            + "|510 Not Extended|511 Network Authentication Required";
    for (String line : text.split("\\|", -1)) {
      phrases[Integer.parseInt(line, 0, 3, 10)] = line.substring(4).getBytes(US_ASCII);
    }
    return phrases;
  }
}
