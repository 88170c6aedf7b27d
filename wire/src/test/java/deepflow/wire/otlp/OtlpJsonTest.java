package deepflow.wire.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import deepflow.wire.otlp.CheckedRequest.Accepted;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OtlpJsonTest {
  /// Where OTLP/JSON and protobuf's JSON differ in what they write.
  private static final Pattern ID =
      Pattern.compile("\"(traceId|spanId|parentSpanId)\":\\s*\"([^\"]*)\"");

  @Test
  void readsWhatProtobufWrites() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    JsonFormat.Printer printer = JsonFormat.printer().printingEnumsAsInts();
    for (int i = 0; i < 3000; i++) {
      ExportTraceServiceRequest request = new RandomOtlp(random, false, true).request();
      String json = hexIds(random, printer.print(request));

      assertThat(parse(json)).as("tests.seed=%d case=%d %s", seed, i, json).isEqualTo(request);
    }
  }

  @Test
  void readsTheExampleOfTheSpecification() throws Exception {
    Span span =
        span(
            """
            {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "eee19b7ec3c1b174",
             "parentSpanId": "EEE19B7EC3C1B173", "name": "I'm a server span",
             "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": 1544712661000000000,
             "kind": 2,
             "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}]}\
            """);

    assertThat(HexFormat.of().formatHex(span.getTraceId().toByteArray()))
        .isEqualTo("5b8efff798038103d269b633813fc60c");
    assertThat(HexFormat.of().formatHex(span.getParentSpanId().toByteArray()))
        .isEqualTo("eee19b7ec3c1b173");
    assertThat(span.getStartTimeUnixNano()).isEqualTo(1544712660000000000L);
    assertThat(span.getEndTimeUnixNano()).isEqualTo(1544712661000000000L);
    assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
  }

  @Test
  void takesIntegersAsNumbersOrStrings() throws Exception {
    assertThat(span("{\"endTimeUnixNano\": \"18446744073709551615\"}").getEndTimeUnixNano())
        .isEqualTo(-1);
    assertThat(span("{\"endTimeUnixNano\": 18446744073709551615}").getEndTimeUnixNano())
        .isEqualTo(-1);
    assertThat(span("{\"endTimeUnixNano\": 1.5e3}").getEndTimeUnixNano()).isEqualTo(1500);
    assertThat(span("{\"endTimeUnixNano\": 0e999999999}").getEndTimeUnixNano()).isZero();
    assertThat(span("{\"flags\": 4294967295}").getFlags()).isEqualTo(-1);
    assertThat(value("{\"intValue\": \"-9223372036854775808\"}").getIntValue())
        .isEqualTo(Long.MIN_VALUE);
    assertThat(value("{\"intValue\": 7}").getIntValue()).isEqualTo(7);
    assertThat(value("{\"intValue\": 9007199254740993}").getIntValue())
        .isEqualTo(9007199254740993L);
  }

  @Test
  void takesDoublesThatJsonHasNoNumberFor() throws Exception {
    assertThat(value("{\"doubleValue\": \"NaN\"}").getDoubleValue()).isNaN();
    assertThat(value("{\"doubleValue\": \"Infinity\"}").getDoubleValue())
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(value("{\"doubleValue\": \"-Infinity\"}").getDoubleValue())
        .isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(value("{\"doubleValue\": \"1e3\"}").getDoubleValue()).isEqualTo(1000);
    assertThat(value("{\"doubleValue\": 3}").getDoubleValue()).isEqualTo(3);
    assertThat(value("{\"doubleValue\": -0.0}").getDoubleValue()).isEqualTo(-0.0);
  }

  @Test
  void takesEveryFormOfBase64() throws Exception {
    ByteString bytes = ByteString.copyFrom(new byte[] {(byte) 0xFB, (byte) 0xFF, 1, 2});

    for (String base64 : new String[] {"+/8BAg==", "-_8BAg==", "+/8BAg", "-_8BAg"}) {
      assertThat(value("{\"bytesValue\": \"" + base64 + "\"}").getBytesValue())
          .as(base64)
          .isEqualTo(bytes);
    }
  }

  @Test
  void keepsWhichKindAValueIsEvenWhenItIsEmpty() throws Exception {
    assertThat(value("{\"stringValue\": \"\"}").hasStringValue()).isTrue();
    assertThat(value("{\"boolValue\": false}").hasBoolValue()).isTrue();
    assertThat(value("{\"intValue\": 0}").hasIntValue()).isTrue();
    assertThat(value("{\"doubleValue\": 0}").hasDoubleValue()).isTrue();
    assertThat(value("{\"bytesValue\": \"\"}").hasBytesValue()).isTrue();
    assertThat(value("{\"arrayValue\": {}}").hasArrayValue()).isTrue();
    assertThat(value("{\"kvlistValue\": {}}").hasKvlistValue()).isTrue();
    assertThat(value("{}").getValueCase()).isEqualTo(AnyValue.ValueCase.VALUE_NOT_SET);
  }

  @Test
  void ignoresUnknownFieldsOfAnyTypeAtAnyDepth() throws Exception {
    String unknown =
        """
        "foo": {"a": [1, {"b": null}], "traceId": 5}, "bar": [[[]]], "trace_id": 12, "x": 1e5,
        "span_id": null, "": "empty", "y": true
        """;
    Span span =
        span("{%s, \"name\": \"n\", \"status\": {%s, \"code\": 2}}".formatted(unknown, unknown));

    assertThat(span.getName()).isEqualTo("n");
    assertThat(span.getTraceId()).isEqualTo(ByteString.EMPTY);
    assertThat(span.getStatus().getCodeValue()).isEqualTo(2);
  }

  @Test
  void takesNullForAbsent() throws Exception {
    assertThat(
            span(
                """
                {"traceId": null, "name": null, "kind": null, "attributes": null, "status": null,
                 "startTimeUnixNano": null, "links": null, "flags": null}\
                """))
        .isEqualTo(Span.getDefaultInstance());
    assertThat(parse("{\"resourceSpans\": null}"))
        .isEqualTo(ExportTraceServiceRequest.getDefaultInstance());
  }

  @Test
  void keepsThePlaceOfNullAmongValues() throws Exception {
    AnyValue value = value("{\"arrayValue\": {\"values\": [{\"intValue\": 1}, null, {}]}}");

    assertThat(value.getArrayValue().getValuesCount()).isEqualTo(3);
    assertThat(value.getArrayValue().getValues(1)).isEqualTo(AnyValue.getDefaultInstance());
  }

  @Test
  void leavesASpanWhoseIdIsNotHexToBeRejectedAlone() throws Exception {
    String bad = "{\"traceId\": \"W47/95gDgQPSabYzgT/GDA==\", \"spanId\": \"eee19b7ec3c1b174\"}";
    String good =
        "{\"traceId\": \"5b8efff798038103d269b633813fc60c\", \"spanId\": \"eee19b7ec3c1b174\"}";
    byte[] request = toProtobuf(request(bad + "," + good));

    Accepted accepted = (Accepted) new RequestCheck().check(request, 0, request.length, null);

    assertThat(accepted.spans()).isEqualTo(1);
    assertThat(accepted.message())
        .isEqualTo(
            "spans rejected: 1 with a trace_id that is not 16 bytes (32 hex digits in JSON) or is"
                + " all zero");
  }

  @Test
  void saysWhatIsWrongAndWhere() {
    refuses("", "a request is an object");
    refuses("[]", "a request is an object at byte 0");
    refuses("{}{}", "something follows the request at byte 2");
    refuses("{\"resourceSpans\": {}}", "resourceSpans of request is an array at byte 18");
    refuses("{\"resourceSpans\": [1]}", "resourceSpans is an object at byte 19");
    refuses(request("{\"name\": 5}"), "name is a string at byte 52");
    refuses(request("{\"kind\": \"SPAN_KIND_SERVER\"}"), "kind is a number");
    refuses(request("{\"flags\": -1}"), "flags is an integer from 0 to 4294967295");
    refuses(request("{\"endTimeUnixNano\": -1}"), "endTimeUnixNano is an integer from 0 to");
    refuses(request("{\"endTimeUnixNano\": 1.5}"), "endTimeUnixNano is an integer from 0 to");
    refuses(request("{\"endTimeUnixNano\": 1e999999999}"), "endTimeUnixNano is an integer from 0");
    refuses(request("{\"endTimeUnixNano\": 1e-999999999}"), "endTimeUnixNano is an integer from");
    refuses(request("{\"endTimeUnixNano\": \"now\"}"), "endTimeUnixNano is a number");
    refuses(request("{\"links\": [{\"spanId\": \"xyz\"}]}"), "spanId is hexadecimal");
    refuses(request("{\"attributes\": [{\"value\": {\"doubleValue\": 1e999}}]}"), "doubleValue is");
    refuses(request("{\"attributes\": [{\"value\": {\"boolValue\": 1}}]}"), "boolValue is true or");
    refuses(request("{\"attributes\": [{\"value\": {\"bytesValue\": \"!\"}}]}"), "bytesValue is");
    refuses("{\"a\":" + "[".repeat(100_000), "nested deeper than 300");
  }

  @Test
  void refusesEveryCut() {
    String whole = request("{\"name\": \"n\", \"attributes\": [{\"key\": \"k\"}]}");
    for (int i = 0; i < whole.length(); i++) {
      String cut = whole.substring(0, i);

      assertThatThrownBy(() -> toProtobuf(cut)).as(cut).isInstanceOf(MalformedJsonException.class);
    }
  }

  private static void refuses(String json, String message) {
    assertThatThrownBy(() -> toProtobuf(json))
        .as(json.substring(0, Math.min(100, json.length())))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageStartingWith(message);
  }

  private static String hexIds(Random random, String json) {
    return ID.matcher(json)
        .replaceAll(match -> {
          HexFormat hex = random.nextBoolean() ? HexFormat.of() : HexFormat.of().withUpperCase();
          String id = hex.formatHex(Base64.getDecoder().decode(match.group(2)));
          return "\"" + match.group(1) + "\":\"" + id + "\"";
        });
  }

  private static AnyValue value(String json) throws Exception {
    return span("{\"attributes\": [{\"key\": \"k\", \"value\": " + json + "}]}")
        .getAttributes(0)
        .getValue();
  }

  private static Span span(String json) throws Exception {
    return parse(request(json)).getResourceSpans(0).getScopeSpans(0).getSpans(0);
  }

  private static String request(String spans) {
    return "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" + spans + "]}]}]}";
  }

  private static ExportTraceServiceRequest parse(String json)
      throws MalformedJsonException, InvalidProtocolBufferException {
    return ExportTraceServiceRequest.parseFrom(toProtobuf(json));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static byte[] toProtobuf(String json) throws MalformedJsonException {
    byte[] bytes = json.getBytes(UTF_8);
    return bytes(OtlpJson.toProtobuf(bytes, 0, bytes.length));
  }
}
