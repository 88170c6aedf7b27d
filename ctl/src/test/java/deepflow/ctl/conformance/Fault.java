package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Distortion.failure;
import static deepflow.ctl.conformance.Distortion.partial;
import static deepflow.ctl.conformance.Distortion.refuse;
import static deepflow.ctl.conformance.Distortion.success;
import static deepflow.ctl.conformance.Distortion.take;
import static deepflow.ctl.conformance.Replies.http;
import static deepflow.ctl.conformance.Replies.with;
import static deepflow.ctl.conformance.Replies.withBody;
import static deepflow.ctl.conformance.Replies.withStatus;
import static deepflow.ctl.conformance.Replies.without;
import static deepflow.ctl.conformance.Transport.EVERY;
import static deepflow.ctl.conformance.Transport.HTTP;
import static deepflow.ctl.conformance.Transport.ONLY_GRPC;
import static deepflow.ctl.conformance.Transport.ONLY_HTTP_1;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What a server can do wrong, and which checks see it: the ones that are made for it, and their
/// relatives, which send the same thing for another reason.
@SuppressWarnings("ImmutableEnumChecker") // sets that nobody changes, functions without state
enum Fault {
  KNOWS_NO_PATH("O1.1", "*", EVERY, refuse(_ -> true, 404, 12)),
  READS_NO_JSON(
      "O1.2",
      "O2.2 O5 O6.4 O8.2 O9.3 O9.4 O13.3 O14 O15.6 O16.3 O3.7",
      HTTP,
      refuse(a -> a.isPost() && a.isJson(), 415, 12)),
  FAILS_ON_GRPC("O1.3", "", HTTP, refuse(Ask::isGrpc, 503, 14)),
  FAILS_ON_HTTP("O1.4", "", ONLY_GRPC, refuse(Ask::isHttp, 503, 14)),
  CALLS_UNKNOWN_PATHS_BAD("O21.1", "", HTTP, refuse(a -> !a.isTraces() && a.isHttp(), 400, 3)),
  CALLS_OTHER_METHODS_BAD("O21.2", "", HTTP, refuse(a -> is(a, "GET"), 400, 3)),
  NAMES_NO_METHODS("O21.3", "", HTTP, failure(a -> is(a, "GET"), r -> without(r, "allow"))),
  CALLS_UNKNOWN_TYPES_BAD("O21.4", "", HTTP, refuse(Fault::isPlainText, 400, 3)),
  TAKES_ANY_TYPE("O21.5", "", HTTP, take(a -> isPlainText(a) && a.length() > 20)),
  FINDS_NO_METHOD("O21.6", "", ONLY_GRPC, refuse(a -> a.call().path().endsWith("/Import"), 404, 5)),
  FINDS_NO_SERVICE(
      "O21.7", "", ONLY_GRPC, refuse(a -> a.call().path().contains("NoSuchService"), 404, 5)),

  KNOWS_NO_GZIP(
      "O2.1",
      "O2.11 O2.12 O2.13 O3.2 O3.5 O9.5",
      EVERY,
      refuse(a -> a.isProtobuf() && a.isEncoded("gzip"), 415, 12)),
  GUNZIPS_NO_JSON("O2.2", "", HTTP, refuse(a -> a.isJson() && a.isEncoded("gzip"), 415, 12)),
  BREAKS_ON_ZSTD("O2.3", "", EVERY, refuse(a -> a.isEncoded("zstd"), 503, 14)),
  BREAKS_ON_DEFLATE("O2.4", "", EVERY, refuse(a -> a.isEncoded("deflate"), 503, 14)),
  BREAKS_ON_SNAPPY("O2.5", "O3.4", HTTP, refuse(a -> a.isEncoded("snappy"), 503, 14)),
  BREAKS_ON_FRAMES("O2.6", "", HTTP, refuse(a -> a.isEncoded("x-snappy-framed"), 503, 14)),
  BREAKS_ON_GRPC_SNAPPY("O2.7", "", ONLY_GRPC, refuse(a -> a.isEncoded("snappy"), 503, 14)),
  IGNORES_UNKNOWN_ENCODINGS("O2.8", "", HTTP, take(a -> isUnknownEncoding(a) && a.length() > 20)),
  CALLS_UNKNOWN_GRPC_ENCODINGS_INTERNAL(
      "O2.9", "", ONLY_GRPC, refuse(a -> isUnknownEncoding(a) && a.isTraces(), 400, 13)),
  NAMES_NO_GRPC_ENCODINGS(
      "O2.10", "", ONLY_GRPC, failure(_ -> true, r -> without(r, "grpc-accept-encoding"))),
  GUESSES_THE_ENCODING(
      "O2.11", "O9.5", EVERY, take(a -> a.isEncoded("gzip") && !isGzip(a) && isCompressed(a))),
  TAKES_A_CUT_STREAM(
      "O2.12",
      "",
      EVERY,
      take(a -> a.isEncoded("gzip") && isGzip(a) && a.length() < 200 && !a.isGood())),
  WANTS_ALL_COMPRESSED(
      "O2.13", "", ONLY_GRPC, refuse(a -> a.isEncoded("gzip") && !isCompressed(a), 400, 13)),

  CALLS_TOO_LARGE_BAD("O3.1", "O3.6 O3.7", EVERY, refuse(Fault::isTooLarge, 400, 3)),
  GUNZIPS_WITHOUT_END("O3.2", "", EVERY, take(a -> a.isEncoded("gzip") && isLong(a))),
  UNZIPS_WITHOUT_END("O3.3", "", EVERY, take(a -> a.isEncoded("zstd") && isLong(a))),
  BELIEVES_SNAPPY("O3.4", "", HTTP, refuse(a -> a.isEncoded("snappy") && !a.isGood(), 503, 14)),
  IS_TOO_STRICT("O3.5", "", EVERY, refuse(a -> a.isEncoded("gzip") && isLong(a), 413, 8)),
  OVERFLOWS_ITS_STACK(
      "O3.6", "", EVERY, refuse(a -> a.isProtobuf() && isTooLarge(a) && isDeep(a), 500, 14)),
  OVERFLOWS_ITS_STACK_ON_JSON("O3.7", "", HTTP, refuse(a -> a.isJson() && isTooLarge(a), 500, 14)),
  NAMES_EVERY_BAD_SPAN(
      "O4.1",
      "",
      EVERY,
      (ask, right) ->
          ask.spans().size() > 10_000
              ? Replies.success(ask, ask.spans().size(), "bad ids;".repeat(600_000))
              : right),

  SAYS_OCTETS("O5.1", "", HTTP, success(Ask::isProtobuf, r -> typed(r, "application/octets"))),
  SAYS_TEXT("O5.2", "", HTTP, success(Ask::isJson, r -> typed(r, "text/plain"))),
  READS_NO_PARAMETERS("O5.3", "", HTTP, refuse(a -> type(a).contains("charset"), 415, 12)),
  READS_LOWER_CASE(
      "O5.4", "", HTTP, refuse(a -> !type(a).equals(type(a).toLowerCase(Locale.ROOT)), 415, 12)),
  CLAIMS_GZIP(
      "O5.5",
      "",
      HTTP,
      success(
          a -> a.header("accept-encoding").equals("gzip"),
          r -> with(r, "content-encoding", "gzip"))),
  SAYS_GRPC_WEB("O5.6", "", ONLY_GRPC, success(_ -> true, r -> typed(r, "application/grpc-web"))),
  ANSWERS_202("O6.1", "", HTTP, success(_ -> true, r -> withStatus(r, 202))),
  ANSWERS_GARBAGE("O6.2", "", EVERY, success(Ask::isProtobuf, r -> withBody(r, bytes(10, 127)))),
  SETS_PARTIAL_SUCCESS("O6.3", "", EVERY, success(Ask::isProtobuf, r -> withBody(r, bytes(10, 0)))),
  ANSWERS_JSON_WITH_NOTHING("O6.4", "", HTTP, success(Ask::isJson, r -> withBody(r, bytes()))),
  SETS_PARTIAL_SUCCESS_IN_JSON(
      "O6.5", "", HTTP, success(Ask::isJson, r -> withBody(r, utf8("{\"partialSuccess\":{}}")))),
  SAYS_OK_WITHOUT_A_MESSAGE(
      "O6.6",
      "O6.2 O6.3",
      ONLY_GRPC,
      success(
          _ -> true,
          r -> new Reply(200, with(r, "grpc-status", "0").headers(), bytes(), Map.of()))),
  COUNTS_WRONG(
      "O7.1",
      "",
      EVERY,
      (ask, right) ->
          Answer.of(right) instanceof Answer.Partial partial && partial.rejectedSpans() > 1
              ? Replies.success(ask, 1, "bad ids")
              : right),
  SAYS_NO_REASON("O7.2", "", EVERY, partial(Ask::isProtobuf, r -> withBody(r, bytes(10, 2, 8, 3)))),
  ANSWERS_206("O7.3", "", HTTP, partial(Ask::isHttp, r -> withStatus(r, 206))),
  COUNTS_IN_NUMBERS(
      "O7.4",
      "",
      HTTP,
      partial(
          Ask::isJson,
          r ->
              withBody(
                  r,
                  utf8(
                      "{\"partialSuccess\":{\"rejectedSpans\":1,\"errorMessage\":\"bad ids\"}}")))),

  EXPLAINS_NOTHING(
      "O8.1", "O9.6", HTTP, failure(a -> a.isProtobuf() && a.isTraces(), Fault::plain)),
  EXPLAINS_JSON_IN_PROTOBUF(
      "O8.2",
      "",
      HTTP,
      failure(
          a -> a.isPost() && a.isJson(),
          r -> http(r.status(), "application/x-protobuf", bytes(8, 3)))),
  GIVES_NO_REASON("O8.3", "", HTTP, failure(Ask::isProtobuf, r -> withBody(r, noMessage(r)))),
  EXPLAINS_404_IN_HTML("O8.4", "", HTTP, failure(a -> !a.isTraces(), Fault::plain)),
  EXPLAINS_415_IN_HTML("O8.5", "", HTTP, failure(Fault::isPlainText, Fault::plain)),
  GIVES_NO_GRPC_REASON("O8.6", "", ONLY_GRPC, failure(_ -> true, r -> without(r, "grpc-message"))),
  CALLS_GARBAGE_422("O9.1", "O9.6", HTTP, refuse(a -> isGarbage(a) && a.isProtobuf(), 422, 3)),
  TAKES_A_CUT_REQUEST("O9.2", "", EVERY, take(Fault::isCutOff)),
  CALLS_BROKEN_JSON_422("O9.3", "", HTTP, refuse(a -> a.text().endsWith("["), 422, 3)),
  CALLS_ODD_JSON_422("O9.4", "", HTTP, refuse(a -> a.says("\"resourceSpans\":5"), 422, 3)),
  CALLS_BROKEN_GZIP_422("O9.5", "", HTTP, refuse(a -> a.isEncoded("gzip") && !isGzip(a), 422, 3)),
  DESCRIBES_NOTHING(
      "O9.6", "", ONLY_GRPC, refuse(a -> isGarbage(a) && a.isProtobuf() && a.isGrpc(), 422, 3)),
  CALLS_GARBAGE_INTERNAL("O9.7", "", ONLY_GRPC, refuse(Fault::isGarbage, 400, 13)),
  IGNORES_THE_FRAME(
      "O9.8",
      "",
      ONLY_GRPC,
      take(a ->
          a.length() > 20 && !isCompressed(a) && GrpcFrame.message(a.call().body()).isEmpty())),
  WANTS_BAD_DATA_AGAIN(
      "O10.1", "O2.8", HTTP, refuse(a -> isUnknownEncoding(a) && isGarbage(a), 500, 13)),
  WANTS_BAD_MESSAGES_AGAIN("O12.1", "O9.6 O9.7", ONLY_GRPC, refuse(Fault::isGarbage, 503, 14)),

  TAKES_NO_EMPTY_REQUEST(
      "O13.1",
      "O22.7",
      EVERY,
      refuse(a -> a.isPost() && a.isProtobuf() && a.length() == 0, 400, 3)),
  TAKES_NO_EMPTY_ENVELOPE(
      "O13.2",
      "",
      EVERY,
      refuse(
          a -> a.isGood() && a.isProtobuf() && !a.resources().isEmpty() && a.spans().isEmpty(),
          400,
          3)),
  TAKES_NO_EMPTY_JSON("O13.3", "", HTTP, refuse(a -> a.says("{}") && a.length() == 2, 400, 3)),

  READS_UPPER_CASE_IDS(
      "O14.1", "O1.2 O5 O14 O15.6 O16.3", HTTP, refuse(a -> hasId(a, "[0-9a-f]{32}"), 400, 3)),
  READS_LOWER_CASE_IDS("O14.2", "", HTTP, refuse(a -> hasId(a, "[0-9A-F]{32}"), 400, 3)),
  READS_BASE64_IDS("O14.3", "", HTTP, take(a -> hasId(a, "[^\"]+=="))),
  READS_NO_STRINGS_AS_INTEGERS(
      "O14.4", "O15.6", HTTP, refuse(a -> a.says("\"intValue\":\""), 400, 3)),
  READS_NO_NUMBERS_AS_INTEGERS("O14.5", "", HTTP, refuse(a -> a.says("\"intValue\":9"), 400, 3)),
  READS_NO_NAN("O14.6", "", HTTP, refuse(a -> a.says("\"NaN\""), 400, 3)),
  READS_NO_PADDING("O14.7", "", HTTP, refuse(a -> a.says("+/8="), 400, 3)),
  READS_STANDARD_BASE64("O14.8", "", HTTP, refuse(a -> a.says("-_8"), 400, 3)),
  READS_NO_NULL("O14.9", "", HTTP, refuse(a -> a.says("\"value\":null"), 400, 3)),
  KNOWS_ALL_ENUMS("O14.10", "", HTTP, refuse(a -> a.says("\"kind\":99"), 400, 3)),
  READS_NO_ESCAPES("O14.11", "", HTTP, refuse(a -> a.says("\\u00e9"), 400, 3)),
  KNOWS_ALL_FIELDS_OF_JSON("O14.12", "", HTTP, refuse(a -> a.says("unknownArray"), 400, 3)),
  READS_SNAKE_CASE("O14.13", "", HTTP, refuse(a -> a.says("resource_spans"), 400, 3)),

  WANTS_VALUES(
      "O15.1", "", EVERY, refuse(a -> hasValue(a, AnyValue.ValueCase.VALUE_NOT_SET), 400, 3)),
  TAKES_NO_BYTES(
      "O15.2", "", EVERY, refuse(a -> hasValue(a, AnyValue.ValueCase.BYTES_VALUE), 400, 3)),
  WANTS_EQUAL_TYPES(
      "O15.3",
      "",
      EVERY,
      refuse(a -> a.hasValue(v -> v.getArrayValue().getValuesCount() > 1), 400, 3)),
  WANTS_FLAT_VALUES(
      "O15.4",
      "",
      EVERY,
      refuse(a -> a.hasValue(v -> v.getArrayValue().getValuesCount() == 1), 400, 3)),
  WANTS_KEYS(
      "O15.5",
      "",
      EVERY,
      refuse(
          a ->
              a.isOne(span ->
                  span.getAttributesList().stream()
                      .anyMatch(attribute ->
                          attribute.getKey().isEmpty() && attribute.getKeyStrindex() == 0)),
          400,
          3)),
  TAKES_NO_BYTES_IN_JSON("O15.6", "", HTTP, refuse(a -> a.says("\"bytesValue\":\"\""), 400, 3)),
  FAILS_ON_STRING_INDEXES(
      "O16.1 O16.2",
      "",
      EVERY,
      refuse(
          a ->
              a.isOne(span ->
                  span.getAttributesList().stream()
                      .anyMatch(attribute -> attribute.getKeyStrindex() != 0)),
          400,
          3)),
  FAILS_ON_STRING_INDEXES_IN_JSON(
      "O16.3", "", HTTP, refuse(a -> a.says("stringValueStrindex"), 400, 3)),

  TAKES_SHORT_TRACE_IDS(
      "O17.1", "", EVERY, take(a -> a.isOne(span -> span.getTraceId().size() == 15))),
  TAKES_ZERO_TRACE_IDS(
      "O17.2",
      "",
      EVERY,
      take(a ->
          a.isOne(
              span -> span.getTraceId().size() == 16 && isZero(span.getTraceId().toByteArray())))),
  TAKES_LONG_SPAN_IDS("O17.3", "", EVERY, take(a -> a.isOne(span -> span.getSpanId().size() == 9))),
  TAKES_ZERO_SPAN_IDS(
      "O17.4",
      "",
      EVERY,
      take(a ->
          a.isOne(span -> span.getSpanId().size() == 8 && isZero(span.getSpanId().toByteArray())))),
  REFUSES_THE_GOOD_WITH_THE_BAD(
      "O17.5",
      "",
      EVERY,
      refuse(a -> a.spans().size() == 3 && a.spans().get(1).getTraceId().size() == 15, 400, 3)),
  TAKES_ANY_ID_IN_JSON("O17.6", "", HTTP, take(a -> hasId(a, ""))),
  TAKES_NO_DUPLICATE_KEYS(
      "O18.1",
      "",
      EVERY,
      refuse(
          a ->
              a.isOne(span ->
                  span.getAttributesCount() == 2
                      && span.getAttributes(0).getKey().equals(span.getAttributes(1).getKey())),
          400,
          3)),
  KNOWS_ALL_FLAGS("O18.2", "", EVERY, refuse(a -> a.isOne(span -> span.getFlags() < 0), 400, 3)),
  KNOWS_ALL_FIELDS(
      "O18.3",
      "",
      EVERY,
      refuse(a -> a.isOne(span -> !span.getUnknownFields().asMap().isEmpty()), 400, 3)),
  KNOWS_ALL_KINDS(
      "O18.4",
      "",
      EVERY,
      refuse(a -> a.isOne(span -> span.getKind() == Span.SpanKind.UNRECOGNIZED), 400, 3)),
  READS_ONE_RESOURCE("O19.1", "", EVERY, refuse(a -> resources(a, 2), 400, 3)),
  READS_FEW_RESOURCES("O19.2", "", EVERY, refuse(a -> resources(a, 200), 400, 3)),
  JUDGES_THE_FIRST_RESOURCE(
      "O19.3", "", EVERY, take(a -> resources(a, 3) && a.spans().size() == 2)),
  WANTS_FIELDS_IN_ORDER(
      "O19.4",
      "",
      EVERY,
      refuse(
          a ->
              resources(a, 1)
                  && a.resources().getFirst().getResource().getAttributesList().stream()
                      .anyMatch(attribute -> attribute.getKey().equals("part")),
          400,
          3)),
  REFUSES_REPETITION(
      "O20.1",
      "O22.3",
      EVERY,
      refuse(a -> a.repeated() && a.spans().size() == 1 && a.isGood(), 409, 6)),

  FAILS_UNDER_LOAD("O11.1", "O22.3", EVERY, Distortion.refuseAtOnce(500, 13)),
  CLOSES_CONNECTIONS(
      "O22.1",
      "O22.2 O22.3",
      ONLY_HTTP_1,
      (ask, right) -> ask.isPost() ? with(right, "connection", "close") : right),
  CLOSES_AFTER_REFUSAL(
      "O22.2",
      "O22.3",
      ONLY_HTTP_1,
      failure(Fault::isPlainText, r -> with(r, "connection", "close"))),
  FORGETS_WHAT_FOLLOWS("O22.3", "", FaultyWire.Cut.SECOND_REQUEST),
  WANTS_A_LENGTH("O22.4", "", FaultyWire.Cut.CHUNKS),
  EXPECTS_NOTHING("O22.5", "", FaultyWire.Cut.EXPECTATIONS),
  WANTS_ALL_AT_ONCE("O22.6", "O3 O4.1 O17 O19.2", FaultyWire.Cut.PIECES),
  FAILS_WITHOUT_A_LENGTH(
      "O22.7",
      "",
      ONLY_HTTP_1,
      refuse(
          a -> a.isPost() && a.isHttp() && a.length() == 0 && a.header("content-length").isEmpty(),
          500,
          13)),
  BREAKS_ON_HTTP_2(
      "O22.8", "", ONLY_HTTP_1, refuse(a -> a.transport() == Transport.HTTP_2, 503, 14)),
  ALLOWS_ANOTHER_ORIGIN(
      "O22.9",
      "",
      HTTP,
      (ask, right) ->
          is(ask, "OPTIONS")
              ? with(right, "access-control-allow-origin", "https://another.example")
              : right);

  private final Set<String> checks;
  private final Set<String> relatives;
  private final Set<Transport> transports;
  private final Distortion distortion;
  private final FaultyWire.Cut cut;

  Fault(String checks, String relatives, Set<Transport> transports, Distortion distortion) {
    this(checks, relatives, transports, distortion, FaultyWire.Cut.NOTHING);
  }

  Fault(String checks, String relatives, FaultyWire.Cut cut) {
    this(checks, relatives, ONLY_HTTP_1, Distortion.NONE, cut);
  }

  Fault(
      String checks,
      String relatives,
      Set<Transport> transports,
      Distortion distortion,
      FaultyWire.Cut cut) {
    this.checks = Set.of(checks.split(" "));
    this.relatives = Set.of(relatives.split(" "));
    this.transports = transports;
    this.distortion = distortion;
    this.cut = cut;
  }

  Distortion distortion() {
    return distortion;
  }

  FaultyWire.Cut cut() {
    return cut;
  }

  Set<Transport> transports() {
    return transports;
  }

  /// The checks that are made for this fault.
  Set<String> checks() {
    return checks;
  }

  /// Whether a check may fail with this fault.
  boolean explains(Check check) {
    return checks.contains(check.id())
        || relatives.contains("*")
        || relatives.contains(check.id())
        || relatives.contains(check.group());
  }

  private static boolean is(Ask ask, String method) {
    return ask.call().method().equals(method);
  }

  private static String type(Ask ask) {
    return ask.header("content-type");
  }

  private static boolean isPlainText(Ask ask) {
    return type(ask).equals("text/plain");
  }

  private static boolean isUnknownEncoding(Ask ask) {
    return ask.isEncoded("x-no-such-encoding");
  }

  private static boolean isGarbage(Ask ask) {
    return ask.length() == 2 && ask.isTraces();
  }

  private static boolean isCompressed(Ask ask) {
    return ask.isHttp() || (ask.call().body().length > 0 && ask.call().body()[0] == 1);
  }

  private static boolean isGzip(Ask ask) {
    int start = ask.isGrpc() ? 5 : 0;
    byte[] body = ask.call().body();
    return body.length > start + 1 && body[start] == 0x1f && body[start + 1] == (byte) 0x8b;
  }

  private static boolean isTooLarge(Ask ask) {
    return ask.length() > CorrectServer.LIMIT_BYTES && ask.encoding().isEmpty();
  }

  private static boolean isDeep(Ask ask) {
    return ask.length() > CorrectServer.LIMIT_BYTES + 1;
  }

  /// What the checks of limits compress: a sixty-fourth of the limit is noise.
  private static boolean isLong(Ask ask) {
    return ask.length() > CorrectServer.LIMIT_BYTES / 64;
  }

  private static boolean isCutOff(Ask ask) {
    return ask.isProtobuf()
        && ask.encoding().isEmpty()
        && !ask.isGood()
        && ask.isTraces()
        && ask.length() > 20
        && ask.length() < 300
        && (ask.isHttp() || GrpcFrame.message(ask.call().body()).isPresent());
  }

  private static boolean hasId(Ask ask, String pattern) {
    return Pattern.compile("\\{\"traceId\":\"" + pattern + "\"").matcher(ask.text()).find();
  }

  private static boolean hasValue(Ask ask, AnyValue.ValueCase kind) {
    return ask.hasValue(value -> value.getValueCase() == kind);
  }

  private static boolean resources(Ask ask, int count) {
    return ask.isProtobuf() && ask.resources().size() == count;
  }

  private static boolean isZero(byte[] id) {
    return Arrays.equals(id, new byte[id.length]);
  }

  private static Reply typed(Reply reply, String type) {
    return with(reply, "content-type", type);
  }

  private static Reply plain(Reply reply) {
    return withBody(typed(reply, "text/html"), utf8("<html>no</html>"));
  }

  private static byte[] noMessage(Reply reply) {
    return reply.rpcStatus().orElseThrow().toBuilder().clearMessage().build().toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
