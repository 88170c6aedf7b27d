import { describe, expect, it } from "vitest";
import { firstCause } from "../src/trace/errors";
import { findRepeats, placeOf, rowOf, runsAround, withRepeats } from "../src/trace/repeats";
import { UNFOLDED, visibleRows } from "../src/trace/rows";
import { buildTree } from "../src/trace/tree";
import { type SpanSpec, random, traceOf } from "./traces";

const ROOT: SpanSpec = { id: "f0", name: "root", duration: 10_000 };

/** Children of the root, one every 10 ns, each 5 long. */
function siblings(count: number, more: Partial<SpanSpec> = {}, from = 0): SpanSpec[] {
  return Array.from({ length: count }, (_, i) => ({
    id: (from + i + 1).toString(16),
    parent: "f0",
    start: (from + i) * 10,
    duration: 5,
    name: "SELECT price",
    kind: 3,
    ...more,
  }));
}

function built(spans: readonly SpanSpec[]) {
  const trace = traceOf(spans);
  const tree = buildTree(trace);
  return { trace, tree, repeats: findRepeats(trace, tree) };
}

/** Lines in words: a head as `×n name`, a row as its name. */
function lines(spans: readonly SpanSpec[], open: ReadonlySet<number> = new Set()): string[] {
  const { trace, tree, repeats } = built(spans);
  return Array.from(withRepeats(visibleRows(tree, UNFOLDED), repeats, tree, open), (line) => {
    const run = repeats.runs[~line];
    return line < 0
      ? `×${run?.spans.length} ${trace.name[run?.spans[0] ?? 0]}`
      : (trace.name[tree.spanAt[line] ?? 0] ?? "");
  });
}

describe("repeats", () => {
  it("of five and more are one line, fewer are not", () => {
    expect(lines([ROOT, ...siblings(5)])).toEqual(["root", "×5 SELECT price"]);
    expect(lines([ROOT, ...siblings(4)])).toEqual(["root", ...Array<string>(4).fill("SELECT price")]);
  });

  it("that are open have a head above their spans", () => {
    expect(lines([ROOT, ...siblings(5)], new Set([0]))).toEqual([
      "root",
      "×5 SELECT price",
      ...Array<string>(5).fill("SELECT price"),
    ]);
  });

  it("end where the name, the service, the kind or the parent is another", () => {
    const runs = [{ name: "x" }, { service: "y" }, { kind: 1 }, { parent: "1" }].map(
      (other) => built([ROOT, ...siblings(4), ...siblings(4, other, 4)]).repeats.runs,
    );

    expect(runs).toEqual([[], [], [], []]);
  });

  it("say how long they took all together, and from when to when", () => {
    const [run] = built([ROOT, ...siblings(31)]).repeats.runs;

    expect(run).toMatchObject({ total: 155, from: 0, to: 305, failing: false, oneByOne: true });
  });

  it("look like N+1 when calls wait for one another, not when they run side by side or call nobody", () => {
    const hint = (more: Partial<SpanSpec>) => built([ROOT, ...siblings(6, more)]).repeats.runs[0]?.oneByOne;

    expect(hint({})).toBe(true);
    expect(hint({ duration: 15 })).toBe(false);
    expect(hint({ kind: 1 })).toBe(false);
    expect(hint({ kind: 1, attributes: [{ key: "db.system.name", value: { stringValue: "mysql" } }] })).toBe(
      true,
    );
  });

  it("hide no failed span among healthy ones", () => {
    const spans = [ROOT, ...siblings(6), ...siblings(1, { error: true }, 6), ...siblings(6, {}, 7)];

    expect(lines(spans)).toEqual(["root", "×6 SELECT price", "SELECT price", "×6 SELECT price"]);
  });

  it("hide no error below one of them either", () => {
    const below: SpanSpec = { id: "ee", parent: "3", start: 21, duration: 1, name: "below", error: true };
    const spans = [ROOT, ...siblings(12), below];

    expect(lines(spans)).toEqual([
      "root",
      "SELECT price",
      "SELECT price",
      "SELECT price",
      "below",
      "×9 SELECT price",
    ]);
  });

  it("that all fail are one line that says so", () => {
    expect(built([ROOT, ...siblings(8, { error: true })]).repeats.runs).toMatchObject([{ failing: true }]);
  });

  it("may lie in one another", () => {
    const inner = siblings(5).flatMap(({ id }) =>
      Array.from({ length: 5 }, (_, i) => ({
        id: `a${id}${i}`,
        parent: id,
        start: Number.parseInt(id, 16) * 10 + i,
        duration: 1,
        name: "inner",
      })),
    );
    const { tree, repeats, trace } = built([ROOT, ...siblings(5), ...inner]);
    const deepest = trace.name.indexOf("inner");

    expect(repeats.runs.length).toBe(6);
    expect(runsAround(repeats, tree, deepest).length).toBe(2);
    expect(repeats.shift[deepest]).toBe(2);
  });

  it("lose no row and put every line in its place, for random trees", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const spans: SpanSpec[] = [ROOT];
      for (let i = 1; i < 80; i++) {
        spans.push({
          id: i.toString(16),
          parent: next() < 0.8 ? "f0" : Math.ceil(next() * i).toString(16),
          start: i * 10,
          duration: Math.floor(next() * 15),
          name: next() < 0.9 ? "a" : "b",
          error: next() < 0.03,
        });
      }
      const { trace, tree, repeats } = built(spans);
      const open = new Set([...repeats.runs.keys()].filter(() => next() < 0.5));
      const all = withRepeats(visibleRows(tree, UNFOLDED), repeats, tree, open);
      const shown = new Set([...all].filter((line) => line >= 0));
      const hidden = [...all]
        .filter((line) => line < 0 && !open.has(~line))
        .flatMap((line) => {
          const { row = 0, endRow = 0 } = repeats.runs[~line] ?? {};
          return Array.from({ length: endRow - row }, (_, i) => row + i);
        });

      expect(
        [...shown, ...hidden].sort((a, b) => a - b),
        `seed ${seed}`,
      ).toEqual([...trace.spanId.keys()]);
      const rows = Array.from(all, (line) => rowOf(repeats, line));
      expect(rows, `seed ${seed}`).toEqual([...rows].sort((a, b) => a - b));
      for (const row of shown) {
        expect(all[placeOf(all, repeats, row)], `seed ${seed}`).toBe(row);
      }
      for (const row of hidden) {
        expect(all[placeOf(all, repeats, row)], `seed ${seed}`).toBeLessThan(0);
      }
    }
  });
});

describe("the first cause", () => {
  it("is the first error that no error below explains", () => {
    const { trace, tree } = built([
      { ...ROOT, error: true },
      { id: "1", parent: "f0", name: "healthy" },
      { id: "2", parent: "f0", start: 1, name: "passes it on", error: true },
      { id: "3", parent: "2", start: 2, name: "the cause", error: true },
      { id: "4", parent: "f0", start: 3, name: "another", error: true },
    ]);

    expect(trace.name[firstCause(trace, tree) ?? 0]).toBe("the cause");
  });

  it("is none in a trace without errors", () => {
    const { trace, tree } = built([ROOT]);

    expect(firstCause(trace, tree)).toBeUndefined();
  });
});
