import { type Json, bigint, isObject, objects, text, uint32 } from "../otlp/value";
import { getJson } from "./http";

/** Rate, errors and durations of a service's requests: its spans of kind server or consumer, and roots. */
export interface ServiceSummary {
  readonly name: string;
  readonly spanCount: number;
  readonly requests: number;
  readonly errors: number;
  /** ns; undefined without requests. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly series: Series;
}

/** One entry a bucket of time, oldest first. */
export interface Series {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  /** ns; undefined for a bucket without requests. */
  readonly p95: readonly (number | undefined)[];
}

export interface ServiceList {
  /** By name. */
  readonly services: readonly ServiceSummary[];
  /** Start of the first bucket, unix ms. */
  readonly fromMs: number;
  /** Length of a bucket. */
  readonly stepMs: number;
  /** Unix ns; before it there is only what rules of retention keep. Undefined when all is there. */
  readonly cutBefore: bigint | undefined;
}

/** Services that have spans in the stretch of time. */
export async function listServices(
  startNs: bigint,
  endNs: bigint,
  signal: AbortSignal,
): Promise<ServiceList> {
  const answer = await getJson("v1/services", { start: startNs.toString(), end: endNs.toString() }, signal);
  const json: Json = isObject(answer) ? answer : {};
  const services = objects(json["services"]).map(parseService);
  return {
    services: services.sort((a, b) => a.name.localeCompare(b.name, "en")),
    fromMs: Number(bigint(json["from"]) / 1_000_000n),
    stepMs: Math.max(1, Number(bigint(json["stepNs"])) / 1e6),
    cutBefore: typeof json["cutBefore"] === "string" ? bigint(json["cutBefore"]) : undefined,
  };
}

function parseService(json: Json): ServiceSummary {
  const series: Json = isObject(json["series"]) ? json["series"] : {};
  return {
    name: text(json["name"]),
    spanCount: Number(bigint(json["spanCount"])),
    ...parseRates(json),
    series: {
      requests: array(series["requests"]).map(uint32),
      errors: array(series["errors"]).map(uint32),
      p95: array(series["p95Ns"]).map(nanoseconds),
    },
  };
}

function parseRates(json: Json) {
  return {
    requests: uint32(json["requests"]),
    errors: uint32(json["errors"]),
    p50: nanoseconds(json["p50Ns"]),
    p95: nanoseconds(json["p95Ns"]),
    p99: nanoseconds(json["p99Ns"]),
  };
}

function array(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}

function nanoseconds(json: unknown): number | undefined {
  return json === null || json === undefined ? undefined : Number(bigint(json));
}

/** All spans of a service that have the same name and kind. */
export interface Operation {
  readonly name: string;
  readonly kind: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  /** Sum of the durations, ns. */
  readonly total: number;
}

export interface OperationList {
  /** The largest total first. */
  readonly operations: readonly Operation[];
  readonly truncated: boolean;
}

export async function listOperations(
  service: string,
  startNs: bigint,
  endNs: bigint,
  signal: AbortSignal,
): Promise<OperationList> {
  const query = { service, start: startNs.toString(), end: endNs.toString() };
  const answer = await getJson("v1/operations", query, signal);
  const json: Json = isObject(answer) ? answer : {};
  return {
    operations: objects(json["operations"]).map(parseOperation),
    truncated: json["truncated"] === true,
  };
}

function parseOperation(json: Json): Operation {
  return {
    name: text(json["name"]),
    kind: text(json["kind"]),
    ...parseRates(json),
    total: Number(bigint(json["totalNs"])),
  };
}
