import { type Trace, parseTrace } from "../otlp/trace";
import { type Json, bigint, isObject, objects, text, uint32 } from "../otlp/value";
import { getJson } from "./http";

export interface TraceSummary {
  readonly traceId: string;
  /** Unix ns. */
  readonly startNs: bigint;
  readonly durationNs: number;
  /** Empty while the root span has not arrived. */
  readonly rootService: string;
  readonly rootName: string;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
  /** Spans that fulfil the conditions; undefined when there were none. */
  readonly matched: number | undefined;
}

export interface TraceList {
  /** In the order asked for. */
  readonly traces: readonly TraceSummary[];
  /** Cursor of the next page; undefined when this was the last one. */
  readonly next: string | undefined;
  /** What was asked: the next page must ask the same. */
  readonly filter: TraceFilter;
  /** What the answer took, ms. */
  readonly tookMs: number;
}

export interface TraceFilter {
  /** Unix ns; both or neither. */
  readonly startNs?: bigint | undefined;
  readonly endNs?: bigint | undefined;
  readonly service?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  /** A number with a unit. */
  readonly minDuration?: string | undefined;
  readonly maxDuration?: string | undefined;
  /** Each is `key=value`. */
  readonly attribute?: readonly string[] | undefined;
  /** TraceQL */
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly limit?: number | undefined;
}

export async function listTraces(
  filter: TraceFilter,
  signal: AbortSignal,
  cursor?: string,
): Promise<TraceList> {
  const begin = performance.now();
  const answer = await getJson(
    "v1/traces",
    { ...filterWords(filter), limit: filter.limit?.toString(), cursor },
    signal,
  );
  const list: Json = isObject(answer) ? answer : {};
  const next = text(list["next"]);
  return {
    traces: objects(list["traces"]).map(parseSummary),
    next: next === "" ? undefined : next,
    filter,
    tookMs: performance.now() - begin,
  };
}

/** The parameters that `v1/traces` and `v1/differences` share. */
export function filterWords(filter: TraceFilter) {
  const { startNs, endNs, limit: _limit, ...rest } = filter;
  return { start: startNs?.toString(), end: endNs?.toString(), ...rest };
}

function parseSummary(json: Json): TraceSummary {
  return {
    traceId: text(json["traceId"]),
    startNs: bigint(json["start"]),
    durationNs: Number(bigint(json["durationNs"])),
    rootService: text(json["rootService"]),
    rootName: text(json["rootName"]),
    spanCount: uint32(json["spanCount"]),
    errorCount: uint32(json["errorCount"]),
    services: strings(json["services"]),
    matched: json["matched"] === undefined ? undefined : uint32(json["matched"]),
  };
}

export function strings(json: unknown): readonly string[] {
  return Array.isArray(json) ? json.filter((entry) => typeof entry === "string") : [];
}

export interface Agent {
  readonly identity: string;
  readonly host: string;
  readonly version: string;
  /** Addresses on which it takes OTLP, such as `http://127.0.0.1:4318`. */
  readonly otlp: readonly string[];
  /** Whether it can send spans here now. */
  readonly connected: boolean;
  /** What the controller knows; undefined for an agent that doesn't report to it. */
  readonly control?: AgentControl | undefined;
}

export interface AgentControl {
  readonly name: string;
  readonly program: string;
  readonly address: string;
  readonly state: "lost" | "normal" | "disabled";
  readonly group: string;
  readonly config: {
    readonly state: "none" | "applied" | "pending" | "failed";
    readonly revision: string;
    readonly wanted: string;
  };
  /** Spans that the server doesn't have, and how full the queue is. */
  readonly queue: { readonly spans: number; readonly share: number } | undefined;
  readonly exceptions: readonly string[];
  /** When it reported last, or before the server's start was last heard of, Unix ms; undefined when never. */
  readonly reportedMs: number | undefined;
}

function oneOf<T extends string>(known: readonly T[], json: unknown, otherwise: T): T {
  return known.find((value) => value === json) ?? otherwise;
}

function parseControl(json: Json): AgentControl | undefined {
  if (text(json["name"]) === "") {
    return undefined;
  }
  const config = isObject(json["config"]) ? json["config"] : {};
  const queue = isObject(json["queue"]) ? json["queue"] : undefined;
  const reportedMs = Date.parse(text(json["lastReport"]) || text(json["lastSeen"]));
  return {
    name: text(json["name"]),
    program: text(json["program"]),
    address: text(json["address"]),
    state: oneOf(["lost", "normal", "disabled"], json["state"], "lost"),
    group: text(json["group"]),
    config: {
      state: oneOf(["none", "applied", "pending", "failed"], config["state"], "none"),
      revision: text(config["revision"]),
      wanted: text(config["wanted"]),
    },
    queue: queue && {
      spans: Number(queue["spans"]),
      share: Number(queue["bytes"]) / Math.max(1, Number(queue["capacityBytes"])),
    },
    exceptions: strings(json["exceptions"]),
    reportedMs: reportedMs > 0 ? reportedMs : undefined,
  };
}

/** Addresses are pasted into shells, and an agent may say anything: only what can't be more than an address. */
export function isPlainAddress(address: string): boolean {
  return /^https?:\/\/[\w.:[\]-]+(\/[\w./-]*)?$/.test(address);
}

export async function listAgents(signal: AbortSignal): Promise<readonly Agent[]> {
  const answer = await getJson("v1/agents", {}, signal);
  return objects(isObject(answer) ? answer["agents"] : []).map((json) => ({
    identity: text(json["identity"]),
    host: text(json["host"]),
    version: text(json["version"]),
    otlp: strings(json["otlp"]).filter(isPlainAddress),
    connected: json["connected"] === true,
    control: parseControl(json),
  }));
}

export async function readTrace(traceId: string, signal: AbortSignal): Promise<Trace> {
  return parseTrace(await getJson(`api/v2/traces/${encodeURIComponent(traceId)}`, {}, signal));
}
