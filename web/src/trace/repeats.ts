import { CLIENT, type Trace } from "../otlp/trace";
import type { Json } from "../otlp/value";
import { objects, text } from "../otlp/value";
import { type Tree, errorsBelow } from "./tree";

/** Fewer than this are read as quickly as a sum of them. */
export const REPEATS_LEAST = 5;

/** Sibling spans that follow one another and are of the same service, name and kind. */
export interface Run {
  /** The spans, by start. */
  readonly spans: Int32Array;
  /** Row of the first span, and first row after the last one's subtree. */
  readonly row: number;
  readonly endRow: number;
  /** Sum of the durations, ns. */
  readonly total: number;
  /** From the first start to the last end, ns since the trace's start. */
  readonly from: number;
  readonly to: number;
  /** They, or spans below them, have errors: all of them or none. */
  readonly failing: boolean;
  /** Calls to another service or a database, each after the end of the one before: one call for all may do. */
  readonly oneByOne: boolean;
}

/** All runs of a trace. */
export interface Repeats {
  /** By `row`. */
  readonly runs: readonly Run[];
  /** Span → index of its run, or -1. */
  readonly runOf: Int32Array;
  /** Span → how many runs it, or what is above it, is in: so much deeper it is shown. */
  readonly shift: Int32Array;
}

/**
 * Finds the runs of at least [REPEATS_LEAST] spans. A span that failed, itself or somewhere below, makes no run with
 * one that did not, so that no error is hidden among its healthy siblings.
 */
export function findRepeats(trace: Trace, tree: Tree): Repeats {
  const runs: Run[] = [];
  const runOf = new Int32Array(trace.size).fill(-1);
  for (const parent of tree.spanAt) {
    const first = tree.firstChild[parent] ?? 0;
    const end = first + (tree.childCount[parent] ?? 0);
    for (let from = first; from < end;) {
      let to = from + 1;
      while (to < end && isAlike(trace, tree, tree.child[from] ?? 0, tree.child[to] ?? 0)) {
        to++;
      }
      if (to - from >= REPEATS_LEAST) {
        const spans = tree.child.subarray(from, to);
        spans.forEach((span) => (runOf[span] = runs.length));
        runs.push(runFrom(trace, tree, spans));
      }
      from = to;
    }
  }
  return numbered(runs, runOf, tree);
}

function isAlike(trace: Trace, tree: Tree, a: number, b: number): boolean {
  return (
    trace.service[a] === trace.service[b] &&
    trace.kind[a] === trace.kind[b] &&
    trace.name[a] === trace.name[b] &&
    hasErrors(trace, tree, a) === hasErrors(trace, tree, b)
  );
}

function hasErrors(trace: Trace, tree: Tree, span: number): boolean {
  return trace.error[span] === 1 || errorsBelow(tree, tree.row[span] ?? 0) > 0;
}

function runFrom(trace: Trace, tree: Tree, spans: Int32Array): Run {
  const first = spans[0] ?? 0;
  const last = spans.at(-1) ?? first;
  const row = tree.row[first] ?? 0;
  let total = 0;
  let to = 0;
  let apart = true;
  for (const span of spans) {
    const start = trace.start[span] ?? 0;
    const duration = trace.duration[span] ?? 0;
    apart = apart && start >= to;
    to = Math.max(to, start + duration);
    total += duration;
  }
  return {
    spans,
    row,
    endRow: tree.endAt[tree.row[last] ?? row] ?? row + 1,
    total,
    from: trace.start[first] ?? 0,
    to,
    failing: hasErrors(trace, tree, first),
    oneByOne: apart && (trace.kind[first] === CLIENT || isDatabase(trace.raw[first]?.span ?? {})),
  };
}

/** The conventions' names of a database span's attributes all begin alike. */
function isDatabase(span: Json): boolean {
  return objects(span["attributes"]).some((attribute) => text(attribute["key"]).startsWith("db."));
}

/** Runs in the order of their rows, and how deep they nest. */
function numbered(found: readonly Run[], foundOf: Int32Array, tree: Tree): Repeats {
  const order = Array.from(found.keys()).sort((a, b) => (found[a]?.row ?? 0) - (found[b]?.row ?? 0));
  const place = new Int32Array(found.length);
  order.forEach((old, i) => (place[old] = i));
  const runOf = foundOf.map((run) => (run === -1 ? -1 : (place[run] ?? -1)));
  const shift = new Int32Array(runOf.length);
  for (const span of tree.spanAt) {
    const above = tree.parent[span] ?? -1;
    shift[span] = (above === -1 ? 0 : (shift[above] ?? 0)) + (runOf[span] === -1 ? 0 : 1);
  }
  return { runs: order.flatMap((old) => found[old] ?? []), runOf, shift };
}

/**
 * One line of the waterfall: a row of the tree, or `~run` for the head of a run, which stands above the run's
 * first row, or in place of all its rows.
 */
export type Line = number;

/** The row of the tree at which a line stands. */
export function rowOf(repeats: Repeats, line: Line): number {
  return line >= 0 ? line : (repeats.runs[~line]?.row ?? 0);
}

/**
 * The visible rows with a head for each run; the rows of a run that is not open are left out.
 *
 * @param rows ascending
 * @param open indexes of the runs whose spans are shown
 */
export function withRepeats(
  rows: Int32Array,
  repeats: Repeats,
  tree: Tree,
  open: ReadonlySet<number>,
): Int32Array {
  const lines: Line[] = [];
  for (let i = 0; i < rows.length;) {
    const row = rows[i] ?? 0;
    const run = repeats.runOf[tree.spanAt[row] ?? 0] ?? -1;
    const { row: firstRow, endRow } = repeats.runs[run] ?? { row: -1, endRow: -1 };
    if (row === firstRow) {
      lines.push(~run);
    }
    if (run === -1 || open.has(run)) {
      lines.push(row);
      i++;
    } else {
      while (i < rows.length && (rows[i] ?? 0) < endRow) {
        i++;
      }
    }
  }
  return Int32Array.from(lines);
}

/** The runs that must be open so that a span's own line is shown. */
export function runsAround(repeats: Repeats, tree: Tree, span: number): readonly number[] {
  const around: number[] = [];
  for (let above = span; above !== -1; above = tree.parent[above] ?? -1) {
    const run = repeats.runOf[above] ?? -1;
    if (run !== -1) {
      around.push(run);
    }
  }
  return around;
}

/** The span that stands for a cursor: of a run the first. */
export function spanOf(repeats: Repeats, cursor: number): number {
  return cursor >= 0 ? cursor : (repeats.runs[~cursor]?.spans[0] ?? 0);
}

/** Where a row is among the lines, or the place of the nearest line above it: what hides it, when it is hidden. */
export function placeOf(lines: Int32Array, repeats: Repeats, row: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rowOf(repeats, lines[middle] ?? 0) <= row) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
