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
}

export interface TraceList {
  /** Newest first. */
  readonly traces: readonly TraceSummary[];
  readonly truncated: boolean;
  /** What the answer took, ms. */
  readonly tookMs: number;
}

export interface TraceFilter {
  /** Unix ns; both or neither. */
  readonly startNs?: bigint | undefined;
  readonly endNs?: bigint | undefined;
  readonly service?: string | undefined;
  readonly errors?: boolean | undefined;
  readonly limit?: number | undefined;
}

export async function listTraces(filter: TraceFilter, signal: AbortSignal): Promise<TraceList> {
  const begin = performance.now();
  const answer = await getJson(
    "v1/traces",
    {
      start: filter.startNs?.toString(),
      end: filter.endNs?.toString(),
      service: filter.service,
      errors: filter.errors ? "true" : undefined,
      limit: filter.limit?.toString(),
    },
    signal,
  );
  const list: Json = isObject(answer) ? answer : {};
  return {
    traces: objects(list["traces"]).map(parseSummary),
    truncated: list["truncated"] === true,
    tookMs: performance.now() - begin,
  };
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
  };
}

function strings(json: unknown): readonly string[] {
  return Array.isArray(json) ? json.filter((entry) => typeof entry === "string") : [];
}

export interface ServiceSummary {
  readonly name: string;
  readonly spanCount: number;
}

/** Services that have spans in the stretch of time, by name. */
export async function listServices(
  startNs: bigint,
  endNs: bigint,
  signal: AbortSignal,
): Promise<readonly ServiceSummary[]> {
  const answer = await getJson("v1/services", { start: startNs.toString(), end: endNs.toString() }, signal);
  const services = objects(isObject(answer) ? answer["services"] : []).map((json) => ({
    name: text(json["name"]),
    spanCount: Number(bigint(json["spanCount"])),
  }));
  return services.sort((a, b) => a.name.localeCompare(b.name, "en"));
}

export interface Agent {
  readonly identity: string;
  readonly host: string;
  readonly version: string;
  /** Addresses on which it takes OTLP, such as `http://127.0.0.1:4318`. */
  readonly otlp: readonly string[];
  readonly connected: boolean;
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
  }));
}

export async function readTrace(traceId: string, signal: AbortSignal): Promise<Trace> {
  return parseTrace(await getJson(`api/v2/traces/${encodeURIComponent(traceId)}`, {}, signal));
}
