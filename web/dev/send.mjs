// Sends made-up traces to a real agent as OTLP/JSON, so that the UI can be looked at with a real server behind it.
//
//   node dev/send.mjs [--to http://127.0.0.1:4318] [--traces 50] [--large 10000]
import { parseArgs } from "node:util";
import { largeTrace, oddTrace, otlpJson, shopTrace } from "./traces.mjs";

const { values: options } = parseArgs({
  options: {
    to: { type: "string", default: "http://127.0.0.1:4318" },
    traces: { type: "string", default: "50" },
    large: { type: "string", default: "0" },
  },
});

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const CODES = ["UNSET", "OK", "ERROR"];

const hex = (base64) => Buffer.from(base64, "base64").toString("hex");

/** Tempo's JSON has ids in base64 and enums by name; OTLP/JSON has ids in hex and enums as numbers. */
function strict(key, value) {
  if (/^(traceId|spanId|parentSpanId)$/.test(key)) {
    return hex(value);
  }
  if (typeof value === "string" && value.startsWith("SPAN_KIND_")) {
    return KINDS.indexOf(value.slice("SPAN_KIND_".length));
  }
  return typeof value === "string" && value.startsWith("STATUS_CODE_")
    ? CODES.indexOf(value.slice("STATUS_CODE_".length))
    : value;
}

async function send(built) {
  const { resourceSpans } = otlpJson(built).trace;
  // The agent is to find its own address for these.
  for (const { resource } of resourceSpans) {
    resource.attributes = resource.attributes.filter(({ key }) => key !== "app.host.ip");
  }
  const response = await fetch(`${options.to}/v1/traces`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ resourceSpans }, strict),
  });
  if (!response.ok) {
    throw new Error(`${response.status} ${await response.text()}`);
  }
}

const now = BigInt(Date.now()) * 1_000_000n;
const count = Number(options.traces);
for (let i = 0; i < count; i++) {
  await send(shopTrace(Date.now() + i, now - BigInt(count - i) * 1_300_000_000n));
}
await send(oddTrace(now - 30_000_000_000n));
if (Number(options.large) > 0) {
  await send(largeTrace(Number(options.large), now - 20_000_000_000n));
}
console.log(`sent ${count + 1} traces${Number(options.large) > 0 ? " and a large one" : ""}`);
