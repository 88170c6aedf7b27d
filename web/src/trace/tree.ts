import type { Trace } from "../otlp/trace";
import { Oddity } from "./oddity";
import { findParents, mark } from "./parents";

/**
 * The spans of a trace in the order in which a fully unfolded tree shows them (parents before children,
 * siblings by start). Arrays named `…At` count by row of that order, the others by span.
 */
export interface Tree extends Children {
  /** Row → span. */
  readonly spanAt: Int32Array;
  /** Span → row. */
  readonly row: Int32Array;
  /** Depth of the row's span; 0 is a root. */
  readonly levelAt: Int32Array;
  /** First row after the row's subtree. */
  readonly endAt: Int32Array;
  /** Span → parent span, or -1. */
  readonly parent: Int32Array;
  /** Bits of [Oddity]. */
  readonly oddity: Uint8Array;
  /** ns in which a span worked by itself: no child was running. */
  readonly selfTime: Float64Array;
  /** Errors in rows before this one, so that a subtree's errors are one subtraction. */
  readonly errorsBefore: Int32Array;
  readonly depth: number;
}

/** Linear but for one sort. Takes any input: orphans, cycles, repeated ids, many roots, no root. */
export function buildTree(trace: Trace): Tree {
  const oddity = new Uint8Array(trace.size);
  const parent = findParents(trace, oddity);
  const byStart = sortByStart(trace);
  cutCycles(parent, byStart, oddity);
  const children = childrenOf(parent, byStart);
  return {
    ...walk(trace, parent, byStart, children),
    parent,
    oddity,
    ...children,
    selfTime: selfTimes(trace, children),
  };
}

function sortByStart(trace: Trace): Int32Array {
  const { start, duration } = trace;
  const order = Int32Array.from({ length: trace.size }, (_, i) => i);
  // Of two that start together the longer one is more likely to be the outer one.
  return order.sort((a, b) => at(start, a) - at(start, b) || at(duration, b) - at(duration, a) || a - b);
}

function at(array: Float64Array | Int32Array, index: number): number {
  return array[index] ?? 0;
}

/** Makes the earliest span of each cycle a root. */
function cutCycles(parent: Int32Array, byStart: Int32Array, oddity: Uint8Array): void {
  const position = new Int32Array(parent.length);
  byStart.forEach((span, i) => (position[span] = i));
  // The walk that first came by; 0 is none. Meeting one's own steps again means a cycle.
  const walkOf = new Int32Array(parent.length);
  for (let origin = 0; origin < parent.length; origin++) {
    let span = origin;
    while (span !== -1 && walkOf[span] === 0) {
      walkOf[span] = origin + 1;
      span = at(parent, span);
    }
    if (span !== -1 && walkOf[span] === origin + 1) {
      const cut = earliestOfCycle(span, parent, position);
      parent[cut] = -1;
      mark(oddity, cut, Oddity.cycle);
    }
  }
}

function earliestOfCycle(member: number, parent: Int32Array, position: Int32Array): number {
  let earliest = member;
  for (let span = at(parent, member); span !== member; span = at(parent, span)) {
    if (at(position, span) < at(position, earliest)) {
      earliest = span;
    }
  }
  return earliest;
}

interface Children {
  readonly childCount: Int32Array;
  /** Where a span's children begin in `child`. */
  readonly firstChild: Int32Array;
  /** All children, those of one parent together and by start. */
  readonly child: Int32Array;
}

function childrenOf(parent: Int32Array, byStart: Int32Array): Children {
  const childCount = new Int32Array(parent.length);
  for (const above of parent) {
    if (above !== -1) {
      childCount[above] = at(childCount, above) + 1;
    }
  }
  const firstChild = new Int32Array(parent.length);
  let total = 0;
  childCount.forEach((count, span) => {
    firstChild[span] = total;
    total += count;
  });
  const child = new Int32Array(total);
  const next = firstChild.slice();
  for (const span of byStart) {
    const above = at(parent, span);
    if (above !== -1) {
      const slot = at(next, above);
      child[slot] = span;
      next[above] = slot + 1;
    }
  }
  return { childCount, firstChild, child };
}

function walk(trace: Trace, parent: Int32Array, byStart: Int32Array, children: Children) {
  const { size } = trace;
  const spanAt = new Int32Array(size);
  const row = new Int32Array(size);
  const levelAt = new Int32Array(size);
  const endAt = new Int32Array(size);
  const roots = byStart.filter((span) => parent[span] === -1);
  const stack = Array.from(roots).reverse();
  for (let here = 0; stack.length > 0; here++) {
    const span = stack.pop() ?? 0;
    const above = at(parent, span);
    spanAt[here] = span;
    row[span] = here;
    levelAt[here] = above === -1 ? 0 : at(levelAt, at(row, above)) + 1;
    for (let i = at(children.childCount, span) - 1; i >= 0; i--) {
      stack.push(at(children.child, at(children.firstChild, span) + i));
    }
  }
  for (let here = size - 1; here >= 0; here--) {
    endAt[here] = Math.max(at(endAt, here), here + 1);
    const above = at(parent, at(spanAt, here));
    if (above !== -1) {
      const rowAbove = at(row, above);
      endAt[rowAbove] = Math.max(at(endAt, rowAbove), at(endAt, here));
    }
  }
  return { spanAt, row, levelAt, endAt, errorsBefore: countErrors(trace, spanAt), depth: depthOf(levelAt) };
}

function depthOf(levelAt: Int32Array): number {
  return levelAt.reduce((deepest, level) => Math.max(deepest, level + 1), 0);
}

function countErrors(trace: Trace, spanAt: Int32Array): Int32Array {
  const errorsBefore = new Int32Array(spanAt.length + 1);
  spanAt.forEach(
    (span, here) => (errorsBefore[here + 1] = at(errorsBefore, here) + (trace.error[span] ?? 0)),
  );
  return errorsBefore;
}

/** Errors below the row, the row's own not counted. */
export function errorsBelow(tree: Tree, row: number): number {
  return at(tree.errorsBefore, at(tree.endAt, row)) - at(tree.errorsBefore, row + 1);
}

function selfTimes(trace: Trace, children: Children): Float64Array {
  const selfTime = new Float64Array(trace.size);
  for (let span = 0; span < trace.size; span++) {
    let busy = 0;
    eachCovered(trace, children, span, (from, to) => (busy += to - from));
    selfTime[span] = at(trace.duration, span) - busy;
  }
  return selfTime;
}

/** Gives the union of the children's times inside the span, piece by piece, in order. */
function eachCovered(
  trace: Trace,
  children: Children,
  span: number,
  piece: (from: number, to: number) => void,
): void {
  const begin = at(trace.start, span);
  const end = begin + at(trace.duration, span);
  let from = begin;
  let to = begin;
  const firstChild = at(children.firstChild, span);
  for (let i = firstChild; i < firstChild + at(children.childCount, span); i++) {
    const child = at(children.child, i);
    const childFrom = Math.max(at(trace.start, child), begin);
    const childTo = Math.min(at(trace.start, child) + at(trace.duration, child), end);
    if (childFrom > to) {
      if (to > from) {
        piece(from, to);
      }
      from = childFrom;
    }
    to = Math.max(to, childTo);
  }
  if (to > from) {
    piece(from, to);
  }
}

/** The stretches of a span in which a child was running, in ns since the trace's start. */
export function coveredByChildren(trace: Trace, tree: Tree, span: number): [number, number][] {
  const pieces: [number, number][] = [];
  eachCovered(trace, tree, span, (from, to) => pieces.push([from, to]));
  return pieces;
}
