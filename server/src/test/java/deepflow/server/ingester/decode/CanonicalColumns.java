package deepflow.server.ingester.decode;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/// Stores spans and tells what their rows have in DeepFlow's columns.
final class CanonicalColumns {
  private final SpanEncoder encoder = new SpanEncoder();
  private final Draft draft;
  private final ClickHouse clickHouse;
  private final Store store;
  private long spans;

  CanonicalColumns(ClickHouse clickHouse) throws Exception {
    this(clickHouse, LabelSnapshot.empty());
  }

  /// @param snapshot what is known of clusters
  CanonicalColumns(ClickHouse clickHouse, LabelSnapshot snapshot) throws Exception {
    this.draft = new Draft(() -> snapshot);
    this.clickHouse = clickHouse;
    this.store =
        Store.open(
            clickHouse,
            StoreConfig.single(Duration.ofDays(1)),
            InstantSource.system(),
            new Random(5));
  }

  /// A span with attributes, given as key, value, key, value.
  static Span.Builder span(SpanKind kind, Object... attributes) {
    var span = Span.newBuilder().setKind(kind).setName("a span");
    for (int i = 0; i < attributes.length; i += 2) {
      span.addAttributes(attribute((String) attributes[i], attributes[i + 1]));
    }
    return span;
  }

  private static KeyValue attribute(String key, Object value) {
    return KeyValue.newBuilder().setKey(key).setValue(any(value)).build();
  }

  private static AnyValue any(Object value) {
    return switch (value) {
      case Integer number -> AnyValue.newBuilder().setIntValue(number).build();
      case Boolean truth -> AnyValue.newBuilder().setBoolValue(truth).build();
      case List<?> list -> {
        var array = ArrayValue.newBuilder();
        list.forEach(element -> array.addValues(any(element)));
        yield AnyValue.newBuilder().setArrayValue(array).build();
      }
      case AnyValue made -> made;
      default -> AnyValue.newBuilder().setStringValue(value.toString()).build();
    };
  }

  /// Columns of the span's row, as ClickHouse writes them, joined by `|`.
  ///
  /// @param names one a line
  String of(Span.Builder span, String names) throws Exception {
    byte[] id = ByteBuffer.allocate(8).putLong(++spans).array();
    span.setTraceId(ByteString.copyFrom(new byte[8]).concat(ByteString.copyFrom(id)))
        .setSpanId(ByteString.copyFrom(id));
    store(
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(
                        Resource.newBuilder()
                            .addAttributes(attribute("app.host.ip", "10.1.1.1"))
                            .addAttributes(attribute("service.instance.id", "i-1"))
                            .addAttributes(attribute("k8s.deployment.name", "shop")))
                    .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
            .build()
            .toByteArray());
    String sql =
        "SELECT arrayStringConcat(arrayMap(x -> toString(x), [%s]), '|') FROM deepflow.spans"
                .formatted(String.join(",", names.lines().map("toString(%s)"::formatted).toList()))
            + " WHERE span_id = toFixedString(unhex({id:String}), 8)";
    try (Rows rows = clickHouse.query(Query.of(sql).with("id", HexFormat.of().formatHex(id)))) {
      if (!rows.next()) {
        throw new AssertionError("the span was not stored");
      }
      return rows.getString(0);
    }
  }

  private void store(byte[] request) throws Exception {
    draft.begin(new Batch(new Identity(1, 1), 1, spans));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(store.nextBlock());
    encoder.encode(draft, block);
    draft.clear();
    store.commit(block, false);
  }
}
