import { type RefObject, useEffect } from "react";
import { isFolded, placeOf } from "../../trace/rows";
import { panned, wholeTrace, zoomedBy } from "../../trace/scale";
import type { TraceView } from "./useTraceView";

interface TraceKeys {
  readonly view: TraceView;
  readonly searchBox: RefObject<HTMLInputElement | null>;
  readonly grid: RefObject<HTMLElement | null>;
  readonly help: boolean;
  readonly setHelp: (open: boolean) => void;
}

const PAGE_ROWS = 20;

/** The keys of the trace page, wherever the focus is but in an input. */
export function useTraceKeys(keys: TraceKeys): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
        return;
      }
      if (pressed(event.key, keys, event.target)) {
        event.preventDefault();
      }
    };
    globalThis.addEventListener("keydown", listen);
    return () => globalThis.removeEventListener("keydown", listen);
  }, [keys]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.matches("input, select, textarea") || target.isContentEditable)
  );
}

/** Keys that act on a control must not be taken from it. */
function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches("button, a, summary, [role=separator], [role=slider], pre")
  );
}

/** @returns whether the key meant something */
function pressed(
  key: string,
  { view, searchBox, grid, help, setHelp }: TraceKeys,
  target: EventTarget | null,
): boolean {
  if (key === "?") {
    setHelp(!help);
    return true;
  }
  if (help) {
    return false;
  }
  if (key === "/") {
    searchBox.current?.focus();
    searchBox.current?.select();
    return true;
  }
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
  const { rows, tree, cursor } = view;
  const place = cursor === undefined ? -1 : placeOf(rows, tree.row[cursor] ?? 0);
  const goTo = (target: number) => {
    const row = rows[Math.min(Math.max(target, 0), rows.length - 1)];
    if (row !== undefined) {
      view.moveTo(tree.spanAt[row] ?? 0);
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
      return goTo(rows.length - 1);
    case "h":
    case "ArrowLeft":
      return outwards(view);
    case "l":
    case "ArrowRight":
      return inwards(view, () => goTo(place + 1));
    case "Enter":
      view.open(cursor ?? tree.spanAt[0] ?? 0);
      return true;
    default:
      return false;
  }
}

function outwards(view: TraceView): boolean {
  const { tree, folding, cursor } = view;
  if (cursor === undefined) {
    return false;
  }
  const parent = tree.parent[cursor] ?? -1;
  if ((tree.childCount[cursor] ?? 0) > 0 && !isFolded(tree, folding, cursor)) {
    view.toggle(cursor);
  } else if (parent !== -1) {
    view.moveTo(parent);
  }
  return true;
}

function inwards(view: TraceView, toFirstChild: () => void): boolean {
  const { tree, folding, cursor } = view;
  if (cursor === undefined) {
    return false;
  }
  if (isFolded(tree, folding, cursor)) {
    view.toggle(cursor);
  } else if ((tree.childCount[cursor] ?? 0) > 0) {
    toFirstChild();
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
