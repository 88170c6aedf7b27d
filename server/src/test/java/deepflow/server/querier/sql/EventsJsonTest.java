package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EventsJsonTest {

  @Test
  void namesFieldsAsDeepFlowsGoStructsDo() {
    byte[] events =
        Span.newBuilder()
            .addEvents(
                Span.Event.newBuilder()
                    .setTimeUnixNano(-1)
                    .setName("exception")
                    .addAttributes(attribute("type", AnyValue.newBuilder().setStringValue("x\"y")))
                    .addAttributes(attribute("n", AnyValue.newBuilder().setIntValue(-2)))
                    .addAttributes(attribute("d", AnyValue.newBuilder().setDoubleValue(0.5)))
                    .addAttributes(attribute("b", AnyValue.newBuilder().setBoolValue(true)))
                    .setDroppedAttributesCount(3))
            .addEvents(Span.Event.newBuilder().setName("second"))
            .build()
            .toByteArray();

    assertThat(EventsJson.of(events))
        .isEqualTo(
            """
            [{"time_unix_nano":18446744073709551615,"name":"exception","attributes":[\
            {"key":"type","value":{"Value":{"StringValue":"x\\"y"}}},\
            {"key":"n","value":{"Value":{"IntValue":-2}}},\
            {"key":"d","value":{"Value":{"DoubleValue":0.5}}},\
            {"key":"b","value":{"Value":{"BoolValue":true}}}],"dropped_attributes_count":3},\
            {"name":"second"}]\
            """);
  }

  @Test
  void isNullWithoutEvents() {
    assertThat(EventsJson.of(new byte[0])).isEqualTo("null");
  }

  @Test
  void showsBrokenBytesInsteadOfFailing() {
    byte[] broken = HexFormat.of().parseHex("5a03" + "12ff01");
    byte[] otherWireType = HexFormat.of().parseHex("5a02" + "0801");

    assertThat(EventsJson.of(broken)).isEqualTo("{\"malformed\":\"WgMS/wE=\"}");
    assertThat(EventsJson.of(otherWireType)).isEqualTo("[{}]");
  }

  @Test
  void saysThatEventsAreTooLargeInsteadOfFailing() {
    byte[] most = named((4 << 20) - 100);
    byte[] large = named(4 << 20);
    byte[] broken = Arrays.copyOf(large, large.length - 1);

    assertThat(EventsJson.of(most)).startsWith("[{\"name\":\"xxx").endsWith("\"}]");
    assertThat(EventsJson.of(large))
        .isEqualTo("{\"too_large\":\"%s bytes of events\"}".formatted(large.length));
    assertThat(EventsJson.of(broken))
        .isEqualTo("{\"too_large\":\"%s bytes of events\"}".formatted(broken.length));
  }

  private static byte[] named(int length) {
    return Span.newBuilder()
        .addEvents(Span.Event.newBuilder().setName("x".repeat(length)))
        .build()
        .toByteArray();
  }

  private static KeyValue.Builder attribute(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value);
  }
}
