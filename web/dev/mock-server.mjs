// A server without a store, for work on the UI: the HTTP API of deepflow-server with made-up traces, and the
// built UI under the same content security policy. Not shipped.
//
//   node dev/mock-server.mjs [--port 20416] [--empty] [--traces 2000] [--delay MS] [--fail]
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import * as search from "./search.mjs";
import { largeTrace, oddTrace, otlpJson, shopTrace } from "./traces.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "20416" },
    empty: { type: "boolean", default: false },
    traces: { type: "string", default: "2000" },
    delay: { type: "string", default: "0" },
    fail: { type: "boolean", default: false },
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

const made = new Map();

function traceAt(n) {
  let built = made.get(n);
  if (!built) {
    built = shopTrace(Number(n % 1_000_000_007n), n * EVERY_NS + ((n * 7919n) % 1_500_000_000n));
    made.set(n, built);
    remember(built);
  }
  return built;
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

/** So that the traces that it links to can be opened, too. */
function remember(built) {
  known.set(built.traceId, built);
  built.linked.forEach(remember);
}

/** Unix ns; everything when the query names no time. */
function rangeOf(query) {
  const unit = (query.get("start") ?? "").length > 12 ? 1n : 1_000_000_000n;
  return {
    start: BigInt(query.get("start") ?? 0) * unit,
    end: query.has("end") ? BigInt(query.get("end")) * unit : newest() * EVERY_NS + EVERY_NS,
  };
}

/** All traces that begin within, newest first. */
function stored({ start, end }) {
  const within = (built) => built.startNs >= start && built.startNs < end;
  const found = specials.filter(within);
  for (let n = newest(); !options.empty && n > oldest && n * EVERY_NS > start - 2n * EVERY_NS; n--) {
    const built = traceAt(n);
    if (within(built)) {
      found.push(built);
    }
  }
  return found;
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
      name: "node-a",
      program: "deepflow-agent",
      address: "10.0.0.7",
      state: "normal",
      group: "default",
      lastReport: new Date().toISOString(),
      config: { state: "applied", revision: "91240a8e1882", wanted: "91240a8e1882", error: "" },
      queue: { bytes: 53687091, capacityBytes: 2147483648, spans: 1200, oldestAgeSeconds: 3 },
      exceptions: [],
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
  const range = rangeOf(query);
  switch (path) {
    case "/v1/traces":
      return search.traces(stored(range), query);
    case "/v1/services":
      return search.services(
        stored(range).filter((built) => built.spans.length < 5_000),
        range.start,
        range.end,
      );
    case "/v1/service-graph":
      return search.graph(stored(range).filter((built) => built.spans.length < 5_000));
    case "/v1/operations":
      return search.operations(stored(range), query.get("service"));
    case "/v1/differences":
      return search.differences(stored(range), query);
    case "/v1/agents":
      return agents;
    case "/api/v2/search/tags":
      return search.tags(stored(range));
  }
  const tag = /^\/api\/v2\/search\/tag\/(.+)\/values$/.exec(path)?.[1];
  if (tag) {
    return search.tagValues(stored(range), decodeURIComponent(tag));
  }
  const linkedId = /^\/v1\/traces\/([0-9a-f]{32})\/linked-from$/.exec(path)?.[1];
  if (linkedId) {
    return search.linkedFrom([...known.values()], linkedId, query);
  }
  const traceId = /^\/api\/v2\/traces\/([0-9a-f]{1,32})$/.exec(path)?.[1];
  const built = traceId && known.get(traceId.padStart(32, "0"));
  return built ? otlpJson(built) : undefined;
}

/** Status and body, as the server says them. */
function respond(path, query) {
  if (options.fail) {
    return [503, { error: "the store is busy", hint: "Try again in a few seconds." }];
  }
  try {
    const body = answer(path, query);
    return body ? [200, body] : [404, { error: "trace not found", hint: "" }];
  } catch (error) {
    if (error instanceof search.Refused) {
      return [400, { error: error.message, hint: error.hint }];
    }
    throw error;
  }
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
    const [status, body] = respond(url.pathname, url.searchParams);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  }, Number(options.delay));
}).listen(Number(options.port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${options.port}`);
  for (const built of specials) {
    console.log(`http://127.0.0.1:${options.port}/trace/${built.traceId}  ${built.spans.length} spans`);
  }
});
