import { queryOptions } from "@tanstack/react-query";
import type { Trace } from "../otlp/trace";
import { ApiError } from "./http";
import { type TraceFilter, listAgents, listServices, listTraces, readTrace } from "./server";

/** A new trace is to be seen within a second of being stored. */
const LIVE_MS = 500;

/** While the server does not answer, it is asked less often. */
const FAILED_MS = 3_000;

const MISSING_MS = 2_000;

/** A question that takes long is asked less often: a page that is left open must not keep the server busy. */
function pause(tookMs = 0): number {
  return Math.max(LIVE_MS, tookMs * 5);
}

/**
 * @param key what makes the list another one; a relative range stays the same while time goes on
 * @param filter made anew at each request
 */
export function tracesQuery(key: object, filter: () => TraceFilter, live: boolean) {
  return queryOptions({
    queryKey: ["traces", key],
    queryFn: ({ signal }) => listTraces(filter(), signal),
    refetchInterval: ({ state }) =>
      state.status === "error" ? FAILED_MS : live && pause(state.data?.tookMs),
    placeholderData: (previous) => previous,
  });
}

/** The newest trace of all times: tells "nothing here" from "nothing at all". */
export function newestQuery(enabled: boolean) {
  return queryOptions({
    queryKey: ["newest"],
    queryFn: ({ signal }) => listTraces({ limit: 1 }, signal),
    enabled,
    refetchInterval: ({ state }) => enabled && pause(state.data?.tookMs),
  });
}

export function servicesQuery(
  key: object,
  range: () => { readonly startNs: bigint; readonly endNs: bigint },
) {
  return queryOptions({
    queryKey: ["services", key],
    queryFn: ({ signal }) => listServices(range().startNs, range().endNs, signal),
    refetchInterval: 30_000,
    placeholderData: (previous) => previous,
  });
}

export function agentsQuery(everyMs: number) {
  return queryOptions({
    queryKey: ["agents"],
    queryFn: ({ signal }) => listAgents(signal),
    refetchInterval: everyMs,
  });
}

export function isMissing(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Asking again can help, unless the question itself is wrong. */
function mayRecover(error: Error | null): boolean {
  return error instanceof ApiError && (error.status < 400 || error.status >= 500 || isMissing(error));
}

/** Spans of one trace come from many hosts, the last ones seconds after the first. */
const YOUNG_MS = 20_000;

/** Reading a trace again must not cost more than looking at it. */
const YOUNG_SPANS = 2_000;

function isGrowing(trace: Trace): boolean {
  const endMs = Number(trace.startNs / 1_000_000n) + trace.durationNs / 1e6;
  return trace.size < YOUNG_SPANS && Date.now() - endMs < YOUNG_MS;
}

/** A trace that is not there may be on its way, and a young one may still grow: both are asked for again. */
export function traceQuery(traceId: string) {
  return queryOptions({
    queryKey: ["trace", traceId],
    queryFn: ({ signal }) => readTrace(traceId, signal),
    refetchInterval: ({ state }) =>
      (state.data ? isGrowing(state.data) : mayRecover(state.error)) && MISSING_MS,
    staleTime: 30_000,
    // One at a time: a large trace is tens of megabytes.
    gcTime: 60_000,
    structuralSharing: false,
  });
}
