import { type RefObject, useEffect } from "react";
import { placeOf, spanOf } from "../../trace/repeats";
import { isFolded } from "../../trace/rows";
import { panned, wholeTrace, zoomedBy } from "../../trace/scale";
import { inDialog, isPlain, isTyping } from "../../ui/keys";
import type { TraceView } from "./useTraceView";

interface TraceKeys {
  readonly view: TraceView;
  readonly grid: RefObject<HTMLElement | null>;
}

const PAGE_ROWS = 20;

/** The keys of the trace page, wherever the focus is but in an input. */
export function useTraceKeys(keys: TraceKeys): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (
        isPlain(event) &&
        !isTyping(event.target) &&
        !inDialog() &&
        pressed(event.key, keys, event.target)
      ) {
        event.preventDefault();
      }
    };
    globalThis.addEventListener("keydown", listen);
    return () => globalThis.removeEventListener("keydown", listen);
  }, [keys]);
}

/** Keys that act on a control must not be taken from it. */
function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches("button, a, summary, [role=separator], [role=slider], pre")
  );
}

/** @returns whether the key meant something */
function pressed(key: string, { view, grid }: TraceKeys, target: EventTarget | null): boolean {
  if (key === "Escape") {
    return escape(view);
  }
  if (isControl(target) && (key === "Enter" || key.startsWith("Arrow") || key === "Home" || key === "End")) {
    return false;
  }
  if (walk(key, view)) {
    // Else Enter, after walking, would press the button that still has the focus.
    grid.current?.focus({ preventScroll: true });
    return true;
  }
  return tools(key, view);
}

function escape(view: TraceView): boolean {
  if (view.selected !== undefined) {
    view.close();
  } else if (view.search.q !== undefined) {
    view.setQuery("");
  } else {
    return false;
  }
  return true;
}

/** Keys that move the cursor in the tree. */
function walk(key: string, view: TraceView): boolean {
  const { lines, tree, cursor } = view;
  const place = cursorPlace(view);
  const goTo = (target: number) => {
    const line = lines[Math.min(Math.max(target, 0), lines.length - 1)];
    if (line !== undefined) {
      view.moveTo(line < 0 ? line : (tree.spanAt[line] ?? 0));
    }
    return true;
  };
  switch (key) {
    case "j":
    case "ArrowDown":
      return goTo(place + 1);
    case "k":
    case "ArrowUp":
      return goTo(place - 1);
    case "PageDown":
      return goTo(place + PAGE_ROWS);
    case "PageUp":
      return goTo(place - PAGE_ROWS);
    case "Home":
      return goTo(0);
    case "End":
      return goTo(lines.length - 1);
    case "h":
    case "ArrowLeft":
      return outwards(view);
    case "l":
    case "ArrowRight":
      return inwards(view, () => goTo(place + 1));
    case "Enter":
      if (cursor !== undefined && cursor < 0) {
        view.toggleRun(~cursor);
      } else {
        view.open(cursor ?? tree.spanAt[0] ?? 0);
      }
      return true;
    default:
      return false;
  }
}

/** The line of the cursor; -1 before there is one. A span in a run that is not open is at the run's head. */
export function cursorPlace({ lines, tree, repeats, cursor }: TraceView): number {
  if (cursor === undefined) {
    return -1;
  }
  const place = placeOf(lines, repeats, tree.row[spanOf(repeats, cursor)] ?? 0);
  // The head of an open run stands above the run's first span, in the same row of the tree.
  return cursor < 0 && lines[place] !== cursor && lines[place - 1] === cursor ? place - 1 : place;
}

function outwards(view: TraceView): boolean {
  const { tree, folding, repeats, cursor } = view;
  if (cursor === undefined) {
    return false;
  }
  const span = spanOf(repeats, cursor);
  const run = repeats.runOf[span] ?? -1;
  const parent = tree.parent[span] ?? -1;
  if (cursor < 0 && view.openRuns.has(run)) {
    view.toggleRun(run);
  } else if (cursor >= 0 && (tree.childCount[span] ?? 0) > 0 && !isFolded(tree, folding, span)) {
    view.toggle(span);
  } else if (cursor >= 0 && run !== -1 && view.openRuns.has(run)) {
    view.moveTo(~run);
  } else if (parent !== -1) {
    view.moveTo(parent);
  }
  return true;
}

function inwards(view: TraceView, toNextLine: () => void): boolean {
  const { tree, folding, lines, cursor } = view;
  if (cursor === undefined) {
    return false;
  }
  const line = lines[cursorPlace(view)] ?? 0;
  if (line < 0 && !view.openRuns.has(~line)) {
    view.toggleRun(~line);
  } else if (line < 0) {
    toNextLine();
  } else if (isFolded(tree, folding, cursor)) {
    view.toggle(cursor);
  } else if ((tree.childCount[cursor] ?? 0) > 0) {
    toNextLine();
  }
  return true;
}

/** Keys for matches, zoom and folding. */
function tools(key: string, view: TraceView): boolean {
  const { trace, zoom } = view;
  const middle = (zoom.from + zoom.to) / 2;
  const actions: Record<string, () => void> = {
    f: () => view.seek("match", 1),
    b: () => view.seek("match", -1),
    e: () => view.seek("error", 1),
    E: () => view.seek("error", -1),
    r: view.toggleRuns,
    c: () => view.setPath(view.path === undefined),
    w: () => view.setZoom(zoomedBy(zoom, 0.5, middle, trace.durationNs)),
    s: () => view.setZoom(zoomedBy(zoom, 2, middle, trace.durationNs)),
    a: () => view.setZoom(panned(zoom, -0.25, trace.durationNs)),
    d: () => view.setZoom(panned(zoom, 0.25, trace.durationNs)),
    "0": () => view.setZoom(wholeTrace(trace.durationNs)),
    "-": () => view.foldTo(0),
    "+": () => view.foldTo(undefined),
  };
  actions[key]?.();
  return key in actions;
}
