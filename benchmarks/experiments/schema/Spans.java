import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/// Spans that look like those of ten instrumented services, in the order in which they arrive.
///
/// Twenty attributes a span, six of which never repeat a value; 8 to 25 spans a trace; the same seed gives the same spans.
final class Spans {
  /// A span as the decoder would hand it to the store. Attribute values are text; types has one character a value
  /// (s string, i integer, d double, b boolean).
  static final class Span {
    byte[] traceId;
    byte[] spanId;
    byte[] parentId;
    String name;
    int kind;
    long start;
    long duration;
    int service;
    int status;
    String message = "";
    byte[] resource;
    byte[] scope;
    String[] keys;
    String[] values;
    String types;
    boolean exception;
    boolean linked;
    long arrival;
    Integer code;
    int l7;
    String requestType = "";
    String domain = "";
    String path = "";
    int port;

    long hour() {
      return start / 3_600_000_000_000L;
    }
  }

  static final String[] SERVICES = {
    "frontend",
    "checkout",
    "cart",
    "payment",
    "shipping",
    "product-catalog",
    "currency",
    "recommendation",
    "ad",
    "quote"
  };
  private static final String[] VERBS = {"GET", "POST", "PUT", "DELETE"};
  private static final String[] DATABASES = {"postgresql", "mysql", "redis"};
  static final long EPOCH = 1_795_000_000_000_000_000L;

  private final SplittableRandom random;
  private final double spansPerSecond;
  private final long spread;
  private final PriorityQueue<Span> waiting =
      new PriorityQueue<>(Comparator.comparingLong((Span s) -> s.arrival));
  private final byte[][] resources = new byte[40][];
  private final byte[][] scopes = new byte[6][];
  private final List<String> keys = new ArrayList<>();
  private final List<String> values = new ArrayList<>();
  private final StringBuilder types = new StringBuilder();
  private double clock = EPOCH;
  final List<byte[]> traceIds = new ArrayList<>();
  final List<Long> traceStarts = new ArrayList<>();

  /// @param spread seconds within which the spans of a trace arrive after their end
  Spans(long seed, double spansPerSecond, double spread) {
    random = new SplittableRandom(seed);
    this.spansPerSecond = spansPerSecond;
    this.spread = (long) (spread * 1e9);
    for (int i = 0; i < resources.length; i++) {
      resources[i] = bytes(16);
    }
    for (int i = 0; i < scopes.length; i++) {
      scopes[i] = bytes(16);
    }
  }

  private byte[] bytes(int n) {
    byte[] b = new byte[n];
    random.nextBytes(b);
    return b;
  }

  Span next() {
    while (waiting.isEmpty() || waiting.peek().arrival > clock) {
      trace();
    }
    return waiting.poll();
  }

  private void trace() {
    int spans = 8 + random.nextInt(18);
    clock += spans * 1e9 / spansPerSecond;
    byte[] id = bytes(16);
    long start = (long) clock;
    if (random.nextInt(40) == 0) {
      traceIds.add(id);
      traceStarts.add(start);
    }
    byte[] parent = new byte[8];
    long duration = 2_000_000 + random.nextLong(400_000_000);
    List<Span> made = new ArrayList<>();
    for (int i = 0; i < spans; i++) {
      Span s = new Span();
      Span up = i == 0 ? null : made.get(random.nextInt(made.size()));
      s.traceId = id;
      s.spanId = bytes(8);
      s.parentId = up == null ? parent : up.spanId;
      s.start = up == null ? start : up.start + random.nextLong(up.duration / 2 + 1);
      s.duration =
          up == null ? duration : 1 + up.duration / 2 - random.nextLong(up.duration / 4 + 1);
      s.service =
          up == null ? 0 : random.nextInt(3) == 0 ? random.nextInt(SERVICES.length) : up.service;
      s.resource = resources[s.service * 4 + random.nextInt(4)];
      s.scope = scopes[random.nextInt(scopes.length)];
      s.arrival = s.start + s.duration + random.nextLong(spread);
      fill(s, up == null ? 0 : random.nextInt(3), random.nextInt(6));
      made.add(s);
      waiting.add(s);
    }
  }

  private void fill(Span s, int shape, int operation) {
    keys.clear();
    values.clear();
    types.setLength(0);
    boolean failed = random.nextInt(50) == 0;
    s.status = failed ? 2 : 0;
    if (failed) {
      s.message = "upstream answered after " + random.nextInt(5000) + " ms";
      s.exception = true;
    }
    s.linked = random.nextInt(200) == 0;
    put("thread.id", Integer.toString(20 + random.nextInt(200)), 'i');
    put("thread.name", "http-nio-8080-exec-" + random.nextInt(40), 's');
    put("code.function.name", SERVICES[s.service] + ".Handler.op" + operation, 's');
    put("deployment.ring", "ring-" + random.nextInt(4), 's');
    put("app.tenant", "tenant-" + random.nextInt(300), 's');
    put("app.cached", random.nextInt(3) == 0 ? "true" : "false", 'b');
    put("app.user.id", Long.toHexString(random.nextLong()), 's');
    put("app.request.id", uuid(), 's');
    put("app.cost", Double.toString(random.nextInt(100_000_000) / 1e6), 'd');
    switch (shape) {
      case 0 -> server(s, operation, failed);
      case 1 -> database(s, operation);
      default -> internal(s, operation);
    }
    if (random.nextInt(10) == 0) {
      put("error.type", failed ? "timeout" : "none", 's');
    }
    s.keys = keys.toArray(new String[0]);
    s.values = values.toArray(new String[0]);
    s.types = types.toString().intern();
  }

  private void server(Span s, int operation, boolean failed) {
    String verb = VERBS[operation % 4];
    String route = "/api/" + SERVICES[s.service] + "/v1/{id}/" + operation;
    long item = random.nextLong(1L << 40);
    s.kind = 2;
    s.name = verb + " " + route;
    s.code = failed ? 503 : random.nextInt(30) == 0 ? 404 : 200;
    s.l7 = 20;
    s.requestType = verb;
    s.domain = SERVICES[s.service] + ".shop.svc";
    s.path = "/api/" + SERVICES[s.service] + "/v1/" + item + "/" + operation;
    s.port = 8080;
    put("http.request.method", verb, 's');
    put("http.route", route, 's');
    put("url.path", s.path, 's');
    put("url.scheme", "http", 's');
    put("http.response.status_code", Integer.toString(s.code), 'i');
    put("server.address", s.domain, 's');
    put("server.port", "8080", 'i');
    put("client.address", "10.1." + random.nextInt(8) + "." + random.nextInt(250), 's');
    put("network.peer.port", Integer.toString(1024 + random.nextInt(64_000)), 'i');
    put("http.response.body.size", Integer.toString(random.nextInt(10_000_000)), 'i');
    put("user_agent.original", "okhttp/4." + random.nextInt(12), 's');
  }

  private void database(Span s, int operation) {
    String system = DATABASES[operation % 3];
    s.kind = 3;
    s.name = "SELECT shop.t" + operation + "." + s.service;
    s.l7 = 60;
    s.requestType = "SELECT";
    s.domain = "db-" + operation;
    s.path = "SELECT * FROM t" + operation + " WHERE id = ?";
    s.port = 5432;
    put("db.system.name", system, 's');
    put("db.namespace", "shop", 's');
    put("db.operation.name", "SELECT", 's');
    put("db.collection.name", "t" + operation, 's');
    put(
        "db.query.text",
        "SELECT * FROM t" + operation + " WHERE id = " + random.nextLong(1L << 40),
        's');
    put("server.address", "db-" + operation, 's');
    put("server.port", "5432", 'i');
    put("db.response.returned_rows", Integer.toString(random.nextInt(100)), 'i');
    put("network.peer.port", Integer.toString(1024 + random.nextInt(64_000)), 'i');
    put("db.client.connection.id", Long.toHexString(random.nextLong()), 's');
    put("network.transport", "tcp", 's');
  }

  private void internal(Span s, int operation) {
    s.kind = 1;
    s.name = SERVICES[s.service] + ".internal.op" + operation;
    put("code.namespace", "com.shop." + SERVICES[s.service], 's');
    put("code.line.number", Integer.toString(10 + operation * 7), 'i');
    put("feature.flag", random.nextInt(2) == 0 ? "on" : "off", 's');
    put("app.order.id", uuid(), 's');
    put("app.items", Integer.toString(random.nextInt(40)), 'i');
    put("app.currency", "USD", 's');
    put("app.session", Long.toHexString(random.nextLong()), 's');
    put("app.checksum", Long.toString(random.nextLong()), 'i');
    put("app.stage", "stage-" + operation, 's');
    put("app.zone", "z" + random.nextInt(3), 's');
    put("app.retry", Integer.toString(random.nextInt(3)), 'i');
  }

  private void put(String key, String value, char type) {
    keys.add(key);
    values.add(value);
    types.append(type);
  }

  private String uuid() {
    return new java.util.UUID(random.nextLong(), random.nextLong()).toString();
  }

  /// About what OTLP takes for this span, and the bytes themselves (not valid protobuf, but as compressible).
  static byte[] raw(Span s) {
    ByteBuffer b = ByteBuffer.allocate(4096);
    b.put((byte) 10).put((byte) 16).put(s.traceId).put((byte) 18).put((byte) 8).put(s.spanId);
    b.put((byte) 34)
        .put((byte) 8)
        .put(s.parentId)
        .put((byte) 42)
        .put((byte) s.name.length())
        .put(s.name.getBytes());
    b.put((byte) 48).put((byte) s.kind).put((byte) 57).putLong(Long.reverseBytes(s.start));
    b.put((byte) 65).putLong(Long.reverseBytes(s.start + s.duration));
    for (int i = 0; i < s.keys.length; i++) {
      byte[] k = s.keys[i].getBytes();
      byte[] v = s.values[i].getBytes();
      b.put((byte) 74)
          .put((byte) (k.length + v.length + 6))
          .put((byte) 10)
          .put((byte) k.length)
          .put(k);
      b.put((byte) 18).put((byte) (v.length + 2)).put((byte) 10).put((byte) v.length).put(v);
    }
    byte[] out = new byte[b.position()];
    b.flip().get(out);
    return out;
  }
}
