import { type RawSearch, words } from "../searchText";

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

export const LIMITS = [50, 100, 200, 500] as const;

export const LIMIT_DEFAULT = 100;

/** What the traces page shows, as it stands in the URL. A missing field is the default. */
export interface TracesSearch {
  /** Relative range; ignored when `from` and `to` are given. */
  readonly last?: Last;
  /** Absolute range, ISO 8601 in UTC. */
  readonly from?: string;
  readonly to?: string;
  readonly service?: string;
  readonly errors?: true;
  readonly limit?: number;
  /** Off: the list stands still. */
  readonly live?: false;
  /** The guide "send spans" is open. */
  readonly guide?: true;
}

/** Reads a URL that anybody may have written: what makes no sense is left out. */
export function parseTracesSearch(raw: RawSearch): TracesSearch {
  const { service, errors, limit, live, guide } = words(raw);
  return {
    ...parseRange(raw),
    ...(service !== undefined && service !== "" && { service }),
    ...(errors === "true" && { errors: true }),
    ...(LIMITS.some((known) => String(known) === limit) &&
      Number(limit) !== LIMIT_DEFAULT && { limit: Number(limit) }),
    ...(live === "false" && { live: false }),
    ...(guide === "true" && { guide: true }),
  };
}

function parseRange(raw: RawSearch): Pick<TracesSearch, "last" | "from" | "to"> {
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

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stretch of time meant, now. */
export function rangeAt(search: TracesSearch, nowMs: number): Range {
  if (search.from !== undefined && search.to !== undefined) {
    return { fromMs: Date.parse(search.from), toMs: Date.parse(search.to) };
  }
  return { fromMs: nowMs - LASTS[search.last ?? LAST_DEFAULT], toMs: nowMs };
}

export function isAbsolute(search: TracesSearch): boolean {
  return search.from !== undefined && search.to !== undefined;
}

export function isLive(search: TracesSearch): boolean {
  return search.live !== false && !isAbsolute(search);
}
