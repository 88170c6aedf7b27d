package deepflow.benchmarks;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Makes requests whose spans look like those of a few services that call each other over HTTP and
/// ask a database. Of their attributes' values three in ten are in no other span; one span in a
/// hundred has an error, and an event.
///
/// A request is a pure function of its number, so a test can say later what each trace has to hold,
/// and a client can send the same bytes again.
public final class SpanMill {
  /// What a span says. Sizes are those of a span on the wire.
  public enum Width {
    /// About 460 bytes, 12 attributes, one service.
    ORDINARY(32, 1),
    /// About 500 bytes, 20 attributes, most of whose keys are short; repeated values drawn for
    /// 131,072 spans, five services: what is asked of a store is asked of such spans. One attribute
    /// of one span in fifty is an array.
    DENSE(256, 5),

    /// The same number of attributes and services in about 650 bytes, with keys as long as semantic
    /// conventions have them.
    WIDE(256, 5);

    private final int templates;
    private final int services;

    Width(int templates, int services) {
      this.templates = templates;
      this.services = services;
    }
  }

  /// The most values of one span that no other span has.
  private static final int UNIQUE_VALUES = 4;

  /// Of so many spans one has labels, an array; of so many there is one each.
  private static final int LABELLED = 50;

  static final int LABELS = 100;

  /// Values of a span of twenty attributes that no other span has.
  private static final int COUNTS = 2 + UNIQUE_VALUES;

  /// Requests are this far apart in time, and so are their spans.
  private static final long SPACING_NANOS = 100_000;

  private static final String[] ROUTES = {
    "/cart",
    "/cart/{id}",
    "/checkout",
    "/product/{id}",
    "/search",
    "/login",
    "/order/{id}",
    "/stock"
  };
  private static final String[] PLANS = {"free", "gold", "silver"};
  private static final String[] LANGUAGES = {"de", "en", "fr", "it"};
  private static final String[] TABLES = {
    "cart", "orders", "product", "session", "stock", "customer"
  };

  private final Width width;
  private final long spacingNanos;
  private final String service;
  private final long seed;
  private final long startNanos;
  private final int tracesInRequest;
  private final int spansInTrace;
  private final List<RequestTemplate> templates = new ArrayList<>();

  /// @param service the resource's service.name, on every span
  /// @param seed decides all ids and all values
  /// @param startNanos the first request's time, ns since 1970
  public SpanMill(
      String service, long seed, long startNanos, int tracesInRequest, int spansInTrace) {
    this(service, seed, startNanos, tracesInRequest, spansInTrace, Width.ORDINARY);
  }

  /// @param service if there are several, what their names begin with: `shop-0` to `shop-4`
  public SpanMill(
      String service,
      long seed,
      long startNanos,
      int tracesInRequest,
      int spansInTrace,
      Width width) {
    this(service, seed, startNanos, tracesInRequest, spansInTrace, width, SPACING_NANOS);
  }

  /// @param spacingNanos from one request's time to the next one's
  public SpanMill(
      String service,
      long seed,
      long startNanos,
      int tracesInRequest,
      int spansInTrace,
      Width width,
      long spacingNanos) {
    this.width = width;
    this.spacingNanos = spacingNanos;
    this.service = service;
    this.seed = seed;
    this.startNanos = startNanos;
    this.tracesInRequest = tracesInRequest;
    this.spansInTrace = spansInTrace;
    Random random = new Random(seed);
    for (int i = 0; i < width.templates; i++) {
      templates.add(new Drawing(random).template());
    }
  }

  /// A serialised ExportTraceServiceRequest.
  ///
  /// @param number from 0
  public byte[] request(long number) {
    RequestTemplate template = templates.get((int) (number % width.templates));
    return template.request(number, identity(number), startNanos + number * spacingNanos);
  }

  /// The 16 bytes of a trace's id.
  ///
  /// @param number of the request, from 0
  /// @param trace of the request's traces, from 0
  public byte[] traceId(long number, int trace) {
    byte[] id = new byte[16];
    RequestTemplate.putTraceId(id, 0, identity(number), trace);
    return id;
  }

  private long identity(long number) {
    return RequestTemplate.mix(seed ^ RequestTemplate.mix(number + 1));
  }

  public int spansInRequest() {
    return tracesInRequest * spansInTrace;
  }

  public int tracesInRequest() {
    return tracesInRequest;
  }

  public int spansInTrace() {
    return spansInTrace;
  }

  public String service() {
    return service;
  }

  public long seed() {
    return seed;
  }

  /// Draws one template.
  private final class Drawing {
    private final Random random;
    private final long[] times = new long[tracesInRequest * spansInTrace * 3];

    Drawing(Random random) {
      this.random = random;
    }

    RequestTemplate template() {
      ScopeSpans.Builder spans =
          ScopeSpans.newBuilder()
              .setScope(
                  InstrumentationScope.newBuilder()
                      .setName("io.opentelemetry.tomcat-10.0")
                      .setVersion("2.33.1-alpha"));
      for (int trace = 0; trace < tracesInRequest; trace++) {
        for (int span = 0; span < spansInTrace; span++) {
          spans.addSpans(span(trace, span));
        }
      }
      ResourceSpans one =
          ResourceSpans.newBuilder()
              .setResource(resource())
              .addScopeSpans(spans)
              .setSchemaUrl("https://opentelemetry.io/schemas/1.37.0")
              .build();
      return new RequestTemplate(
          ExportTraceServiceRequest.newBuilder().addResourceSpans(one).build(), times);
    }

    private Resource resource() {
      int host = random.nextInt(8);
      String name = width.services == 1 ? service : service + "-" + random.nextInt(width.services);
      return Resource.newBuilder()
          .addAttributes(text("service.name", name))
          .addAttributes(text("service.version", "1.4." + random.nextInt(3)))
          .addAttributes(text("service.instance.id", "instance-" + host))
          .addAttributes(text("host.name", "node-" + host))
          .addAttributes(text("k8s.pod.name", name + "-7d9f8b6c5-" + host))
          .addAttributes(text("k8s.namespace.name", "shop"))
          .addAttributes(text("telemetry.sdk.language", "java"))
          .build();
    }

    private Span span(int trace, int index) {
      int slot = trace * spansInTrace + index;
      long start = random.nextInt(1_000_000) + index * 50_000L;
      times[3 * slot] = start;
      times[3 * slot + 1] = start + 100_000 + random.nextInt(40_000_000);
      times[3 * slot + 2] = start + 50_000;
      Span.Builder span =
          Span.newBuilder()
              .setTraceId(RequestTemplate.idMarker('T', trace, 16))
              .setSpanId(RequestTemplate.idMarker('S', slot, 8))
              .setStartTimeUnixNano(RequestTemplate.timeMarker('B', 3 * slot))
              .setEndTimeUnixNano(RequestTemplate.timeMarker('E', 3 * slot + 1))
              .setFlags(257);
      if (index > 0) {
        int parent = trace * spansInTrace + (index - 1) / 2;
        span.setParentSpanId(RequestTemplate.idMarker('P', parent, 8));
      }
      describe(span, index, slot);
      if (random.nextInt(100) == 0) {
        fail(span, slot);
      }
      return span.build();
    }

    private void describe(Span.Builder span, int index, int slot) {
      if (width == Width.DENSE) {
        describeShort(span, index, slot);
        widen(span, slot);
        return;
      }
      switch (index % 4) {
        case 0 -> server(span, slot);
        case 1 -> database(span, slot);
        case 2 -> client(span, slot);
        default -> internal(span, slot);
      }
      span.addAttributes(number("thread.id", 20 + random.nextInt(200)))
          .addAttributes(text("thread.name", "http-nio-8080-exec-" + random.nextInt(200)));
      if (width == Width.WIDE) {
        widen(span, slot);
      }
    }

    /// Nine values that repeat, and four that don't.
    private void describeShort(Span.Builder span, int index, int slot) {
      switch (index % 4) {
        case 0 -> call(span, Span.SpanKind.SPAN_KIND_SERVER);
        case 1 -> statement(span);
        case 2 -> call(span, Span.SpanKind.SPAN_KIND_CLIENT);
        default -> step(span);
      }
      span.addAttributes(number("thread.id", 20 + random.nextInt(200)))
          .addAttributes(zone(slot))
          .addAttributes(text("plan", PLANS[random.nextInt(PLANS.length)]))
          .addAttributes(text("lang", LANGUAGES[random.nextInt(LANGUAGES.length)]))
          .addAttributes(number("try", random.nextInt(3)))
          .addAttributes(number("items", random.nextInt(40)))
          .addAttributes(text("session", unique(slot, 0)))
          .addAttributes(text("order", unique(slot, 1)))
          .addAttributes(text("job", unique(slot, 2)))
          .addAttributes(text("ref", unique(slot, 3)));
    }

    /// Labels are drawn by nothing random, so that all other values are those of a mill without.
    private KeyValue zone(int slot) {
      String zone = String.valueOf((char) ('a' + random.nextInt(3)));
      int label = (templates.size() * spansInTrace + slot / LABELLED) % LABELS;
      return slot % LABELLED == 0 ? texts("labels", "label-" + label, zone) : text("zone", zone);
    }

    private void call(Span.Builder span, Span.SpanKind kind) {
      String route = ROUTES[random.nextInt(ROUTES.length)];
      span.setName("GET " + route)
          .setKind(kind)
          .addAttributes(text("http.route", route))
          .addAttributes(text("http.request.method", "GET"))
          .addAttributes(number("http.response.status_code", 200));
    }

    private void statement(Span.Builder span) {
      String table = TABLES[random.nextInt(TABLES.length)];
      span.setName("SELECT " + table)
          .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
          .addAttributes(text("db.system.name", "mysql"))
          .addAttributes(text("db.operation.name", "SELECT"))
          .addAttributes(text("db.collection.name", table));
    }

    private void step(Span.Builder span) {
      span.setName("PriceService.quote")
          .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
          .addAttributes(text("step", "quote"))
          .addAttributes(number("code.line.number", 20 + random.nextInt(400)))
          .addAttributes(decimal("total", random.nextInt(100_000) / 100.0));
    }

    /// Five values more that repeat, and two that don't: of about twenty, six in all.
    private void widen(Span.Builder span, int slot) {
      span.addAttributes(text("tenant", "tenant-" + random.nextInt(300)))
          .addAttributes(text("region", "eu-west-" + random.nextInt(3)))
          .addAttributes(text("release", "2026.11." + random.nextInt(30)))
          .addAttributes(truth("cache.hit", random.nextInt(4) > 0))
          .addAttributes(number("bytes.in", random.nextInt(5000)))
          .addAttributes(text("user.id", count(slot, UNIQUE_VALUES)))
          .addAttributes(text("basket.id", count(slot, UNIQUE_VALUES + 1)));
    }

    private void server(Span.Builder span, int slot) {
      String route = ROUTES[random.nextInt(ROUTES.length)];
      span.setName("GET " + route)
          .setKind(Span.SpanKind.SPAN_KIND_SERVER)
          .addAttributes(text("http.request.method", "GET"))
          .addAttributes(text("http.route", route))
          .addAttributes(text("url.path", route + "/" + unique(slot, 0)))
          .addAttributes(text("url.query", "page=" + unique(slot, 1)))
          .addAttributes(number("http.response.status_code", 200))
          .addAttributes(text("session.id", unique(slot, 2)))
          .addAttributes(text("http.request.header.x-request-id", unique(slot, 3)))
          .addAttributes(text("client.address", "10.1." + random.nextInt(256) + ".7"))
          .addAttributes(text("server.address", "shop.example.com"))
          .addAttributes(number("server.port", 8080))
          .addAttributes(
              text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0"));
    }

    private void database(Span.Builder span, int slot) {
      String table = TABLES[random.nextInt(TABLES.length)];
      span.setName("SELECT shop." + table)
          .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
          .addAttributes(text("db.system.name", "mysql"))
          .addAttributes(text("db.namespace", "shop"))
          .addAttributes(text("db.operation.name", "SELECT"))
          .addAttributes(text("db.collection.name", table))
          .addAttributes(
              text("db.query.text", "SELECT * FROM " + table + " WHERE id IN (?, ?, ?, ?)"))
          .addAttributes(text("server.address", "mysql.shop.svc"))
          .addAttributes(number("server.port", 3306));
      for (int i = 0; i < UNIQUE_VALUES; i++) {
        span.addAttributes(text("db.query.parameter." + i, unique(slot, i)));
      }
    }

    private void client(Span.Builder span, int slot) {
      String route = ROUTES[random.nextInt(ROUTES.length)];
      String url = "http://stock.shop.svc:8080" + route + "?id=";
      span.setName("POST")
          .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
          .addAttributes(text("http.request.method", "POST"))
          .addAttributes(text("url.full", url + unique(slot, 0)))
          .addAttributes(number("http.response.status_code", 200))
          .addAttributes(text("http.request.header.x-request-id", unique(slot, 1)))
          .addAttributes(text("http.request.header.idempotency-key", unique(slot, 2)))
          .addAttributes(text("server.address", "stock.shop.svc"))
          .addAttributes(number("server.port", 8080))
          .addAttributes(text("network.peer.address", "10.2.0." + random.nextInt(256)));
    }

    private void internal(Span.Builder span, int slot) {
      span.setName("PriceService.quote")
          .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
          .addAttributes(text("code.function.name", "com.example.shop.PriceService.quote"))
          .addAttributes(number("code.line.number", 20 + random.nextInt(400)))
          .addAttributes(text("order.id", unique(slot, 0)))
          .addAttributes(text("order.customer", "customer-" + unique(slot, 1)))
          .addAttributes(text("order.basket", unique(slot, 2)))
          .addAttributes(text("order.payment", unique(slot, 3)))
          .addAttributes(text("order.campaign", "black-friday-2026-" + random.nextInt(40)))
          .addAttributes(decimal("order.total", random.nextInt(100_000) / 100.0))
          .addAttributes(number("order.items", random.nextInt(12)))
          .addAttributes(truth("order.gift", random.nextInt(10) == 0));
    }

    /// In spans of twenty attributes only the first is as random as a request's id; the others are
    /// numbers, as those of orders and customers are.
    private String unique(int slot, int value) {
      if (width != Width.ORDINARY && value > 0) {
        return count(slot, value);
      }
      return RequestTemplate.textMarker('O', slot * UNIQUE_VALUES + value, 16);
    }

    private static String count(int slot, int value) {
      return RequestTemplate.textMarker('D', slot * COUNTS + value, RequestTemplate.DIGITS);
    }

    private void fail(Span.Builder span, int slot) {
      span.setStatus(
              Status.newBuilder()
                  .setCode(Status.StatusCode.STATUS_CODE_ERROR)
                  .setMessage("connection reset"))
          .addEvents(
              Span.Event.newBuilder()
                  .setName("exception")
                  .setTimeUnixNano(RequestTemplate.timeMarker('V', 3 * slot + 2))
                  .addAttributes(text("exception.type", "java.net.SocketException"))
                  .addAttributes(text("exception.message", "Connection reset")));
    }
  }

  private static KeyValue text(String key, String value) {
    return of(key, AnyValue.newBuilder().setStringValue(value));
  }

  private static KeyValue texts(String key, String... values) {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    for (String value : values) {
      array.addValues(AnyValue.newBuilder().setStringValue(value));
    }
    return of(key, AnyValue.newBuilder().setArrayValue(array));
  }

  private static KeyValue number(String key, long value) {
    return of(key, AnyValue.newBuilder().setIntValue(value));
  }

  private static KeyValue decimal(String key, double value) {
    return of(key, AnyValue.newBuilder().setDoubleValue(value));
  }

  private static KeyValue truth(String key, boolean value) {
    return of(key, AnyValue.newBuilder().setBoolValue(value));
  }

  private static KeyValue of(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }
}
