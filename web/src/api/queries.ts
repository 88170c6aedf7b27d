import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
} from "@tanstack/react-query";
import type { Trace } from "../otlp/trace";
import { findDifferences } from "./differences";
import { readGraph } from "./graph";
import { ApiError } from "./http";
import { listLinkingSpans } from "./links";
import { type TraceFilter, type TraceList, listAgents, listTraces, readTrace } from "./server";
import { listOperations, listServices } from "./services";
import { readSides } from "./sides";
import { type Tag, listTagValues, listTags } from "./tags";

/** A new trace is to be seen within a second of being stored. */
const LIVE_MS = 500;

/** While the server does not answer, it is asked less often. */
const FAILED_MS = 3_000;

const MISSING_MS = 2_000;

/** Completion and sums may be a little old. */
const SLOW_MS = 30_000;

/** A question that takes long is asked less often: a page that is left open must not keep the server busy. */
function pause(tookMs = 0): number {
  return Math.max(LIVE_MS, tookMs * 5);
}

/** A page after the first one is asked for with the very filter of the first. */
interface NextPage {
  readonly filter: TraceFilter;
  readonly cursor: string;
}

export type TracePages = InfiniteData<TraceList, NextPage | undefined>;

function isOnePage(pages: TracePages | undefined): boolean {
  return (pages?.pages.length ?? 0) <= 1;
}

/**
 * The list, page by page. It follows new traces only while one page is shown: with more, rows would move
 * from page to page under the reader.
 *
 * @param key what makes the list another one; a relative range stays the same while time goes on
 * @param filter made anew at each request for the first page
 */
export function tracesQuery(key: object, filter: () => TraceFilter, live: boolean) {
  return infiniteQueryOptions<TraceList, Error, TracePages, readonly unknown[], NextPage | undefined>({
    queryKey: ["traces", key],
    queryFn: ({ signal, pageParam }) =>
      pageParam === undefined
        ? listTraces(filter(), signal)
        : listTraces(pageParam.filter, signal, pageParam.cursor),
    initialPageParam: undefined,
    getNextPageParam: ({ filter, next }) => (next === undefined ? undefined : { filter, cursor: next }),
    refetchInterval: ({ state }) =>
      state.status === "error"
        ? mayRecover(state.error) && FAILED_MS
        : live && isOnePage(state.data) && pause(state.data?.pages[0]?.tookMs),
    staleTime: ({ state }) => (isOnePage(state.data) ? 0 : Infinity),
    placeholderData: keepPreviousData,
  });
}

/** The first page alone, so that the list follows new traces again. */
export function firstPage(pages: TracePages | undefined): TracePages | undefined {
  return pages && { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) };
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

/** A comparison reads hundreds of traces, so it is made when somebody asks, not all the time. */
export function differencesQuery(key: object, filter: () => TraceFilter) {
  return queryOptions({
    queryKey: ["differences", key],
    queryFn: ({ signal }) => findDifferences(filter(), signal),
    refetchOnWindowFocus: false,
    staleTime: 5 * 60_000,
    placeholderData: keepPreviousData,
  });
}

/** Unix ns. */
interface RangeNs {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export function servicesQuery(key: object, range: () => RangeNs, everyMs: number | false = SLOW_MS) {
  return queryOptions({
    queryKey: ["services", key],
    queryFn: ({ signal }) => listServices(range().startNs, range().endNs, signal),
    refetchInterval: ({ state }) =>
      state.status === "error" ? mayRecover(state.error) && FAILED_MS : everyMs,
    placeholderData: keepPreviousData,
  });
}

export function graphQuery(key: object, range: () => RangeNs, everyMs: number | false) {
  return queryOptions({
    queryKey: ["graph", key],
    queryFn: ({ signal }) => readGraph(range().startNs, range().endNs, signal),
    refetchInterval: ({ state }) =>
      state.status === "error" ? mayRecover(state.error) && FAILED_MS : everyMs,
    placeholderData: keepPreviousData,
  });
}

export function operationsQuery(service: string, key: object, range: () => RangeNs) {
  return queryOptions({
    queryKey: ["operations", service, key],
    queryFn: ({ signal }) => listOperations(service, range().startNs, range().endNs, signal),
    staleTime: SLOW_MS,
    placeholderData: (previous, query) => (query?.queryKey[1] === service ? previous : undefined),
  });
}

export function tagsQuery(key: object, range: () => RangeNs) {
  return queryOptions({
    queryKey: ["tags", key],
    queryFn: ({ signal }) => listTags(range().startNs, range().endNs, signal),
    staleTime: SLOW_MS,
  });
}

export function tagValuesQuery(tag: Tag, key: object, range: () => RangeNs) {
  return queryOptions({
    queryKey: ["tag values", tag, key],
    queryFn: ({ signal }) => listTagValues(tag, range().startNs, range().endNs, signal),
    staleTime: SLOW_MS,
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
  return (
    error instanceof ApiError &&
    (error.status < 400 || error.status === 429 || error.status >= 500 || isMissing(error))
  );
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

/** Who links to a span may come long after it. */
export function linkedFromQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ["linked from", traceId, spanId],
    queryFn: ({ signal }) => listLinkingSpans(traceId, spanId, signal),
    staleTime: 5_000,
  });
}

/** A side may become known some seconds after its span. */
export function sidesQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ["sides", traceId, spanId],
    queryFn: async ({ signal }) => (await readSides(traceId, spanId, signal)) ?? null,
    staleTime: 5_000,
  });
}
