package deepflow.server.querier.differences;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Traffic of a shop with noise: ids, attributes without influence, pods, routes, and 5 % of
/// failures without a cause anywhere. One fault can be built in.
final class Shop {

  /// What is wrong with the shop.
  enum Fault {
    NONE,
    /// Orders that are paid by voucher fail nearly always.
    VOUCHERS_FAIL,
    /// Inventory is slow for the warehouse in the west.
    WEST_IS_SLOW,
    /// The list of offers asks for each price alone.
    PRICES_ONE_BY_ONE,
    /// One of three pods of orders fails most of the time.
    POD_IS_SICK
  }

  private static final long MILLI = 1_000_000;

  private final Random random;
  private final Fault fault;
  private final Map<String, ScopeSpans.Builder> scopes = new HashMap<>();
  private byte[] traceId = new byte[16];
  private boolean failed;

  Shop(Random random, Fault fault) {
    this.random = random;
    this.fault = fault;
  }

  /// So many traces, a second apart.
  TracesData traces(int count, long startNanos) {
    scopes.clear();
    for (int i = 0; i < count; i++) {
      traceId = bytes(16);
      failed = false;
      long start = startNanos + 1000 * MILLI * i;
      switch (random.nextInt(3)) {
        case 0 -> checkout(start);
        case 1 -> offers(start);
        default -> product(start);
      }
    }
    TracesData.Builder traces = TracesData.newBuilder();
    scopes.forEach((pod, scope) ->
        traces.addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(text("service.name", pod.replaceFirst("-\\d$", "")))
                        .addAttributes(text("telemetry.sdk.language", "java"))
                        .addAttributes(text("service.instance.id", "instance of " + pod))
                        .addAttributes(text("k8s.pod.name", pod)))
                .addScopeSpans(scope)));
    return traces.build();
  }

  private void checkout(long start) {
    String method = pick("card", "card", "card", "card", "invoice", "invoice", "voucher");
    String warehouse = pick("north", "north", "south", "west");
    ByteString root = bytes8();
    ByteString order = bytes8();
    String pod = "orders-" + random.nextInt(3);
    long stock = stock(start + 3 * MILLI, order, warehouse);
    long pay = call("payment", "charge", order, start + 4 * MILLI + stock, millis(20));
    boolean sick = fault == Fault.POD_IS_SICK && pod.equals("orders-2") && random.nextInt(10) < 7;
    boolean refused =
        fault == Fault.VOUCHERS_FAIL && method.equals("voucher") && random.nextInt(10) < 9;
    long ordered = stock + pay + millis(8);
    Span.Builder span = span("place order", order, root, start + 2 * MILLI, ordered);
    span.addAttributes(text("payment.method", method));
    span.addAttributes(text("warehouse", warehouse));
    span.addAttributes(text("order.id", Long.toHexString(random.nextLong())));
    if (method.equals("voucher")) {
      span.addAttributes(text("voucher.series", pick("spring", "summer")));
    }
    add(pod, span, sick || refused);
    request("POST /checkout", root, start, ordered + millis(10));
  }

  private long stock(long start, ByteString parent, String warehouse) {
    boolean slow = fault == Fault.WEST_IS_SLOW && warehouse.equals("west");
    ByteString id = bytes8();
    long query = slow ? millis(900) + 300 * MILLI : millis(30);
    Span.Builder span = span("reserve", id, parent, start, query + 2 * MILLI);
    span.addAttributes(text("warehouse", warehouse));
    span.addAttributes(text("aisle", pick("1", "2", "3", "4", "5")));
    add("inventory-" + random.nextInt(2), span, false);
    add(
        "inventory-" + random.nextInt(2),
        span("UPDATE stock", bytes8(), id, start + MILLI, query)
            .addAttributes(text("db.system.name", "postgresql")),
        false);
    return query + 2 * MILLI;
  }

  private void offers(long start) {
    ByteString root = bytes8();
    boolean oneByOne = fault == Fault.PRICES_ONE_BY_ONE && random.nextInt(3) == 0;
    long at = start + MILLI;
    for (int i = oneByOne ? 30 : 1; i > 0; i--) {
      at += call("pricing", "SELECT price", root, at, millis(8));
    }
    request("GET /offers", root, start, at - start + millis(10));
  }

  private void product(long start) {
    ByteString root = bytes8();
    long lasted = call("catalogue", "find product", root, start + MILLI, millis(40));
    request("GET /product", root, start, lasted + millis(20));
  }

  private long call(String service, String name, ByteString parent, long start, long lasted) {
    Span.Builder span = span(name, bytes8(), parent, start, lasted);
    span.addAttributes(text("cache", pick("hit", "miss")));
    add(service + "-" + random.nextInt(2), span, false);
    return lasted;
  }

  private void request(String name, ByteString id, long start, long lasted) {
    Span.Builder span = span(name, id, ByteString.EMPTY, start, lasted);
    span.setKind(Span.SpanKind.SPAN_KIND_SERVER);
    span.addAttributes(text("http.route", name.substring(name.indexOf(' ') + 1)));
    span.addAttributes(text("customer.tier", pick("basic", "basic", "silver", "gold")));
    span.addAttributes(text("user.id", "u" + random.nextInt(1_000_000)));
    span.addAttributes(text("session.id", "s" + random.nextInt(50)));
    span.addAttributes(text("coin", pick("heads", "tails")));
    boolean own = random.nextInt(20) == 0;
    span.addAttributes(text("http.response.status_code", failed || own ? "500" : "200"));
    add("frontend-" + random.nextInt(3), span, failed || own);
  }

  private Span.Builder span(
      String name, ByteString id, ByteString parent, long start, long lasted) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(traceId))
        .setSpanId(id)
        .setParentSpanId(parent)
        .setName(name)
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(start + lasted)
        .addAttributes(text("thread.id", Integer.toString(random.nextInt(40))));
  }

  private void add(String pod, Span.Builder span, boolean fails) {
    if (fails || random.nextInt(20) == 0) {
      failed = true;
      span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
      span.addAttributes(text("error.type", fails ? "refused" : pick("timeout", "reset")));
    }
    scopes.computeIfAbsent(pod, _ -> ScopeSpans.newBuilder()).addSpans(span);
  }

  private long millis(int about) {
    return (long) (about * MILLI * Math.exp(random.nextGaussian() * 0.5));
  }

  private String pick(String... values) {
    return List.of(values).get(random.nextInt(values.length));
  }

  private ByteString bytes8() {
    return ByteString.copyFrom(bytes(8));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] = 1; // never all zero
    return bytes;
  }

  private static KeyValue text(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }
}
