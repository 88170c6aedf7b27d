package deepflow.wire.otlp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Strings of OTLP/JSON, of any length and however they are written.
class JsonTextTest {
  private static final String BEGIN = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[";
  private static final String END = "]}]}]}";

  @Test
  void readsEveryCharacterEscapedOrNot() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      StringBuilder text = new StringBuilder();
      StringBuilder json = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        int point = randomPoint(random);
        text.appendCodePoint(point);
        append(json, point, random);
      }

      assertThat(span("{\"name\": \"" + json + "\", \"traceState\": \"next\"}"))
          .as("tests.seed=%d %s", seed, json)
          .isEqualTo(Span.newBuilder().setName(text.toString()).setTraceState("next").build());
    }
  }

  private static int randomPoint(Random random) {
    int max = new int[] {0x80, 0x800, 0x10000, 0x110000}[random.nextInt(4)];
    int point = random.nextInt(max);
    return point >= 0xD800 && point < 0xE000 ? '/' : point;
  }

  private static void append(StringBuilder json, int point, Random random) {
    int at = "\b\f\n\r\t\"\\/".indexOf(point);
    if (at >= 0 && random.nextBoolean()) {
      json.append('\\').append("bfnrt\"\\/".charAt(at));
    } else if (point < 0x20 || point == '"' || point == '\\' || random.nextInt(3) == 0) {
      for (char unit : Character.toChars(point)) {
        json.append(
            String.format(Locale.ROOT, "\\u%04" + (random.nextBoolean() ? "x" : "X"), (int) unit));
      }
    } else {
      json.appendCodePoint(point);
    }
  }

  @Test
  void writesHalfACharacterAsAQuestionMark() throws Exception {
    assertThat(span("{\"name\": \"a\\ud83db\\uDE00\\ud83d\\n\\ud83d\"}").getName())
        .isEqualTo("a?b??\n?");
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    // an overlong slash, half of a surrogate pair, a character that ends too early
    for (String bad : new String[] {"\u00C0\u00AF", "\u00ED\u00A0\u0080", "\u00E4\u00B8"}) {
      byte[] json = (BEGIN + "{\"name\":\"a" + bad + "\"}" + END).getBytes(ISO_8859_1);

      assertThatThrownBy(() -> OtlpJson.toProtobuf(json, 0, json.length))
          .isInstanceOf(MalformedJsonException.class);
    }
    byte[] wide = (BEGIN + END).getBytes(UTF_16);
    assertThatThrownBy(() -> OtlpJson.toProtobuf(wide, 0, wide.length))
        .hasMessageStartingWith("a request is UTF-8");
  }

  @Test
  void refusesEscapesThatAreNone() {
    for (String bad : new String[] {"\\x", "\\u12", "\\u12g4", "\\ud83d\\u", "\\", "\n"}) {
      assertThatThrownBy(() -> span("{\"name\": \"" + bad + "\"}"))
          .as(bad)
          .isInstanceOf(MalformedJsonException.class);
    }
  }

  @Test
  void readsLongStringsIdsAndBytes() throws Exception {
    String text = "中\\n".repeat(1 << 20);
    byte[] bytes = new byte[1_000_000];
    new Random(7).nextBytes(bytes);
    String base64 = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Span span =
        span(
            """
            {"name": "%s", "traceId": "%s", "spanId": "%sg", "links": [{"traceId": "%s"}],
             "attributes": [{"value": {"bytesValue": "%s"}}]}\
            """
                .formatted(
                    text,
                    "aB".repeat(5000),
                    "ab".repeat(5000),
                    "cd".repeat(5000),
                    base64.replace("_", "\\/")));

    assertThat(span.getName()).isEqualTo("中\n".repeat(1 << 20));
    assertThat(span.getTraceId().size()).isEqualTo(5000);
    assertThat(span.getSpanId()).as("no id").isEqualTo(ByteString.copyFrom(new byte[1]));
    assertThat(span.getLinks(0).getTraceId().byteAt(4999)).isEqualTo((byte) 0xCD);
    assertThat(span.getAttributes(0).getValue().getBytesValue())
        .isEqualTo(ByteString.copyFrom(bytes));
  }

  @Test
  void refusesBase64WithPaddingInItsMiddle() {
    String padded = "A".repeat((48 << 10) - 2) + "==AAAA";

    assertThatThrownBy(
            () -> span("{\"attributes\":[{\"value\":{\"bytesValue\":\"" + padded + "\"}}]}"))
        .hasMessageStartingWith("bytesValue is base64");
  }

  @Test
  void takesNoMoreRoomThanItSays() throws Exception {
    String worst = BEGIN + "{\"kind\":-1" + ",\"kind\":-1".repeat(100_000) + "}" + END;
    String text = BEGIN + "{\"name\":\"" + "a".repeat(1_000_000) + "\"}" + END;
    for (String json : new String[] {worst, text, "{}"}) {
      byte[] bytes = json.getBytes(UTF_8);

      assertThat(OtlpJson.toProtobuf(bytes, 0, bytes.length).capacity())
          .isEqualTo(OtlpJson.bytesMax(bytes.length));
    }
  }

  @Test
  void readsARangeOfAnArray() throws Exception {
    byte[] json = ("\"x" + BEGIN + "{\"name\":\"n\"}" + END + "\"y").getBytes(UTF_8);

    ByteBuffer request = OtlpJson.toProtobuf(json, 2, json.length - 4);

    assertThat(
            ExportTraceServiceRequest.parseFrom(request)
                .getResourceSpans(0)
                .getScopeSpans(0)
                .getSpans(0)
                .getName())
        .isEqualTo("n");
  }

  @Test
  void boundsWhatItsParserKeeps() throws Exception {
    StringBuilder names = new StringBuilder("{");
    for (int i = 0; i < OtlpJson.UNKNOWN_NAMES_MAX; i++) {
      names.append("\"n").append(i).append("\":1,");
    }
    String same = ",\"new\":{\"new\":[1]}".repeat(5000);

    assertThat(span(names + "\"name\":\"n\"" + same.replace("new", "n1") + "}").getName())
        .isEqualTo("n");
    assertThatThrownBy(() -> span(names + "\"name\":{\"one too many\":1}}"))
        .isInstanceOf(MalformedJsonException.class);
    assertThatThrownBy(() -> span("{\"unknown\":[{\"a\":" + names + "\"b\":1}}]}"))
        .hasMessageStartingWith("more than 1000 names are unknown");
    for (String endless :
        new String[] {
          "\"" + "n".repeat(5000) + "\":1",
          "\"kind\":" + "1".repeat(5000),
          "\"flags\":\"" + "1".repeat(5000) + "\""
        }) {
      assertThatThrownBy(() -> span("{" + endless + "}"))
          .hasMessageStartingWith("nested deeper than 300, or a name or number is endless");
    }
  }

  private static Span span(String json) throws Exception {
    byte[] bytes = (BEGIN + json + END).getBytes(UTF_8);
    return ExportTraceServiceRequest.parseFrom(OtlpJson.toProtobuf(bytes, 0, bytes.length))
        .getResourceSpans(0)
        .getScopeSpans(0)
        .getSpans(0);
  }
}
