import type { Trace } from "../../otlp/trace";
import { type Zoom, fitted, isWhole, wholeTrace } from "../../trace/scale";
import type { Repeats } from "../../trace/repeats";
import type { Folding } from "../../trace/rows";
import { type RawSearch, words } from "../searchText";

/** What the trace page shows, as it stands in the URL. A missing field is the default. */
export interface TraceSearch {
  /** Key of the span whose details are open. */
  readonly span?: string;
  /** Words to search for in the trace. */
  readonly q?: string;
  /** Only spans that match, and what leads to them. */
  readonly only?: true;
  /** `from-to` in whole ns since the trace's start. */
  readonly zoom?: string;
  /** Spans this deep and deeper are folded. */
  readonly depth?: number;
  /** Keys of spans that are folded the other way round than `depth` says, joined by dots. */
  readonly fold?: string;
  /** Keys of the first spans of runs whose spans are all shown, joined by dots; `all` for every run. */
  readonly runs?: string;
  /** The critical path is marked. */
  readonly path?: true;
}

/** More of them would make a URL that mail programs and proxies cut. */
const FOLD_MAX = 60;

/** Reads a URL that anybody may have written: what makes no sense is left out. */
export function parseTraceSearch(raw: RawSearch): TraceSearch {
  const { span, q, zoom, depth, fold, runs } = words(raw);
  return {
    ...(span !== undefined && /^[0-9a-f]+(~\d+)?$/.test(span) && { span }),
    ...(q !== undefined && q.trim() !== "" && { q }),
    ...(words(raw)["only"] === "true" && { only: true }),
    ...(words(raw)["path"] === "true" && { path: true }),
    ...(zoom !== undefined && /^\d+-\d+$/.test(zoom) && { zoom }),
    ...(depth !== undefined && /^\d{1,6}$/.test(depth) && { depth: Number(depth) }),
    ...(fold !== undefined && /^[0-9a-f~.]+$/.test(fold) && { fold }),
    ...(runs !== undefined && /^(all|[0-9a-f~.]+)$/.test(runs) && { runs }),
  };
}

export function zoomOf(search: TraceSearch, durationNs: number): Zoom {
  const [from, to] = (search.zoom ?? "").split("-").map(Number);
  if (from === undefined || to === undefined || !(from < to)) {
    return wholeTrace(durationNs);
  }
  return fitted({ from, to }, durationNs);
}

/** @returns undefined for the whole trace, which needs no words in the URL */
export function zoomText(zoom: Zoom, durationNs: number): string | undefined {
  return isWhole(zoom, durationNs) ? undefined : `${Math.round(zoom.from)}-${Math.round(zoom.to)}`;
}

/**
 * Names for spans that stay the same when the page is loaded again: the span id, and for those that share
 * one (`~2`, `~3` …) their number in the order of the answer.
 */
export class SpanKeys {
  readonly #keys: string[] = [];
  readonly #spans = new Map<string, number>();

  constructor(trace: Trace) {
    const seen = new Map<string, number>();
    for (const [span, id] of trace.spanId.entries()) {
      const count = (seen.get(id) ?? 0) + 1;
      seen.set(id, count);
      const key = count === 1 ? id : `${id}~${count}`;
      this.#keys.push(key);
      this.#spans.set(key, span);
    }
  }

  key(span: number): string {
    return this.#keys[span] ?? "";
  }

  span(key: string | undefined): number | undefined {
    return key === undefined ? undefined : this.#spans.get(key);
  }
}

export function foldingOf(search: TraceSearch, keys: SpanKeys): Folding {
  const toggled = (search.fold ?? "").split(".").flatMap((key) => keys.span(key) ?? []);
  return { depth: search.depth, toggled: new Set(toggled) };
}

export function foldText(folding: Folding, keys: SpanKeys): string | undefined {
  const text = Array.from(folding.toggled, (span) => keys.key(span))
    .slice(-FOLD_MAX)
    .join(".");
  return text === "" ? undefined : text;
}

export function openRunsOf(search: TraceSearch, repeats: Repeats, keys: SpanKeys): ReadonlySet<number> {
  if (search.runs === "all") {
    return new Set(repeats.runs.keys());
  }
  const firsts = (search.runs ?? "").split(".").flatMap((key) => keys.span(key) ?? []);
  return new Set(firsts.map((span) => repeats.runOf[span] ?? -1).filter((run) => run !== -1));
}

/** @returns undefined when no run is open, which needs no words in the URL */
export function openRunsText(
  open: ReadonlySet<number>,
  repeats: Repeats,
  keys: SpanKeys,
): string | undefined {
  if (open.size > 0 && open.size === repeats.runs.length) {
    return "all";
  }
  const text = Array.from(open, (run) => keys.key(repeats.runs[run]?.spans[0] ?? 0))
    .slice(-FOLD_MAX)
    .join(".");
  return text === "" ? undefined : text;
}
