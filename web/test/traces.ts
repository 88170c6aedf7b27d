import { type Trace, parseTrace } from "../src/otlp/trace";

/** One span in a test: ids are short hex, times are ns since the start of the trace. */
export interface SpanSpec {
  readonly id: string;
  readonly parent?: string;
  readonly start?: number;
  readonly duration?: number;
  readonly name?: string;
  readonly service?: string;
  readonly error?: boolean;
  /** The enum's number; internal unless told. */
  readonly kind?: number;
  readonly attributes?: readonly unknown[];
}

export const START = 1_795_456_112_957_029_815n;

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

export const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");

const spanId = (id: string) => base64(id.padStart(16, "0"));

/** The answer of `/api/v2/traces/{id}` for these spans. */
export function answerOf(spans: readonly SpanSpec[]) {
  return {
    trace: {
      resourceSpans: spans.map((span) => ({
        resource: { attributes: [{ key: "service.name", value: { stringValue: span.service ?? "shop" } }] },
        scopeSpans: [{ scope: { name: "test" }, spans: [otlpSpan(span)] }],
      })),
    },
  };
}

function otlpSpan(span: SpanSpec) {
  const start = START + BigInt(span.start ?? 0);
  return {
    traceId: base64(TRACE_ID),
    spanId: spanId(span.id),
    ...(span.parent !== undefined && { parentSpanId: spanId(span.parent) }),
    name: span.name ?? span.id,
    kind: span.kind ?? "SPAN_KIND_INTERNAL",
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(span.duration ?? 10)),
    attributes: span.attributes ?? [],
    status: span.error ? { code: "STATUS_CODE_ERROR" } : {},
  };
}

export function traceOf(spans: readonly SpanSpec[]): Trace {
  return parseTrace(answerOf(spans));
}

/** Seeded numbers from 0 to 1, so that a failing case can be made again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** A trace of any size with the depth and width that real ones have. */
export function largeTrace(size: number, seed: number): Trace {
  const next = random(seed);
  const spans: SpanSpec[] = [{ id: "1", start: 0, duration: 1_000_000_000 }];
  for (let i = 2; i <= size; i++) {
    const parent = spans[Math.max(0, spans.length - 1 - Math.floor(next() * 200))] ?? { id: "1" };
    const start = (parent.start ?? 0) + Math.floor(next() * (parent.duration ?? 1));
    spans.push({
      id: i.toString(16),
      parent: parent.id,
      start,
      duration: Math.floor(next() * ((parent.duration ?? 1) / 2)) + 1,
      service: `service-${i % 12}`,
      error: i % 500 === 0,
      attributes: [{ key: "step", value: { intValue: String(i) } }],
    });
  }
  return traceOf(spans);
}
