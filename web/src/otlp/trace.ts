import {
  type Attribute,
  type Json,
  base64ToHex,
  bigint,
  isObject,
  objects,
  parseAttributes,
  text,
  uint32,
} from "./value";

/**
 * A trace as the server gives it. What the waterfall needs of every span lies in plain arrays, one
 * entry a span, in the order of the answer; the rest of a span is read from the answer when somebody
 * looks at it, so that 100,000 spans cost no 100,000 detail objects.
 */
export interface Trace {
  readonly traceId: string;
  readonly size: number;
  /** Earliest start, unix ns. Spans that carry no time at all do not count. */
  readonly startNs: bigint;
  /** From the earliest start to the latest end, in ns. */
  readonly durationNs: number;
  /** ns since `startNs`. Exact below 104 days. */
  readonly start: Float64Array;
  /** ns, never negative. */
  readonly duration: Float64Array;
  readonly spanId: readonly string[];
  /** Empty when the span says it has no parent. */
  readonly parentId: readonly string[];
  readonly name: readonly string[];
  readonly services: readonly string[];
  /** Index into `services`. */
  readonly service: Int32Array;
  readonly kind: Int32Array;
  readonly error: Uint8Array;
  readonly errorCount: number;
  /** The server had more than it gave. */
  readonly partial: boolean;
  readonly partialReason: string;
  readonly raw: readonly RawSpan[];
}

interface RawSpan {
  readonly span: Json;
  readonly scopeSpans: Json;
  readonly resourceSpans: Json;
  /** The resource's `app.host.ip` is the agent's addition. */
  readonly hostIpAdded: boolean;
}

export interface SpanEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
}

export interface SpanDetails {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly kind: string;
  readonly status: { readonly code: string; readonly message: string };
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinks: number;
  readonly resource: {
    readonly attributes: readonly Attribute[];
    readonly droppedAttributes: number;
    readonly schemaUrl: string;
    /** `app.host.ip` is the agent's addition, not the sender's word. */
    readonly hostIpAdded: boolean;
  };
  readonly scope: {
    readonly name: string;
    readonly version: string;
    readonly attributes: readonly Attribute[];
    readonly droppedAttributes: number;
    readonly schemaUrl: string;
  };
}

/** In the order of the enum's numbers. */
const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const;

/** Numbers of the kinds that ask another process. */
export const CLIENT = KINDS.indexOf("CLIENT");
export const PRODUCER = KINDS.indexOf("PRODUCER");

const STATUS_CODES = ["UNSET", "OK", "ERROR"] as const;
const ERROR = 2;

/** Numbers and names are both legal in JSON; an unknown name counts as 0, an unknown number stays. */
function enumNumber(json: unknown, prefix: string, names: readonly string[]): number {
  if (typeof json === "string" && json.startsWith(prefix)) {
    return Math.max(0, names.indexOf(json.slice(prefix.length)));
  }
  return uint32(json);
}

function enumName(json: unknown, prefix: string, names: readonly string[]): string {
  if (typeof json === "string" && json.startsWith(prefix)) {
    return json.slice(prefix.length);
  }
  const number = uint32(json);
  return names[number] ?? String(number);
}

/**
 * An id in hex. Tempo writes ids as base64 (24 or 12 characters), OTLP/JSON as hex (32 or 16); the
 * lengths tell them apart. An id of zeros is no id.
 */
export function parseId(json: unknown): string {
  const id = text(json);
  const isHex = (id.length === 32 || id.length === 16) && /^[0-9a-f]+$/i.test(id);
  const digits = isHex ? id.toLowerCase() : base64ToHex(id);
  return /^0*$/.test(digits) ? "" : digits;
}

export class MalformedTraceError extends Error {
  override readonly name = "MalformedTraceError";
}

/**
 * Reads an answer of `/api/v2/traces/{id}` (`{"trace": …}`), of `/api/traces/{id}`, or plain OTLP/JSON.
 *
 * @throws MalformedTraceError when there is no list of resource spans under any of the known names
 */
export function parseTrace(answer: unknown): Trace {
  const { spans, partial, partialReason } = unwrap(answer);
  const size = spans.length;
  const times = readTimes(spans);
  const serviceOf = serviceNames(spans);
  const kind = new Int32Array(size);
  const error = new Uint8Array(size);
  const spanId: string[] = [];
  const parentId: string[] = [];
  const name: string[] = [];
  for (const [i, { span }] of spans.entries()) {
    spanId.push(parseId(span["spanId"]));
    parentId.push(parseId(span["parentSpanId"]));
    name.push(text(span["name"]));
    kind[i] = enumNumber(span["kind"], "SPAN_KIND_", KINDS);
    error[i] = isError(span) ? 1 : 0;
  }
  return {
    traceId: parseId(spans[0]?.span["traceId"]),
    size,
    ...times,
    spanId,
    parentId,
    name,
    ...serviceOf,
    kind,
    error,
    errorCount: error.reduce((sum, flag) => sum + flag, 0),
    partial,
    partialReason,
    raw: spans,
  };
}

function unwrap(answer: unknown) {
  const outer: Json = isObject(answer) ? answer : {};
  const trace = isObject(outer["trace"]) ? outer["trace"] : outer;
  const list = trace["resourceSpans"] ?? trace["batches"];
  if (!Array.isArray(list) && outer["trace"] === undefined) {
    throw new MalformedTraceError("The answer has neither resourceSpans nor batches.");
  }
  // Positions in the list. OTLP has no place for it, so it stands beside the trace.
  const added = new Set(Array.isArray(outer["appHostIpAdded"]) ? outer["appHostIpAdded"] : []);
  const spans = (Array.isArray(list) ? list : []).flatMap((resourceSpans, position) =>
    isObject(resourceSpans) ? spansOf(resourceSpans, added.has(position)) : [],
  );
  return {
    spans,
    partial: outer["status"] === "PARTIAL" || outer["status"] === 1,
    partialReason: text(outer["message"]),
  };
}

function spansOf(resourceSpans: Json, hostIpAdded: boolean): readonly RawSpan[] {
  return objects(resourceSpans["scopeSpans"]).flatMap((scopeSpans) =>
    objects(scopeSpans["spans"]).map((span) => ({ span, scopeSpans, resourceSpans, hostIpAdded })),
  );
}

function isError(span: Json): boolean {
  const status = span["status"];
  return isObject(status) && enumNumber(status["code"], "STATUS_CODE_", STATUS_CODES) === ERROR;
}

function readTimes(spans: readonly RawSpan[]) {
  const starts = spans.map(({ span }) => bigint(span["startTimeUnixNano"]));
  const known = starts.filter((ns) => ns > 0n);
  const startNs = known.reduce((least, ns) => (ns < least ? ns : least), known[0] ?? 0n);
  const start = new Float64Array(spans.length);
  const duration = new Float64Array(spans.length);
  let durationNs = 0;
  for (const [i, { span }] of spans.entries()) {
    const begin = starts[i] ?? 0n;
    // A span without a start sits at the trace's start: from 1970 it would squeeze all others.
    start[i] = begin > 0n ? Number(begin - startNs) : 0;
    duration[i] = Math.max(0, begin > 0n ? Number(bigint(span["endTimeUnixNano"]) - begin) : 0);
    durationNs = Math.max(durationNs, (start[i] ?? 0) + (duration[i] ?? 0));
  }
  return { startNs, durationNs, start, duration };
}

function serviceNames(spans: readonly RawSpan[]) {
  const services: string[] = [];
  const indexes = new Map<string, number>();
  const byResource = new Map<Json, number>();
  const service = new Int32Array(spans.length);
  for (const [i, { resourceSpans }] of spans.entries()) {
    let index = byResource.get(resourceSpans);
    if (index === undefined) {
      const name = serviceName(resourceSpans);
      index = indexes.get(name) ?? services.push(name) - 1;
      indexes.set(name, index);
      byResource.set(resourceSpans, index);
    }
    service[i] = index;
  }
  return { services, service };
}

function serviceName(resourceSpans: Json): string {
  const resource = resourceSpans["resource"];
  const entries = isObject(resource) ? objects(resource["attributes"]) : [];
  const value = entries.find((entry) => entry["key"] === "service.name")?.["value"];
  return isObject(value) ? text(value["stringValue"]) : "";
}

const NO_SPAN: RawSpan = { span: {}, scopeSpans: {}, resourceSpans: {}, hostIpAdded: false };

/** Everything of one span. `index` counts in the order of the answer. */
export function spanDetails(trace: Trace, index: number): SpanDetails {
  const { span, scopeSpans, resourceSpans, hostIpAdded } = trace.raw[index] ?? NO_SPAN;
  const status: Json = isObject(span["status"]) ? span["status"] : {};
  return {
    startNs: bigint(span["startTimeUnixNano"]),
    endNs: bigint(span["endTimeUnixNano"]),
    kind: enumName(span["kind"], "SPAN_KIND_", KINDS),
    status: {
      code: enumName(status["code"], "STATUS_CODE_", STATUS_CODES),
      message: text(status["message"]),
    },
    traceState: text(span["traceState"]),
    flags: uint32(span["flags"]),
    ...attributesOf(span),
    events: objects(span["events"]).map(parseEvent),
    droppedEvents: uint32(span["droppedEventsCount"]),
    links: objects(span["links"]).map(parseLink),
    droppedLinks: uint32(span["droppedLinksCount"]),
    resource: { ...parseResource(resourceSpans), hostIpAdded },
    scope: parseScope(scopeSpans),
  };
}

/** Offsets of a span's events in ns since the trace's start, for the marks on its bar. */
export function eventOffsets(trace: Trace, index: number): readonly number[] {
  const events = objects(trace.raw[index]?.span["events"]);
  return events.map((event) => Number(bigint(event["timeUnixNano"]) - trace.startNs));
}

function attributesOf(json: Json) {
  return {
    attributes: parseAttributes(json["attributes"]),
    droppedAttributes: uint32(json["droppedAttributesCount"]),
  };
}

function parseEvent(json: Json): SpanEvent {
  return { timeNs: bigint(json["timeUnixNano"]), name: text(json["name"]), ...attributesOf(json) };
}

function parseLink(json: Json): SpanLink {
  return {
    traceId: parseId(json["traceId"]),
    spanId: parseId(json["spanId"]),
    traceState: text(json["traceState"]),
    flags: uint32(json["flags"]),
    ...attributesOf(json),
  };
}

function parseResource(resourceSpans: Json): Omit<SpanDetails["resource"], "hostIpAdded"> {
  const resource: Json = isObject(resourceSpans["resource"]) ? resourceSpans["resource"] : {};
  return {
    ...attributesOf(resource),
    schemaUrl: text(resourceSpans["schemaUrl"]),
  };
}

function parseScope(scopeSpans: Json): SpanDetails["scope"] {
  const scope: Json = isObject(scopeSpans["scope"]) ? scopeSpans["scope"] : {};
  return {
    name: text(scope["name"]),
    version: text(scope["version"]),
    ...attributesOf(scope),
    schemaUrl: text(scopeSpans["schemaUrl"]),
  };
}
