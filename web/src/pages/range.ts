import { msToNs } from "../format/time";
import { type RawSearch, words } from "./searchText";

/** The ways to say "until now", longest last; the values are milliseconds. */
export const LASTS = {
  "5m": 5 * 60_000,
  "15m": 15 * 60_000,
  "1h": 3_600_000,
  "6h": 6 * 3_600_000,
  "24h": 24 * 3_600_000,
} as const;

export type Last = keyof typeof LASTS;

export const LAST_DEFAULT: Last = "1h";

/** The part of a page's URL that says which time it shows. Nothing is the default. */
export interface RangeSearch {
  /** Relative range; ignored when `from` and `to` are given. */
  readonly last?: Last;
  /** Absolute range, ISO 8601 in UTC. */
  readonly from?: string;
  readonly to?: string;
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

export function parseRange(raw: RawSearch): RangeSearch {
  const { last, ...rest } = words(raw);
  const from = isoTime(rest["from"]);
  const to = isoTime(rest["to"]);
  if (from !== undefined && to !== undefined && from < to) {
    return { from, to };
  }
  return last !== undefined && Object.hasOwn(LASTS, last) && last !== LAST_DEFAULT
    ? { last: last as Last }
    : {};
}

function isoTime(raw: string | undefined): string | undefined {
  const date = new Date(raw ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** The range alone, to be taken along to another page. */
export function rangeOf({ last, from, to }: RangeSearch): RangeSearch {
  return {
    ...(last !== undefined && { last }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

export function withRange<T extends RangeSearch>(search: T, range: RangeSearch): T {
  const { last: _last, from: _from, to: _to, ...rest } = search;
  return { ...rest, ...range } as T;
}

export function absolute({ fromMs, toMs }: Range): RangeSearch {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** The stretch of time meant, now. */
export function rangeAt(search: RangeSearch, nowMs: number): Range {
  if (search.from !== undefined && search.to !== undefined) {
    return { fromMs: Date.parse(search.from), toMs: Date.parse(search.to) };
  }
  return { fromMs: nowMs - LASTS[search.last ?? LAST_DEFAULT], toMs: nowMs };
}

/** Unix ns, as the server wants it. */
export function rangeNs(search: RangeSearch, nowMs = Date.now()) {
  const { fromMs, toMs } = rangeAt(search, nowMs);
  return { startNs: msToNs(fromMs), endNs: msToNs(toMs) };
}

export function isAbsolute(search: RangeSearch): boolean {
  return search.from !== undefined && search.to !== undefined;
}

const AROUND_MS = 30 * 60_000;

/** A range in which a trace and its likes are found: the usual one while the trace is that young. */
export function rangeAround(ms: number, nowMs = Date.now()): RangeSearch {
  return ms > nowMs - LASTS[LAST_DEFAULT] * 0.9 && ms <= nowMs
    ? {}
    : absolute({ fromMs: ms - AROUND_MS, toMs: ms + AROUND_MS });
}
