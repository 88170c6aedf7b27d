import { describe, expect, it } from "vitest";
import { fitted, inSight, panned, place, ticks, zoomedBy } from "../src/trace/scale";
import { findSpans, nextMatch } from "../src/trace/search";
import { traceOf } from "./traces";

describe("the zoom", () => {
  it("keeps the point under the pointer where it is", () => {
    const zoomed = zoomedBy({ from: 0, to: 1_000 }, 0.5, 250, 1_000);

    expect(zoomed).toEqual({ from: 125, to: 625 });
    expect((250 - zoomed.from) / (zoomed.to - zoomed.from)).toBe(0.25);
  });

  it("never leaves the trace", () => {
    expect(fitted({ from: -50, to: 100 }, 1_000)).toEqual({ from: 0, to: 150 });
    expect(panned({ from: 800, to: 1_000 }, 0.5, 1_000)).toEqual({ from: 800, to: 1_000 });
    expect(zoomedBy({ from: 100, to: 200 }, 1e9, 150, 1_000)).toEqual({ from: 0, to: 1_000 });
  });

  it("moves just so that a bar is in sight", () => {
    const zoom = { from: 100, to: 200 };

    expect(inSight(zoom, 150, 10, 1_000)).toBe(zoom);
    expect(inSight(zoom, 500, 20, 1_000)).toEqual({ from: 460, to: 560 });
    expect(inSight(zoom, 10, 20, 1_000)).toEqual({ from: 0, to: 100 });
    expect(inSight(zoom, 400, 500, 1_000)).toEqual({ from: 400, to: 500 });
  });

  it("never gets so short that nothing can be told apart, nor breaks on a trace without duration", () => {
    expect(fitted({ from: 500, to: 500 }, 1_000)).toEqual({ from: 500, to: 510 });
    expect(fitted({ from: 0, to: 0 }, 0)).toEqual({ from: 0, to: 1 });
  });
});

describe("a bar", () => {
  const zoom = { from: 100, to: 200 };

  it.each([
    [100, 50, { left: 0, width: 0.5, outside: 0 }],
    [50, 100, { left: 0, width: 0.5, outside: 0 }],
    [0, 1_000, { left: 0, width: 1, outside: 0 }],
    [150, 0, { left: 0.5, width: 0, outside: 0 }],
    [10, 20, { left: 0, width: 0, outside: -1 }],
    [300, 20, { left: 1, width: 0, outside: 1 }],
  ])("from %d for %d lies right", (start, duration, placed) => {
    expect(place(zoom, start, duration)).toEqual(placed);
  });
});

describe("the axis", () => {
  it.each([
    [{ from: 0, to: 313e6 }, 6, [0, 100e6, 200e6, 300e6]],
    [{ from: 0, to: 1e9 }, 5, [0, 2e8, 4e8, 6e8, 8e8, 1e9]],
    [{ from: 105, to: 205 }, 3, [150, 200]],
  ])("has round marks in %j", (zoom, most, marks) => {
    expect(ticks(zoom, most)).toEqual(marks);
  });
});

describe("search in a trace", () => {
  const trace = traceOf([
    { id: "1", name: "GET /cart", service: "web" },
    {
      id: "2",
      parent: "1",
      start: 1,
      name: "SELECT",
      service: "cart",
      attributes: [{ key: "db.system", value: { stringValue: "PostgreSQL" } }],
    },
    {
      id: "3",
      parent: "1",
      start: 2,
      name: "SELECT",
      service: "stock",
      attributes: [{ key: "rows", value: { intValue: "42" } }],
    },
  ]);
  const found = (query: string) => Array.from(findSpans(trace, query)?.flags ?? []);

  it.each([
    ["select", [0, 1, 1]],
    ["select stock", [0, 0, 1]],
    ["postgres", [0, 1, 0]],
    ["rows=42", [0, 0, 1]],
    ["service.name=web", [1, 0, 0]],
    ["0000000000000002", [0, 1, 0]],
    ["nothing", [0, 0, 0]],
  ])("finds %j", (query, flags) => {
    expect(found(query)).toEqual(flags);
  });

  it("is off without words", () => {
    expect(findSpans(trace, "  ")).toBeUndefined();
  });

  it("goes round at both ends", () => {
    const spanAt = new Int32Array([0, 1, 2]);
    const flags = new Uint8Array([1, 0, 1]);

    expect(nextMatch(spanAt, flags, 0, 1)).toBe(2);
    expect(nextMatch(spanAt, flags, 2, 1)).toBe(0);
    expect(nextMatch(spanAt, flags, 0, -1)).toBe(2);
    expect(nextMatch(spanAt, new Uint8Array(3), 0, 1)).toBeUndefined();
  });
});
