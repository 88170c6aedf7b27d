import type { Trace } from "../otlp/trace";
import type { Tree } from "./tree";

/** For each span the stretches (ns since the trace's start) in which everything waited for it. */
export type CriticalPath = ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>;

/**
 * What a trace would have to do faster to end earlier: from a root's end backwards, always along the child that
 * ended last before the point reached. A child is cut at its parent's start and end; one that still
 * ran beside the path is off it.
 */
export function criticalPath(trace: Trace, tree: Tree): CriticalPath {
  const path = new Map<number, [number, number][]>();
  const jobs: { readonly span: number; readonly from: number; readonly until: number }[] = [];
  for (const [span, parent] of tree.parent.entries()) {
    if (parent === -1) {
      jobs.push({ span, from: trace.start[span] ?? 0, until: end(trace, span) });
    }
  }
  for (let job = jobs.pop(); job; job = jobs.pop()) {
    const { span, from, until } = job;
    const own: [number, number][] = [];
    let reached = until;
    for (const child of latestFirst(trace, tree, span, until)) {
      const childStart = Math.max(trace.start[child] ?? 0, from);
      const childEnd = Math.min(end(trace, child), until);
      if (childEnd > reached || childStart >= childEnd) {
        continue;
      }
      if (childEnd < reached) {
        own.push([childEnd, reached]);
      }
      jobs.push({ span: child, from: childStart, until: childEnd });
      reached = childStart;
    }
    if (reached > from) {
      own.push([from, reached]);
    }
    path.set(span, own.reverse());
  }
  return path;
}

function end(trace: Trace, span: number): number {
  return (trace.start[span] ?? 0) + (trace.duration[span] ?? 0);
}

/** The children by their end, cut at the parent's; of those that end together the one that began first. */
function latestFirst(trace: Trace, tree: Tree, span: number, until: number): Int32Array {
  const first = tree.firstChild[span] ?? 0;
  const children = tree.child.slice(first, first + (tree.childCount[span] ?? 0));
  const endOf = (child: number) => Math.min(end(trace, child), until);
  return children.sort((a, b) => endOf(b) - endOf(a) || (trace.start[a] ?? 0) - (trace.start[b] ?? 0));
}
