import type { TraceFilter } from "../../api/server";
import { type RangeSearch, isAbsolute, parseRange, rangeNs } from "../range";
import { type RawSearch, list, words } from "../searchText";

/** What a span says of itself. */
export const STATUSES = ["error", "ok", "unset"] as const;

/** Failed: what services and calls count as an error, an answer such as 503 included. */
export type Status = (typeof STATUSES)[number] | "failed";

/** What the traces page shows, as it stands in the URL. A missing field is the default. */
export interface TracesSearch extends RangeSearch {
  readonly service?: string;
  /** Of a span. */
  readonly name?: string;
  /** Of a span. */
  readonly status?: Status;
  /** Of the trace; a number with a unit, such as `1.5s`. */
  readonly minDuration?: string;
  readonly maxDuration?: string;
  /** Each is `key=value`; the key goes up to the first `=`. */
  readonly attribute?: readonly string[];
  /** `{ … }` in TraceQL. */
  readonly q?: string;
  /** Newest first, unless told otherwise. */
  readonly sort?: "slowest";
  /** Off: the list stands still. */
  readonly live?: false;
  /** What sets the traces apart, in place of their list. */
  readonly view?: "differences";
  /** The guide "send spans" is open. */
  readonly guide?: true;
}

/** The server refuses more of them. */
export const ATTRIBUTES_MAX = 32;

/** Reads a URL that anybody may have written: what makes no sense is left out. */
export function parseTracesSearch(raw: RawSearch): TracesSearch {
  const { service, name, status, q, sort, live, view, guide, errors, ...rest } = words(raw);
  const known = ([...STATUSES, "failed"] as const).find((candidate) => candidate === status);
  const minDuration = durationWords(rest["minDuration"] ?? "");
  const maxDuration = durationWords(rest["maxDuration"] ?? "");
  const attribute = Array.from(new Set(list(raw, "attribute").filter((entry) => parseAttribute(entry))));
  return {
    ...parseRange(raw),
    ...(service !== undefined && service !== "" && { service }),
    ...(name !== undefined && name !== "" && { name }),
    ...(known !== undefined && { status: known }),
    // The word of earlier versions.
    ...(known === undefined && errors === "true" && { status: "error" as const }),
    ...(minDuration !== undefined && { minDuration }),
    ...(maxDuration !== undefined && { maxDuration }),
    ...(attribute.length > 0 && { attribute: attribute.slice(0, ATTRIBUTES_MAX) }),
    ...(q !== undefined && q.trim() !== "" && { q: q.trim() }),
    ...(sort === "slowest" && { sort }),
    ...(live === "false" && { live: false }),
    ...(view === "differences" && { view }),
    ...(guide === "true" && { guide: true }),
  };
}

/**
 * A duration as the server takes it. A bare number means milliseconds, as people say it.
 *
 * @returns undefined when the words are no duration
 */
export function durationWords(words: string): string | undefined {
  const [, number, unit = ""] =
    /^(\d{1,15}(?:\.\d{1,9})?)\s*(ns|us|µs|μs|ms|s|m)?$/i.exec(words.trim()) ?? [];
  if (number === undefined) {
    return undefined;
  }
  const plain = unit.toLowerCase().replace(/[µμ]/, "u");
  return `${number}${plain === "" ? "ms" : plain}`;
}

export interface AttributeWords {
  readonly key: string;
  readonly value: string;
}

/** @returns undefined when there is no key */
export function parseAttribute(entry: string): AttributeWords | undefined {
  const at = entry.indexOf("=");
  return at > 0 ? { key: entry.slice(0, at), value: entry.slice(at + 1) } : undefined;
}

/** Whether an attribute filter can say the key, which it ends at the first `=`. */
export function isAskable(key: string): boolean {
  return key !== "" && !key.includes("=");
}

export function isLive(search: TracesSearch): boolean {
  return search.live !== false && !isAbsolute(search);
}

/** Some traces are left out by more than their time. */
export function isFiltered(search: TracesSearch): boolean {
  return search.service !== undefined || search.name !== undefined || isParted(search);
}

/** The conditions part the traces in two that are worth comparing; service and name hold for both parts. */
function isParted({ status, minDuration, maxDuration, attribute, q }: TracesSearch): boolean {
  return [status, minDuration, maxDuration, attribute, q].some((condition) => condition !== undefined);
}

export function isComparable(search: TracesSearch): boolean {
  return isParted(search) || search.sort === "slowest";
}

/** The same without its conditions; time, order and the rest stay. */
export function cleared(search: TracesSearch): TracesSearch {
  const {
    service: _service,
    name: _name,
    status: _status,
    minDuration: _minDuration,
    maxDuration: _maxDuration,
    attribute: _attribute,
    q: _q,
    ...rest
  } = search;
  return rest;
}

/** With one field more, or without it when the value is undefined. */
export function having<K extends keyof TracesSearch>(
  search: TracesSearch,
  field: K,
  value: TracesSearch[K] | undefined,
): TracesSearch {
  const { [field]: _before, ...rest } = search;
  return (value === undefined ? rest : { ...rest, [field]: value }) as TracesSearch;
}

export function withAttribute(search: TracesSearch, key: string, value: string): TracesSearch {
  const entries = new Set(search.attribute);
  entries.add(`${key}=${value}`);
  return having(search, "attribute", [...entries]);
}

/** Whether no attribute can be added. */
export function isFull({ attribute = [] }: TracesSearch): boolean {
  return attribute.length >= ATTRIBUTES_MAX;
}

export function withoutAttribute(search: TracesSearch, entry: string): TracesSearch {
  const left = (search.attribute ?? []).filter((other) => other !== entry);
  return having(search, "attribute", left.length > 0 ? left : undefined);
}

/**
 * Narrowed to spans of a service. All conditions must hold for one span: those on another service's span
 * (its name, its attributes) would never again, so they go.
 */
export function narrowed(search: TracesSearch, service: string): TracesSearch {
  if (service === "" || search.service === service) {
    return search;
  }
  const { name: _name, attribute: _attribute, q: _q, ...rest } = search;
  return { ...(search.service === undefined ? search : rest), service };
}

/** What the server is asked. */
export function filterOf(search: TracesSearch, nowMs = Date.now()): TraceFilter {
  const { service, name, status, minDuration, maxDuration, attribute, q, sort } = search;
  return {
    ...rangeNs(search, nowMs),
    service,
    name,
    status,
    minDuration,
    maxDuration,
    attribute,
    q,
    sort,
  };
}
