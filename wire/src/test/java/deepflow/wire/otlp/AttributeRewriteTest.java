package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.re2j.Pattern;
import deepflow.wire.otlp.AttributeRules.Drop;
import deepflow.wire.otlp.AttributeRules.Keys;
import deepflow.wire.otlp.AttributeRules.Mask;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttributeRewriteTest {
  private static final AttributeRules RULES =
      new AttributeRules(
          List.of(
              new Drop(new Keys("a*")),
              new Drop(new Keys("app.host.ip")),
              new Mask(new Keys("b*"), null, "***"),
              new Mask(new Keys("c*"), Pattern.compile("[aeiou]+"), "<a rather long text>"),
              new Mask(new Keys("d*"), Pattern.compile("[a-z]+"), "")));

  private int dropped;
  private int masked;

  @Test
  void changesWhatTheRulesSayAndNothingElse() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    AttributeRewrite rewrite = new AttributeRewrite();
    for (int i = 0; i < 2_000; i++) {
      ExportTraceServiceRequest request = new RandomOtlp(random, true, false).request();
      byte[] bytes = request.toByteArray();
      byte[] padded = new byte[bytes.length + 7];
      System.arraycopy(bytes, 0, padded, 3, bytes.length);

      AttributeRewrite.Rewritten rewritten =
          rewrite.apply(RULES, padded, 3, bytes.length, Integer.MAX_VALUE / 2);

      dropped = 0;
      masked = 0;
      Message expected = ruled(request);
      assertThat(rewritten).as("seed %s", seed).isNotNull();
      ExportTraceServiceRequest actual =
          ExportTraceServiceRequest.parser()
              .parseFrom(rewritten.bytes(), rewritten.offset(), rewritten.length());
      assertThat(actual).as("seed %s", seed).isEqualTo(expected);
      assertThat(actual.toByteArray()).as("seed %s", seed).isEqualTo(expected.toByteArray());
      assertThat(rewritten.dropped()).as("seed %s", seed).isEqualTo(dropped);
      assertThat(rewritten.masked()).as("seed %s", seed).isEqualTo(masked);
      if (dropped + masked == 0) {
        assertThat(rewritten.bytes()).as("seed %s", seed).isSameAs(padded);
      }
    }
  }

  /// The same by the generated classes.
  private ExportTraceServiceRequest ruled(ExportTraceServiceRequest request) {
    ExportTraceServiceRequest.Builder builder = request.toBuilder();
    for (ResourceSpans.Builder resource : builder.getResourceSpansBuilderList()) {
      if (resource.hasResource()) {
        Resource.Builder inner = resource.getResourceBuilder();
        List<KeyValue> attributes = ruled(inner.getAttributesList());
        inner.clearAttributes().addAllAttributes(attributes);
      }
      for (ScopeSpans.Builder scope : resource.getScopeSpansBuilderList()) {
        if (scope.hasScope()) {
          List<KeyValue> attributes = ruled(scope.getScope().getAttributesList());
          scope.getScopeBuilder().clearAttributes().addAllAttributes(attributes);
        }
        scope.getSpansBuilderList().forEach(this::rule);
      }
    }
    return builder.build();
  }

  private void rule(Span.Builder span) {
    List<KeyValue> own = ruled(span.getAttributesList());
    span.clearAttributes().addAllAttributes(own);
    for (Span.Event.Builder event : span.getEventsBuilderList()) {
      List<KeyValue> attributes = ruled(event.getAttributesList());
      event.clearAttributes().addAllAttributes(attributes);
    }
    for (Span.Link.Builder link : span.getLinksBuilderList()) {
      List<KeyValue> attributes = ruled(link.getAttributesList());
      link.clearAttributes().addAllAttributes(attributes);
    }
  }

  private List<KeyValue> ruled(List<KeyValue> attributes) {
    List<KeyValue> kept = new ArrayList<>();
    for (KeyValue attribute : attributes) {
      String key = attribute.getKey();
      if (key.equals("app.host.ip")) {
        kept.add(attribute);
      } else if (key.startsWith("a")) {
        dropped++;
      } else if (!attribute.hasValue()) {
        kept.add(attribute);
      } else if (key.startsWith("b")) {
        masked++;
        AnyValue mask = AnyValue.newBuilder().setStringValue("***").build();
        kept.add(attribute.toBuilder().setValue(mask).build());
      } else if (key.startsWith("c")) {
        kept.add(replaced(attribute, "[aeiou]+", "<a rather long text>"));
      } else if (key.startsWith("d")) {
        kept.add(replaced(attribute, "[a-z]+", ""));
      } else {
        kept.add(attribute);
      }
    }
    return kept;
  }

  private KeyValue replaced(KeyValue attribute, String pattern, String replacement) {
    KeyValue.Builder builder = attribute.toBuilder();
    replace(builder.getValueBuilder(), pattern, replacement);
    return builder.build();
  }

  private void replace(AnyValue.Builder value, String pattern, String replacement) {
    switch (value.getValueCase()) {
      case STRING_VALUE -> {
        String text = value.getStringValue().replaceAll(pattern, replacement);
        masked += text.equals(value.getStringValue()) ? 0 : 1;
        value.setStringValue(text);
      }
      case ARRAY_VALUE ->
          value
              .getArrayValueBuilder()
              .getValuesBuilderList()
              .forEach(inner -> replace(inner, pattern, replacement));
      case KVLIST_VALUE ->
          value
              .getKvlistValueBuilder()
              .getValuesBuilderList()
              .forEach(inner -> {
                if (inner.hasValue()) {
                  replace(inner.getValueBuilder(), pattern, replacement);
                }
              });
      default -> {}
    }
  }

  @Test
  void givesUpWhenMasksMakeARequestTooLong() {
    Span.Builder span = Span.newBuilder();
    for (int i = 0; i < 100; i++) {
      span.addAttributes(
          KeyValue.newBuilder()
              .setKey("b" + i)
              .setValue(AnyValue.newBuilder().setIntValue(i))
              .build());
    }
    byte[] bytes = request(span);
    AttributeRules rules =
        new AttributeRules(List.of(new Mask(new Keys("b*"), null, "x".repeat(100))));

    assertThat(new AttributeRewrite().apply(rules, bytes, 0, bytes.length, bytes.length)).isNull();
    assertThat(new AttributeRewrite().apply(rules, bytes, 0, bytes.length, 20_000)).isNotNull();
  }

  private static byte[] request(Span.Builder span) {
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder().addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
        .build()
        .toByteArray();
  }
}
