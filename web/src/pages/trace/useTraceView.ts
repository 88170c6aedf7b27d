import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo } from "react";
import type { Trace } from "../../otlp/trace";
import { firstCause } from "../../trace/errors";
import { type Repeats, findRepeats, runsAround, spanOf, withRepeats } from "../../trace/repeats";
import { type Folding, revealing, toggling, visibleRows } from "../../trace/rows";
import { type Zoom, inSight } from "../../trace/scale";
import { type Matches, findSpans, nextMatch } from "../../trace/search";
import { type CriticalPath, criticalPath } from "../../trace/criticalPath";
import { type Tree, buildTree } from "../../trace/tree";
import {
  SpanKeys,
  type TraceSearch,
  foldText,
  foldingOf,
  openRunsOf,
  openRunsText,
  zoomOf,
  zoomText,
} from "./search";
import { useMoved } from "./useMoved";

const route = getRouteApi("/trace/$traceId");

/** Everything the trace page shows and what can be done with it. The URL is the state; this reads and writes it. */
export interface TraceView {
  readonly trace: Trace;
  readonly tree: Tree;
  readonly repeats: Repeats;
  readonly keys: SpanKeys;
  readonly search: TraceSearch;
  readonly zoom: Zoom;
  readonly folding: Folding;
  /** Runs whose spans are shown. */
  readonly openRuns: ReadonlySet<number>;
  /** Lines in sight, in order: rows of the tree, and `~run` for the head of a run. */
  readonly lines: Int32Array;
  readonly matches: Matches | undefined;
  /** Undefined while it is not to be shown. */
  readonly path: CriticalPath | undefined;
  /** Where the keyboard stands: a span, or `~run`. */
  readonly cursor: number | undefined;
  /** Span whose details are open. */
  readonly selected: number | undefined;
  /** Takes a span, or `~run`. */
  readonly moveTo: (target: number) => void;
  readonly open: (span: number) => void;
  readonly close: () => void;
  readonly toggle: (span: number) => void;
  readonly toggleRun: (run: number) => void;
  /** Opens all runs, or closes them when all are open. */
  readonly toggleRuns: () => void;
  readonly foldTo: (depth: number | undefined) => void;
  readonly setZoom: (zoom: Zoom) => void;
  readonly setQuery: (q: string) => void;
  readonly setOnly: (only: boolean) => void;
  readonly setPath: (shown: boolean) => void;
  /** Goes to the next span that matches (or has an error), unfolding what hides it. */
  readonly seek: (what: "match" | "error", step: 1 | -1) => void;
}

export function useTraceView(trace: Trace): TraceView {
  const search = route.useSearch();
  const patch = usePatch();
  const tree = useMemo(() => buildTree(trace), [trace]);
  const repeats = useMemo(() => findRepeats(trace, tree), [trace, tree]);
  const keys = useMemo(() => new SpanKeys(trace), [trace]);
  const folding = useMemo(() => foldingOf(search, keys), [search, keys]);
  const openRuns = useMemo(() => openRunsOf(search, repeats, keys), [search, repeats, keys]);
  const zoom = useMemo(() => zoomOf(search, trace.durationNs), [search, trace]);
  const query = useDeferredValue(search.q ?? "");
  const matches = useMemo(() => findSpans(trace, query), [trace, query]);
  const kept = search.only ? matches?.flags : undefined;
  const lines = useMemo(() => {
    const rows = visibleRows(tree, folding, kept);
    return kept ? rows : withRepeats(rows, repeats, tree, openRuns);
  }, [tree, folding, kept, repeats, openRuns]);
  const path = useMemo(
    () => (search.path ? criticalPath(trace, tree) : undefined),
    [search.path, trace, tree],
  );
  const selected = keys.span(search.span);
  // Who opens a trace with errors is mostly here for them.
  const [moved, setMoved] = useMoved(repeats, keys, () => firstCause(trace, tree));
  const cursor =
    selected === undefined || (moved !== undefined && spanOf(repeats, moved) === selected) ? moved : selected;

  const moveTo = (target: number) => {
    setMoved(target);
    if (selected !== undefined) {
      patch({ span: keys.key(spanOf(repeats, target)) });
    }
  };
  const fold = (next: Folding) => patch({ depth: next.depth, fold: foldText(next, keys) });
  const openTheseRuns = (open: ReadonlySet<number>) => patch({ runs: openRunsText(open, repeats, keys) });
  const reveal = (span: number) => {
    const next = revealing(tree, folding, span);
    const unfold = next === folding ? {} : { depth: next.depth, fold: foldText(next, keys) };
    const open = new Set([...openRuns, ...runsAround(repeats, tree, span)]);
    const seen = inSight(zoom, trace.start[span] ?? 0, trace.duration[span] ?? 0, trace.durationNs);
    setMoved(span);
    patch({
      ...unfold,
      runs: openRunsText(open, repeats, keys),
      zoom: zoomText(seen, trace.durationNs),
      ...(selected !== undefined && { span: keys.key(span) }),
    });
  };
  return {
    trace,
    tree,
    repeats,
    keys,
    search,
    zoom,
    folding,
    openRuns,
    lines,
    matches,
    path,
    cursor,
    selected,
    moveTo,
    open: (span) => {
      setMoved(span);
      patch({ span: keys.key(span) }, selected !== undefined);
    },
    close: () => {
      setMoved(cursor ?? moved);
      patch({ span: undefined });
    },
    toggle: (span) => fold(toggling(folding, span)),
    toggleRun: (run) => {
      const open = new Set(openRuns);
      if (!open.delete(run)) {
        open.add(run);
      }
      setMoved(~run);
      openTheseRuns(open);
    },
    toggleRuns: () =>
      openTheseRuns(openRuns.size === repeats.runs.length ? new Set() : new Set(repeats.runs.keys())),
    foldTo: (depth) => fold({ depth, toggled: new Set() }),
    setZoom: (next) => patch({ zoom: zoomText(next, trace.durationNs) }),
    setQuery: (q) => patch({ q: q === "" ? undefined : q, ...(q === "" && { only: undefined }) }),
    setPath: (shown) => patch({ path: shown ? true : undefined }),
    setOnly: (only) => patch({ only: only ? true : undefined }),
    seek: (what, step) => {
      const flags = what === "error" ? trace.error : matches?.flags;
      const row = cursor === undefined ? (step === 1 ? -1 : 0) : (tree.row[spanOf(repeats, cursor)] ?? 0);
      const found = flags && nextMatch(tree.spanAt, flags, row, step);
      if (found !== undefined) {
        reveal(tree.spanAt[found] ?? 0);
      }
    },
  };
}

type Patch = { readonly [K in keyof TraceSearch]?: TraceSearch[K] | undefined };

/** Changes the URL. Small steps replace it, so that "back" leaves the page instead of walking every key press. */
function usePatch() {
  const navigate = route.useNavigate();
  return useCallback(
    (changes: Patch, replace = true) => {
      void navigate({
        search: (before) => {
          const entries = Object.entries({ ...before, ...changes }).filter(
            ([, value]) => value !== undefined,
          );
          return Object.fromEntries(entries) as TraceSearch;
        },
        replace,
        resetScroll: false,
      });
    },
    [navigate],
  );
}
