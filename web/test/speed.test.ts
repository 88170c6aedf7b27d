import { describe, expect, it } from "vitest";
import { UNFOLDED, visibleRows } from "../src/trace/rows";
import { findSpans } from "../src/trace/search";
import { buildTree } from "../src/trace/tree";
import { parseTrace } from "../src/otlp/trace";
import { answerOf, largeTrace, traceOf } from "./traces";

/** Best of three: a busy machine must not fail the build, a quadratic algorithm must. */
function fastest(work: () => void): number {
  const times = [1, 2, 3].map(() => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return Math.min(...times);
}

describe.each([
  [10_000, 250],
  [100_000, 2_500],
])("%d spans", (size, mostMs) => {
  const trace = largeTrace(size, 42);
  const tree = buildTree(trace);

  it(`are laid out within ${mostMs} ms`, () => {
    expect(trace.size).toBe(size);
    expect(fastest(() => visibleRows(buildTree(trace), UNFOLDED))).toBeLessThan(mostMs);
  });

  it(`are searched within ${mostMs} ms`, () => {
    expect(findSpans(trace, "step=77")?.count).toBeGreaterThan(0);
    expect(fastest(() => findSpans(trace, "no such words"))).toBeLessThan(mostMs);
  });

  it("are folded and unfolded within a frame or a few", () => {
    expect(fastest(() => visibleRows(tree, { depth: 3, toggled: new Set() }))).toBeLessThan(mostMs / 10);
  });
});

it("reads an answer of 100,000 spans within 3 seconds", () => {
  const answer = answerOf(
    Array.from({ length: 100_000 }, (_, i) => ({ id: (i + 1).toString(16), parent: "1", start: i })),
  );

  expect(fastest(() => parseTrace(answer))).toBeLessThan(3_000);
});

it("stands a chain of 100,000 spans, each the child of the one before", () => {
  const trace = traceOf(
    Array.from({ length: 100_000 }, (_, i) => ({
      id: (i + 1).toString(16),
      parent: i.toString(16),
      start: i,
    })),
  );

  expect(buildTree(trace).depth).toBe(100_000);
});
