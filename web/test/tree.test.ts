import { describe, expect, it } from "vitest";
import type { Trace } from "../src/otlp/trace";
import { UNFOLDED, revealing, toggling, visibleRows } from "../src/trace/rows";
import { criticalPath } from "../src/trace/criticalPath";
import { Oddity } from "../src/trace/oddity";
import { type Tree, buildTree, coveredByChildren, errorsBelow } from "../src/trace/tree";
import { type SpanSpec, random, traceOf } from "./traces";

/** The rows as "  name" with two blanks a level. */
function drawn(
  trace: Trace,
  tree: Tree,
  rows: ArrayLike<number> = tree.spanAt.map((_, row) => row),
): string[] {
  return Array.from(rows, (row) => "  ".repeat(tree.levelAt[row] ?? 0) + trace.name[tree.spanAt[row] ?? 0]);
}

function built(spans: readonly SpanSpec[]) {
  const trace = traceOf(spans);
  const tree = buildTree(trace);
  return {
    trace,
    tree,
    lines: drawn(trace, tree),
    oddity: (name: string) => tree.oddity[trace.name.indexOf(name)],
  };
}

describe("the tree", () => {
  it("puts parents before children and siblings by start, whatever the order of the answer", () => {
    const { lines } = built([
      { id: "3", parent: "1", start: 20, name: "late" },
      { id: "4", parent: "2", start: 6, name: "leaf" },
      { id: "1", name: "root", duration: 100 },
      { id: "2", parent: "1", start: 5, name: "early" },
    ]);

    expect(lines).toEqual(["root", "  early", "    leaf", "  late"]);
  });

  it("shows a span whose parent is missing as a marked root, with its own children", () => {
    const { lines, oddity } = built([
      { id: "1", name: "root" },
      { id: "2", parent: "99", start: 5, name: "orphan" },
      { id: "3", parent: "2", start: 6, name: "child" },
    ]);

    expect(lines).toEqual(["root", "orphan", "  child"]);
    expect(oddity("orphan")).toBe(Oddity.orphan);
    expect(oddity("child")).toBe(0);
  });

  it("shows every root of several", () => {
    expect(
      built([
        { id: "1", start: 9, name: "b" },
        { id: "2", name: "a" },
      ]).lines,
    ).toEqual(["a", "b"]);
  });

  it("cuts a cycle above its earliest span", () => {
    const { lines, oddity } = built([
      { id: "1", parent: "3", start: 5, name: "a" },
      { id: "2", parent: "1", start: 1, name: "b" },
      { id: "3", parent: "2", start: 9, name: "c" },
      { id: "4", parent: "3", start: 10, name: "hanger-on" },
    ]);

    expect(lines).toEqual(["b", "  c", "    a", "    hanger-on"]);
    expect(oddity("b")).toBe(Oddity.cycle);
  });

  it("cuts a span that is its own parent", () => {
    const { lines, oddity } = built([{ id: "1", parent: "1", name: "self" }]);

    expect(lines).toEqual(["self"]);
    expect(oddity("self")).toBe(Oddity.cycle);
  });

  it("keeps spans that share an id and hangs children of another process on the first that serves", () => {
    const trace = traceOf([
      { id: "1", name: "asks", kind: 3 },
      { id: "1", start: 50, name: "also asks", kind: 3 },
      { id: "3", name: "serves first" },
      { id: "3", start: 50, name: "serves second" },
      { id: "2", parent: "1", start: 60, name: "child", service: "other" },
      { id: "4", parent: "3", start: 70, name: "grandchild", service: "other" },
    ]);
    const tree = buildTree(trace);

    expect(drawn(trace, tree)).toEqual([
      "asks",
      "  child",
      "serves first",
      "  grandchild",
      "also asks",
      "serves second",
    ]);
    expect(Array.from(tree.oddity)).toEqual([0, Oddity.duplicate, 0, Oddity.duplicate, 0, 0]);
  });

  it("hangs a server that has its client's id on that client, and children on the span of their process", () => {
    const { lines, tree } = built([
      { id: "1", name: "GET /", service: "shop", duration: 100 },
      { id: "2", parent: "1", start: 10, name: "asks", kind: 3, service: "shop" },
      { id: "2", parent: "1", start: 12, name: "serves", kind: 2, service: "cart" },
      { id: "3", parent: "2", start: 14, name: "SELECT", kind: 3, service: "cart" },
      { id: "4", parent: "2", start: 11, name: "connect", service: "shop" },
    ]);

    expect(lines).toEqual(["GET /", "  asks", "    connect", "    serves", "      SELECT"]);
    expect(Array.from(tree.oddity)).toEqual([0, 0, 0, 0, 0]);
  });

  it("takes a trace in which all spans have one id in no more than linear time", () => {
    const spans = Array.from({ length: 50_000 }, (_, i) => ({
      id: "1",
      parent: "1",
      start: i,
      kind: i % 2 === 0 ? 3 : 2,
    }));
    const trace = traceOf(spans);
    const begin = performance.now();

    expect(buildTree(trace).spanAt).toHaveLength(50_000);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it("of no spans is empty", () => {
    expect(built([]).lines).toEqual([]);
  });

  it("counts the errors below a row", () => {
    const { trace, tree } = built([
      { id: "1", error: true },
      { id: "2", parent: "1", start: 1, error: true },
      { id: "3", parent: "2", start: 2, error: true },
      { id: "4", start: 50, error: true },
    ]);

    expect(trace.errorCount).toBe(4);
    expect(errorsBelow(tree, 0)).toBe(2);
    expect(errorsBelow(tree, 3)).toBe(0);
  });

  it("has every span once and no span above its parent, for random input with every oddity", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const size = 1 + Math.floor(next() * 40);
      const spans = Array.from({ length: size }, () => ({
        id: Math.floor(next() * size).toString(16),
        ...(next() < 0.8 && { parent: Math.floor(next() * size * 1.2).toString(16) }),
        start: Math.floor(next() * 100),
        duration: Math.floor(next() * 100),
        kind: Math.floor(next() * 6),
      }));
      const trace = traceOf(spans);
      const tree = buildTree(trace);

      expect(
        Array.from(tree.spanAt).sort((a, b) => a - b),
        `seed ${seed}`,
      ).toEqual(spans.map((_, i) => i));
      for (const [row, span] of tree.spanAt.entries()) {
        const parent = tree.parent[span] ?? -1;
        const parentRow = tree.row[parent] ?? -1;
        expect(parent === -1 || (parentRow < row && row < (tree.endAt[parentRow] ?? 0)), `seed ${seed}`).toBe(
          true,
        );
      }
    }
  });
});

describe("self time", () => {
  const selfOf = (children: readonly [start: number, duration: number][]) =>
    buildTree(
      traceOf([
        { id: "f0", start: 100, duration: 100 },
        ...children.map(([start, duration], i) => ({ id: String(i + 1), parent: "f0", start, duration })),
      ]),
    ).selfTime[0];

  // The earliest span begins the trace, so a child before its parent shifts nothing here.
  it.each<[string, [number, number][], number]>([
    ["without children is all of it", [], 100],
    ["leaves out a child", [[110, 20]], 80],
    [
      "counts overlapping children once",
      [
        [110, 40],
        [130, 40],
      ],
      40,
    ],
    [
      "counts a child inside another once",
      [
        [110, 50],
        [120, 10],
      ],
      50,
    ],
    [
      "adds up children that follow one another",
      [
        [110, 10],
        [120, 10],
        [150, 10],
      ],
      70,
    ],
    ["ignores what a child does after its parent's end", [[190, 500]], 90],
    [
      "ignores a child that begins after its parent's end",
      [
        [250, 10],
        [260, 10],
      ],
      100,
    ],
    ["ignores what a child does before its parent's start", [[50, 60]], 90],
    ["is nothing when a child covers all", [[90, 200]], 0],
    [
      "does not mind children without duration",
      [
        [110, 0],
        [120, 0],
      ],
      100,
    ],
  ])("%s", (_name, children, self) => {
    expect(selfOf(children)).toBe(self);
  });

  it("and the covered stretches add up to the duration, for random children", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const children = Array.from({ length: Math.floor(next() * 12) }, (_, i) => ({
        id: String(i + 1),
        parent: "f0",
        start: Math.floor(next() * 200),
        duration: Math.floor(next() * 80),
      }));
      const trace = traceOf([{ id: "f0", start: 50, duration: 100 }, ...children]);
      const tree = buildTree(trace);
      const covered = coveredByChildren(trace, tree, 0);

      expect(
        covered.reduce((sum, [from, to]) => sum + to - from, 0) + (tree.selfTime[0] ?? 0),
        `seed ${seed}`,
      ).toBe(100);
      expect(
        covered.every(([from], i) => i === 0 || from > (covered[i - 1]?.[1] ?? 0)),
        `seed ${seed}`,
      ).toBe(true);
    }
  });
});

describe("the critical path", () => {
  /** As "name from-to" in order of time. */
  const pathOf = (spans: readonly SpanSpec[]) => {
    const trace = traceOf(spans);
    return [...criticalPath(trace, buildTree(trace))]
      .flatMap(([span, pieces]) =>
        pieces.map(([from, to]) => ({ from, words: `${trace.name[span]} ${from}-${to}` })),
      )
      .sort((a, b) => a.from - b.from)
      .map(({ words }) => words);
  };
  const root = { id: "f0", name: "root", start: 0, duration: 100 };
  const child = (id: string, start: number, duration: number, parent = "f0"): SpanSpec => ({
    id,
    name: id,
    parent,
    start,
    duration,
  });

  it.each<[string, SpanSpec[], string[]]>([
    ["of one span is all of it", [root], ["root 0-100"]],
    [
      "goes through children that follow one another",
      [root, child("a", 10, 20), child("b", 40, 50)],
      ["root 0-10", "a 10-30", "root 30-40", "b 40-90", "root 90-100"],
    ],
    [
      "leaves out a child that ran beside a later one",
      [root, child("a", 10, 50), child("b", 20, 70)],
      ["root 0-20", "b 20-90", "root 90-100"],
    ],
    ["cuts a child that outlives its parent", [root, child("a", 60, 500)], ["root 0-60", "a 60-100"]],
    [
      "goes down into grandchildren",
      [root, child("a", 10, 80), child("b", 20, 30, "a")],
      ["root 0-10", "a 10-20", "b 20-50", "a 50-90", "root 90-100"],
    ],
    ["ignores a child that began after its parent's end", [root, child("a", 200, 10)], ["root 0-100"]],
  ])("%s", (_name, spans, pieces) => {
    expect(pathOf(spans)).toEqual(pieces);
  });

  it("covers a root's time once and without a gap, for random children", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const spans = Array.from({ length: Math.floor(next() * 25) }, (_, i) =>
        child(
          (i + 1).toString(16),
          Math.floor(next() * 120),
          Math.floor(next() * 60),
          i > 0 && next() < 0.5 ? Math.ceil(next() * i).toString(16) : "f0",
        ),
      );
      const trace = traceOf([root, ...spans]);
      const pieces = [...criticalPath(trace, buildTree(trace)).values()].flat().sort((a, b) => a[0] - b[0]);

      expect(pieces[0]?.[0], `seed ${seed}`).toBe(0);
      expect(pieces.at(-1)?.[1], `seed ${seed}`).toBe(100);
      expect(
        pieces.every(([from], i) => i === 0 || from === pieces[i - 1]?.[1]),
        `seed ${seed}`,
      ).toBe(true);
    }
  });
});

describe("rows", () => {
  const { trace, tree } = built([
    { id: "1", name: "root", duration: 100 },
    { id: "2", parent: "1", start: 1, name: "a" },
    { id: "3", parent: "2", start: 2, name: "a1" },
    { id: "4", parent: "1", start: 5, name: "b" },
    { id: "5", parent: "4", start: 6, name: "b1" },
  ]);
  const names = (rows: Int32Array) => drawn(trace, tree, rows).map((line) => line.trim());

  it("are all there when nothing is folded", () => {
    expect(names(visibleRows(tree, UNFOLDED))).toEqual(["root", "a", "a1", "b", "b1"]);
  });

  it("below a folded span are out of sight", () => {
    expect(names(visibleRows(tree, toggling(UNFOLDED, 1)))).toEqual(["root", "a", "b", "b1"]);
    expect(names(visibleRows(tree, toggling(toggling(UNFOLDED, 1), 1)))).toEqual([
      "root",
      "a",
      "a1",
      "b",
      "b1",
    ]);
  });

  it("can be folded by depth, with exceptions", () => {
    expect(names(visibleRows(tree, { depth: 0, toggled: new Set() }))).toEqual(["root"]);
    expect(names(visibleRows(tree, { depth: 1, toggled: new Set() }))).toEqual(["root", "a", "b"]);
    expect(names(visibleRows(tree, { depth: 1, toggled: new Set([3]) }))).toEqual(["root", "a", "b", "b1"]);
  });

  it("unfold just as far as a span needs", () => {
    const folding = revealing(tree, { depth: 0, toggled: new Set() }, 4);

    expect(names(visibleRows(tree, folding))).toEqual(["root", "a", "b", "b1"]);
    expect(revealing(tree, folding, 4)).toBe(folding);
  });

  it("of matches come with what leads to them", () => {
    expect(
      names(visibleRows(tree, { depth: 0, toggled: new Set() }, new Uint8Array([0, 0, 0, 0, 1]))),
    ).toEqual(["root", "b", "b1"]);
  });
});
