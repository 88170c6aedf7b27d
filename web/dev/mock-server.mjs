// A server without a store, for work on the UI: the HTTP API of deepflow-server with made-up traces, and the
// built UI under the same content security policy. Not shipped.
//
//   node dev/mock-server.mjs [--port 20416] [--empty] [--traces 2000] [--delay MS]
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { largeTrace, oddTrace, otlpJson, shopTrace, summary } from "./traces.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "20416" },
    empty: { type: "boolean", default: false },
    traces: { type: "string", default: "2000" },
    delay: { type: "string", default: "0" },
  },
});

const site = new URL("../target/classes/deepflow/web/", import.meta.url).pathname;
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "font-src", "connect-src", "base-uri"].map(
    (directive) => `${directive} 'self'`,
  ),
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A new trace every so often, backwards from now: trace n always has the same content and time. */
const EVERY_NS = 1_700_000_000n;
const newest = () => (BigInt(Date.now()) * 1_000_000n) / EVERY_NS;
const oldest = newest() - BigInt(options.traces);

function traceAt(n) {
  const jitter = (n * 7919n) % 1_500_000_000n;
  return shopTrace(Number(n % 1_000_000_007n), n * EVERY_NS + jitter);
}

const specialAt = newest() * EVERY_NS - 90_000_000_000n;
const specials = options.empty
  ? []
  : [
      oddTrace(specialAt),
      largeTrace(10_000, specialAt - 40_000_000_000n),
      largeTrace(100_000, specialAt - 80_000_000_000n),
    ];
const known = new Map(specials.map((built) => [built.traceId, built]));

function list(query) {
  const start = BigInt(query.get("start") ?? 0);
  const end = BigInt(query.get("end") ?? newest() * EVERY_NS);
  const limit = Number(query.get("limit") ?? 100);
  const found = specials.filter((built) => built.startNs >= start && built.startNs < end).map(summary);
  for (let n = newest(); !options.empty && n > oldest && found.length < limit * 3 + 10; n--) {
    const built = traceAt(n);
    known.set(built.traceId, built);
    if (built.startNs >= start && built.startNs < end) {
      found.push(summary(built));
    }
  }
  const service = query.get("service");
  const matching = found
    .filter(
      (trace) =>
        (service ? trace.services.includes(service) : true) &&
        (query.get("errors") === "true" ? trace.errorCount > 0 : true),
    )
    .sort((a, b) => (BigInt(a.start) < BigInt(b.start) ? 1 : -1));
  return { traces: matching.slice(0, limit), truncated: matching.length > limit };
}

function services(query) {
  const counts = new Map();
  for (const trace of list(new URLSearchParams({ ...Object.fromEntries(query), limit: "500" })).traces) {
    for (const name of trace.services) {
      counts.set(name, (counts.get(name) ?? 0) + trace.spanCount);
    }
  }
  return { services: [...counts].map(([name, spanCount]) => ({ name, spanCount })) };
}

const agents = {
  agents: [
    {
      identity: "3f2a",
      host: "node-a",
      version: "0.1.0",
      otlp: ["http://127.0.0.1:4318", "http://127.0.0.1:38086"],
      connected: true,
      committedBatch: 812,
      lastSeen: "0",
    },
    {
      identity: "77c1",
      host: "node-b",
      version: "0.1.0",
      otlp: ["http://10.42.1.17:4318", "http://10.42.1.17:38086"],
      connected: false,
      committedBatch: 12,
      lastSeen: "0",
    },
  ],
};

function answer(path, query) {
  if (path === "/v1/traces") {
    return list(query);
  }
  if (path === "/v1/services") {
    return services(query);
  }
  if (path === "/v1/agents") {
    return agents;
  }
  const traceId = /^\/api\/v2\/traces\/([0-9a-f]{1,32})$/.exec(path)?.[1];
  const built = traceId && known.get(traceId.padStart(32, "0"));
  return built ? otlpJson(built) : undefined;
}

function serveFile(path, response) {
  const file = join(site, normalize(path));
  const found = existsSync(file) && extname(file) !== "" ? file : join(site, "index.html");
  response.writeHead(200, {
    "Content-Type": TYPES[extname(found)] ?? "application/octet-stream",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
  });
  response.end(readFileSync(found));
}

createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (!url.pathname.startsWith("/v1/") && !url.pathname.startsWith("/api/")) {
    serveFile(url.pathname, response);
    return;
  }
  setTimeout(() => {
    const body = answer(url.pathname, url.searchParams);
    response.writeHead(body ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body ?? { error: "trace not found", hint: "" }));
  }, Number(options.delay));
}).listen(Number(options.port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${options.port}`);
  for (const built of specials) {
    console.log(`http://127.0.0.1:${options.port}/trace/${built.traceId}  ${built.spans.length} spans`);
  }
});
