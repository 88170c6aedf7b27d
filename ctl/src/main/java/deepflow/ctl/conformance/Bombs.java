package deepflow.ctl.conformance;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.trace.v1.Span;

/// Values nested 200,000 deep: few bytes that overflow the stack of who walks them by recursion.
/// Made once, when first asked for.
final class Bombs {
  private static final int DEPTH = 200_000;

  /// The field `attributes` of a span.
  static final byte[] ATTRIBUTE = attribute();

  /// A value in JSON.
  static final String JSON_VALUE =
      "{\"arrayValue\":{\"values\":[".repeat(DEPTH) + "{}" + "]}}".repeat(DEPTH);

  private Bombs() {}

  private static byte[] attribute() {
    Nesting nesting = new Nesting();
    for (int i = 0; i < DEPTH; i++) {
      nesting.in(KeyValue.VALUE_FIELD_NUMBER);
      nesting.in(KeyValueList.VALUES_FIELD_NUMBER);
      nesting.in(AnyValue.KVLIST_VALUE_FIELD_NUMBER);
    }
    nesting.in(KeyValue.VALUE_FIELD_NUMBER);
    nesting.in(Span.ATTRIBUTES_FIELD_NUMBER);
    return nesting.toByteArray();
  }
}
