// Makes traces of an imaginary shop in the JSON of `/api/v2/traces/{id}`. Equal seeds make equal traces.

/** mulberry32 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const SERVICES = {
  "web-frontend": { language: "nodejs", scope: "@opentelemetry/instrumentation-http", version: "0.204.0" },
  "api-gateway": { language: "java", scope: "io.opentelemetry.tomcat-10.0", version: "2.33.1" },
  checkout: { language: "java", scope: "io.opentelemetry.spring-webmvc-6.0", version: "2.33.1" },
  cart: { language: "dotnet", scope: "OpenTelemetry.Instrumentation.AspNetCore", version: "1.12.0" },
  catalog: {
    language: "go",
    scope: "go.opentelemetry.io/contrib/instrumentation/net/http",
    version: "0.61.0",
  },
  payment: { language: "python", scope: "opentelemetry.instrumentation.flask", version: "0.57b0" },
  inventory: { language: "java", scope: "io.opentelemetry.jdbc", version: "2.33.1" },
  recommendation: { language: "python", scope: "opentelemetry.instrumentation.grpc", version: "0.57b0" },
  shipping: { language: "rust", scope: "tracing-opentelemetry", version: "0.31.0" },
  notification: { language: "nodejs", scope: "@opentelemetry/instrumentation-kafkajs", version: "0.13.0" },
  订单服务: { language: "java", scope: "io.opentelemetry.dubbo-2.7", version: "2.33.1" },
};

const base64 = (hex) => Buffer.from(hex, "hex").toString("base64");
const string = (key, value) => ({ key, value: { stringValue: value } });
const int = (key, value) => ({ key, value: { intValue: String(value) } });

/** Collects spans with hex ids and ns offsets. */
class Builder {
  constructor(seed, startNs) {
    this.next = random(seed);
    this.startNs = startNs;
    this.traceId = this.id(16);
    this.spans = [];
    /** Traces that its spans have links to. */
    this.linked = [];
  }

  id(bytes) {
    return Array.from({ length: bytes }, () =>
      Math.floor(this.next() * 256)
        .toString(16)
        .padStart(2, "0"),
    ).join("");
  }

  span(service, name, kind, parent, start, duration, extra = {}) {
    const span = {
      service,
      name,
      kind,
      parent: parent?.id ?? "",
      id: this.id(8),
      start: Math.round(start),
      duration: Math.round(duration),
      ...extra,
    };
    this.spans.push(span);
    return span;
  }

  between(least, most) {
    return least + this.next() * (most - least);
  }
}

const FAILURE = {
  status: { code: "STATUS_CODE_ERROR", message: "payment provider refused the card: 402" },
};

/**
 * One visit to the shop, 5 to 60 spans. Three faults are planted, each to be found by an attribute: payments by one
 * provider are refused, orders shipped to one region are slow, and gold customers' prices are asked line by line.
 */
export function shopTrace(seed, startNs) {
  const b = new Builder(seed, startNs);
  const flows = [checkoutFlow, browseFlow, browseFlow, searchFlow, orderFlow];
  flows[Math.floor(b.next() * flows.length)](b);
  return b;
}

const ms = (n) => n * 1e6;

const pick = (b, values) => values[Math.floor(b.next() * values.length)];

function checkoutFlow(b) {
  const provider = pick(b, ["adyen", "adyen", "stripe", "stripe", "northpay"]);
  const failing = provider === "northpay" ? b.next() < 0.9 : b.next() < 0.02;
  const region = pick(b, ["eu-west", "eu-west", "us-east", "us-east", "ap-south"]);
  const tier = pick(b, ["basic", "basic", "basic", "silver", "gold"]);
  const slow = region === "ap-south" ? 4 : 1;
  const total = ms(b.between(180, 420)) * slow;
  const root = b.span("web-frontend", "POST /checkout", 2, undefined, 0, total, {
    attributes: [
      string("http.request.method", "POST"),
      string("url.path", "/checkout"),
      int("http.response.status_code", failing ? 502 : 200),
      string("client.address", "203.0.113.24"),
    ],
    ...(failing && { status: { code: "STATUS_CODE_ERROR" } }),
  });
  const gateway = b.span("api-gateway", "POST /api/v1/orders", 2, root, total * 0.04, total * 0.92);
  const checkout = b.span("checkout", "CheckoutController.place", 2, gateway, total * 0.07, total * 0.86, {
    attributes: [string("customer.tier", tier), string("shipping.region", region), ...everyType(b)],
    flags: 0x101,
  });
  b.span("checkout", "validate", 1, checkout, total * 0.08, total * 0.05);
  const cart = b.span("cart", "GET /cart/{id}", 2, checkout, total * 0.14, total * 0.12);
  b.span("cart", "HGETALL", 3, cart, total * 0.16, total * 0.06, {
    attributes: [string("db.system.name", "redis"), string("db.query.text", "HGETALL cart:8123")],
  });
  const stock = b.span("inventory", "Inventory/Reserve", 2, checkout, total * 0.28, total * 0.24, {
    attributes: [string("rpc.system", "grpc"), int("rpc.grpc.status_code", 0)],
  });
  const lines = tier === "gold" ? 31 : 1;
  for (let i = 0; i < lines; i++) {
    b.span(
      "inventory",
      "SELECT stock.items",
      3,
      stock,
      total * (0.29 + (0.2 / lines) * i),
      (total * 0.17) / lines,
      {
        attributes: [
          string("db.system.name", "postgresql"),
          string("db.query.text", "SELECT count FROM items WHERE sku = $1"),
          string("db.namespace", "stock"),
          string("server.address", "postgres-0.postgres.shop.svc"),
          int("server.port", 5432),
        ],
      },
    );
  }
  const pay = b.span("payment", "POST /charge", 2, checkout, total * 0.54, total * 0.3, {
    attributes: [string("payment.provider", provider), string("payment.currency", pick(b, ["EUR", "USD"]))],
    ...(failing && FAILURE),
  });
  b.span("payment", "POST https://psp.example.com/v2/charges", 3, pay, total * 0.56, total * 0.26, {
    attributes: [
      string("url.full", "https://psp.example.com/v2/charges"),
      string("http.request.method", "POST"),
      int("http.response.status_code", failing ? 402 : 201),
      int("http.request.resend_count", 1),
    ],
    events: [
      { offset: 0.1, name: "retry", attributes: [int("attempt", 1)] },
      ...(failing ? [exception()] : []),
    ],
    ...(failing && FAILURE),
  });
  if (!failing) {
    const publish = b.span("checkout", "orders publish", 4, checkout, total * 0.86, total * 0.03, {
      attributes: [string("messaging.system", "kafka"), string("messaging.destination.name", "orders")],
    });
    const other = shopTrace(Math.floor(b.next() * 1e9), b.startNs - 3_000_000_000n);
    b.span("notification", "orders process", 5, publish, total * 0.97, total * 0.4, {
      links: [
        { traceId: other.traceId, spanId: other.spans[0].id, attributes: [string("link.reason", "batch")] },
        { traceId: b.traceId, spanId: publish.id, attributes: [] },
      ],
    });
    b.linked.push(other);
    b.span("shipping", "plan route", 1, publish, total * 1.05, total * 0.22);
  }
}

function browseFlow(b) {
  const total = ms(b.between(12, 90));
  const root = b.span("web-frontend", "GET /product/{id}", 2, undefined, 0, total);
  const gateway = b.span("api-gateway", "GET /api/v1/products/{id}", 2, root, total * 0.06, total * 0.88);
  const catalog = b.span("catalog", "GET /products/{id}", 2, gateway, total * 0.1, total * 0.4);
  b.span("catalog", "SELECT catalog.products", 3, catalog, total * 0.14, total * 0.3, {
    attributes: [
      string("db.system.name", "mysql"),
      string("db.query.text", "SELECT * FROM products WHERE id = ?"),
    ],
  });
  const recommend = b.span("recommendation", "Recommend/ForProduct", 2, gateway, total * 0.12, total * 0.75);
  b.span("recommendation", "model.predict", 1, recommend, total * 0.2, total * 0.55);
}

function searchFlow(b) {
  const total = ms(b.between(3, 30));
  const root = b.span("api-gateway", "GET /api/v1/search", 2, undefined, 0, total);
  for (let shard = 0; shard < 4; shard++) {
    b.span(
      "catalog",
      `search shard-${shard}`,
      3,
      root,
      total * b.between(0.05, 0.2),
      total * b.between(0.2, 0.7),
    );
  }
}

function orderFlow(b) {
  const total = ms(b.between(600, 5_000));
  const root = b.span("订单服务", "下单 com.shop.OrderService/create", 2, undefined, 0, total);
  b.span("订单服务", "INSERT orders", 3, root, total * 0.1, total * 0.2);
  const stock = b.span("inventory", "Inventory/Reserve", 2, root, total * 0.35, total * 0.5);
  b.span("inventory", "UPDATE stock.items", 3, stock, total * 0.4, total * 0.4);
  b.span("shipping", "quote", 1, { id: b.id(8) }, total * 0.5, total * 0.2);
}

function exception() {
  return {
    offset: 0.9,
    name: "exception",
    attributes: [
      string("exception.type", "psp.errors.CardRefused"),
      string("exception.message", "402 Payment Required"),
      string(
        "exception.stacktrace",
        'Traceback (most recent call last):\n  File "/app/payment/charge.py", line 88, in charge\n    response.raise_for_status()\n  File "/app/payment/http.py", line 31, in raise_for_status\n    raise CardRefused(self.status)\npsp.errors.CardRefused: 402 Payment Required',
      ),
    ],
  };
}

/** All types that OTLP knows, and some text that would like to be more than text. */
function everyType(b) {
  return [
    string("http.request.method", "POST"),
    string("url.full", "https://shop.example.com/checkout?step=3&lang=zh"),
    int("order.lines", Math.floor(b.between(1, 30))),
    int("order.sequence", 9007199254740993n),
    { key: "order.total", value: { doubleValue: 1249 } },
    { key: "order.discount", value: { doubleValue: 0.125 } },
    { key: "customer.returning", value: { boolValue: true } },
    {
      key: "order.signature",
      value: { bytesValue: Buffer.from("3045022100d1fe", "hex").toString("base64") },
    },
    {
      key: "order.skus",
      value: {
        arrayValue: { values: [{ stringValue: "SKU-881" }, { stringValue: "SKU-12" }, { intValue: "7" }] },
      },
    },
    {
      key: "order.address",
      value: {
        kvlistValue: {
          values: [
            string("city", "杭州"),
            string("country", "CN"),
            {
              key: "geo",
              value: {
                kvlistValue: {
                  values: [
                    { key: "lat", value: { doubleValue: 30.274 } },
                    { key: "lon", value: { doubleValue: 120.155 } },
                  ],
                },
              },
            },
          ],
        },
      },
    },
    { key: "order.note", value: {} },
    string("order.coupon", ""),
    string("user.comment", "<img src=x onerror=alert(1)> javascript:alert(1)"),
    string("log.excerpt", "A rather long value. ".repeat(40)),
  ];
}

/** A trace of one service and `size` spans: for speed. */
export function largeTrace(size, startNs) {
  const b = new Builder(size, startNs);
  const names = Object.keys(SERVICES);
  const total = ms(8_000);
  const open = [b.span("api-gateway", `batch of ${size}`, 2, undefined, 0, total)];
  while (b.spans.length < size) {
    const parent = open[Math.floor(b.next() * open.length)];
    const start = parent.start + b.next() * parent.duration * 0.8;
    const duration = Math.max(1_000, (parent.start + parent.duration - start) * b.next() * 0.7);
    const service = b.next() < 0.7 ? parent.service : names[Math.floor(b.next() * names.length)];
    const failed = b.next() < 0.002;
    const span = b.span(
      service,
      `step ${b.spans.length % 37}`,
      1 + Math.floor(b.next() * 3),
      parent,
      start,
      duration,
      {
        attributes: [int("step", b.spans.length), string("code.function.name", "com.shop.Batch.step")],
        ...(failed && { status: { code: 2, message: "planted" } }),
      },
    );
    if (open.length < 400) {
      open.push(span);
    } else {
      open[1 + Math.floor(b.next() * 399)] = span;
    }
  }
  return b;
}

/** What no healthy SDK sends: orphans, a cycle, repeated ids, no times, no names, unknown numbers. */
export function oddTrace(startNs) {
  const b = new Builder(7, startNs);
  const root = b.span("checkout", "root", 2, undefined, 0, ms(40));
  b.span("cart", "lost its parent", 1, { id: "00000000000000aa" }, ms(5), ms(9));
  const first = b.span("payment", "cycle a", 1, undefined, ms(10), ms(12));
  const second = b.span("payment", "cycle b", 1, first, ms(12), ms(8));
  first.parent = second.id;
  b.span("catalog", "twin", 1, root, ms(3), ms(5)).id = "1111111111111111";
  b.span("catalog", "twin", 3, root, ms(9), ms(5)).id = "1111111111111111";
  b.span("", "", 9, root, ms(20), -ms(5));
  b.span("inventory", "zero", 0, root, ms(21), 0);
  b.span("shipping", "outlives its parent", 5, root, ms(30), ms(35), {
    traceState: "vendor=a1b2,other=1",
    status: { code: "STATUS_CODE_OK" },
    droppedAttributesCount: 3,
    droppedEventsCount: 2,
    droppedLinksCount: 1,
    attributes: [string("repeated", "1"), string("repeated", "2"), string("\u202Eevil", "\u202Etxt.exe")],
  });
  return b;
}

/** Attributes of a service's resource. */
export function resourceAttributes(service) {
  const { language } = SERVICES[service] ?? { language: "cpp" };
  return [
    ...(service === "" ? [] : [string("service.name", service)]),
    string("service.namespace", "shop"),
    string("service.instance.id", `${service}-7d9f8-x2x4v`),
    string("telemetry.sdk.language", language),
    string("telemetry.sdk.version", "1.54.0"),
    string("k8s.pod.name", `${service}-7d9f8-x2x4v`),
    string("k8s.namespace.name", "shop"),
    int("process.pid", 1),
    string("app.host.ip", "10.42.1.17"),
  ];
}

/** The answer of `/api/v2/traces/{id}`. */
export function otlpJson(b) {
  const byService = Map.groupBy ? Map.groupBy(b.spans, (span) => span.service) : groupBy(b.spans);
  const batches = [...byService].map(([service, spans]) => resourceSpans(b, service, spans));
  return { trace: { resourceSpans: batches }, metrics: {}, appHostIpAdded: [0, 1] };
}

function groupBy(spans) {
  const groups = new Map();
  for (const span of spans) {
    groups.set(span.service, [...(groups.get(span.service) ?? []), span]);
  }
  return groups;
}

function resourceSpans(b, service, spans) {
  const { scope, version } = SERVICES[service] ?? { scope: "manual", version: "" };
  return {
    resource: {
      attributes: resourceAttributes(service),
    },
    schemaUrl: "https://opentelemetry.io/schemas/1.37.0",
    scopeSpans: [{ scope: { name: scope, version }, spans: spans.map((span) => otlpSpan(b, span)) }],
  };
}

function otlpSpan(b, span) {
  const at = (ns) => String(b.startNs + BigInt(Math.round(ns)) + 789n);
  const { service: _service, parent, id, start, duration, events = [], links = [], ...rest } = span;
  return {
    ...rest,
    traceId: base64(b.traceId),
    spanId: base64(id),
    ...(parent !== "" && { parentSpanId: base64(parent) }),
    kind:
      [
        "SPAN_KIND_UNSPECIFIED",
        "SPAN_KIND_INTERNAL",
        "SPAN_KIND_SERVER",
        "SPAN_KIND_CLIENT",
        "SPAN_KIND_PRODUCER",
        "SPAN_KIND_CONSUMER",
      ][span.kind] ?? span.kind,
    startTimeUnixNano: at(start),
    endTimeUnixNano: at(start + duration),
    events: events.map((event) => ({
      timeUnixNano: at(start + duration * event.offset),
      name: event.name,
      attributes: event.attributes,
    })),
    links: links.map(({ traceId, spanId, attributes }) => ({
      traceId: base64(traceId),
      spanId: base64(spanId),
      attributes,
    })),
  };
}

/** The answer of `/v1/traces` for one trace. */
export function summary(b) {
  const start = Math.min(...b.spans.map((span) => span.start));
  const end = b.spans.reduce((latest, span) => Math.max(latest, span.start + span.duration), 0);
  const root = b.spans.find((span) => span.parent === "");
  return {
    traceId: b.traceId,
    start: String(b.startNs + BigInt(start) + 789n),
    durationNs: String(end - start),
    rootService: root?.service ?? "",
    rootName: root?.name ?? "",
    spanCount: b.spans.length,
    errorCount: b.spans.filter((span) => span.status?.code === "STATUS_CODE_ERROR" || span.status?.code === 2)
      .length,
    services: [...new Set(b.spans.map((span) => span.service))],
  };
}
