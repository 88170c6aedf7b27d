import type { Trace } from "../otlp/trace";
import { type Json, isObject, objects, parseValue, text, valueText } from "../otlp/value";

export interface Matches {
  /** 1 for each span that matches. */
  readonly flags: Uint8Array;
  readonly count: number;
}

/**
 * Spans in which the words occur, whatever the case: in the name, service, ids, status message, attributes
 * (key, value, or `key=value`), events and scope. All words must occur, each anywhere.
 */
export function findSpans(trace: Trace, query: string): Matches | undefined {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) {
    return undefined;
  }
  const flags = new Uint8Array(trace.size);
  const shared = new Map<Json, string>();
  let count = 0;
  for (let i = 0; i < trace.size; i++) {
    const haystack = spanText(trace, i, shared);
    if (words.every((word) => haystack.includes(word))) {
      flags[i] = 1;
      count++;
    }
  }
  return { flags, count };
}

/** Separates fields, so that no match runs across two of them. */
const GAP = "\n";

function spanText(trace: Trace, i: number, shared: Map<Json, string>): string {
  const raw = trace.raw[i];
  const span: Json = raw?.span ?? {};
  const status = span["status"];
  const own = [
    trace.name[i] ?? "",
    trace.spanId[i] ?? "",
    isObject(status) ? text(status["message"]) : "",
    attributesText(span),
    ...objects(span["events"]).map((event) => text(event["name"]) + GAP + attributesText(event)),
  ].join(GAP);
  return (
    own.toLowerCase() +
    GAP +
    sharedText(raw?.resourceSpans, "resource", shared) +
    GAP +
    sharedText(raw?.scopeSpans, "scope", shared)
  );
}

/** Resources and scopes are shared by many spans, so their text is made once. */
function sharedText(holder: Json | undefined, key: "resource" | "scope", shared: Map<Json, string>): string {
  const part = holder?.[key];
  if (!isObject(part)) {
    return "";
  }
  let found = shared.get(part);
  if (found === undefined) {
    found = (text(part["name"]) + GAP + attributesText(part)).toLowerCase();
    shared.set(part, found);
  }
  return found;
}

function attributesText(holder: Json): string {
  return objects(holder["attributes"])
    .map((entry) => `${text(entry["key"])}=${valueText(parseValue(entry["value"]))}`)
    .join(GAP);
}

/**
 * The next row that matches after `row`, going round at the end.
 *
 * @param step 1 forwards, -1 backwards
 */
export function nextMatch(
  spanAt: Int32Array,
  flags: Uint8Array,
  row: number,
  step: 1 | -1,
): number | undefined {
  const size = spanAt.length;
  for (let i = 1; i <= size; i++) {
    const candidate = (((row + step * i) % size) + size) % size;
    if (flags[spanAt[candidate] ?? 0] === 1) {
      return candidate;
    }
  }
  return undefined;
}
