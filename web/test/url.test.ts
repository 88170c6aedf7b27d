import { describe, expect, it } from "vitest";
import { parseSearch, stringifySearch } from "../src/pages/searchText";
import { SpanKeys, foldText, foldingOf, parseTraceSearch, zoomOf, zoomText } from "../src/pages/trace/search";
import { isLive, parseTracesSearch, rangeAt } from "../src/pages/traces/search";
import { traceIdIn } from "../src/ui/Header";
import { traceOf } from "./traces";

/** What a page gets back when it writes a state into the URL and the URL is opened elsewhere. */
const roundTrip = (state: object) => parseSearch(stringifySearch({ ...state }));

describe("the URL of the traces page", () => {
  it.each([
    [{}],
    [{ last: "5m", service: "订单 & co=1", errors: true, limit: 500, live: false, guide: true }],
    [{ from: "2026-11-23T10:00:00.123Z", to: "2026-11-23T11:00:00.000Z" }],
    [{ service: "true" }],
    [{ service: "12" }],
  ])("gives back %j", (state) => {
    expect(parseTracesSearch(roundTrip(state))).toEqual(state);
  });

  it.each([
    [{ last: "9y" }],
    [{ last: "constructor" }],
    [{ from: "2026-11-23T10:00:00Z" }],
    [{ from: "2026-11-23T10:00:00Z", to: "2026-11-22T10:00:00Z" }],
    [{ from: "x", to: "y" }],
    [{ limit: "100000" }],
    [{ errors: "1", live: "no", guide: "", service: "" }],
    [{ unknown: "x" }],
  ])("leaves out nonsense: %j", (raw) => {
    expect(parseTracesSearch(raw)).toEqual({});
  });

  it("means by a relative range the time until now", () => {
    expect(rangeAt({ last: "5m" }, 1_000_000)).toEqual({ fromMs: 700_000, toMs: 1_000_000 });
    expect(rangeAt({}, 4_000_000)).toEqual({ fromMs: 400_000, toMs: 4_000_000 });
  });

  it("follows new traces unless told otherwise or the range has an end", () => {
    expect(isLive({})).toBe(true);
    expect(isLive({ live: false })).toBe(false);
    expect(isLive({ from: "2026-11-23T10:00:00.000Z", to: "2026-11-23T11:00:00.000Z" })).toBe(false);
  });
});

describe("the URL of the trace page", () => {
  it.each([
    [{}],
    [
      {
        span: "b7ad6b7169203331",
        q: "a=b & c#d",
        only: true,
        path: true,
        zoom: "5-1000",
        depth: 0,
        fold: "0000000000000001.b7ad6b7169203331~2",
      },
    ],
    [{ span: "1234567890123456789" }],
    [{ span: "12e4567890123456" }],
    [{ q: "true" }],
  ])("gives back %j", (state) => {
    expect(parseTraceSearch(roundTrip(state))).toEqual(state);
  });

  it.each([
    [{ span: "<script>" }],
    [{ zoom: "-5-9" }],
    [{ depth: "-1" }],
    [{ depth: "1e9" }],
    [{ fold: "x y" }],
    [{ only: "yes", q: " " }],
  ])("leaves out nonsense: %j", (raw) => {
    expect(parseTraceSearch(raw)).toEqual({});
  });

  it("names the whole trace by nothing, and a stretch so that it comes back", () => {
    expect(zoomText({ from: 0, to: 1_000 }, 1_000)).toBeUndefined();
    expect(zoomText({ from: 100, to: 300 }, 1_000)).toBe("100-300");
    expect(zoomOf({ zoom: "100-300" }, 1_000)).toEqual({ from: 100, to: 300 });
  });

  it.each([["300-100"], ["0-99999"], ["5000-6000"]])("does not leave the trace with the zoom %s", (zoom) => {
    const { from, to } = zoomOf({ zoom }, 1_000);

    expect(from).toBeGreaterThanOrEqual(0);
    expect(to).toBeLessThanOrEqual(1_000);
    expect(from).toBeLessThan(to);
  });

  it("tells spans apart that share an id", () => {
    const keys = new SpanKeys(traceOf([{ id: "1" }, { id: "1" }, { id: "2" }]));

    expect([0, 1, 2].map((span) => keys.key(span))).toEqual([
      "0000000000000001",
      "0000000000000001~2",
      "0000000000000002",
    ]);
    expect(keys.span("0000000000000001~2")).toBe(1);
    expect(keys.span("ffffffffffffffff")).toBeUndefined();
  });

  it("remembers what is folded", () => {
    const keys = new SpanKeys(traceOf([{ id: "1" }, { id: "1" }, { id: "2" }]));
    const folding = { depth: 1, toggled: new Set([1, 2]) };
    const fold = foldText(folding, keys);

    expect(fold).toBe("0000000000000001~2.0000000000000002");
    expect(foldingOf({ depth: 1, ...(fold !== undefined && { fold }) }, keys)).toEqual(folding);
    expect(foldText({ depth: undefined, toggled: new Set() }, keys)).toBeUndefined();
  });

  it("stays short however much is folded", () => {
    const keys = new SpanKeys(traceOf(Array.from({ length: 500 }, (_, i) => ({ id: (i + 1).toString(16) }))));
    const fold = foldText(
      { depth: undefined, toggled: new Set(Array.from({ length: 500 }, (_, i) => i)) },
      keys,
    );

    expect(fold?.length).toBeLessThan(1_100);
  });
});

describe("the box that opens a trace", () => {
  it.each([
    [" 0AF7651916cd43dd8448eb211c80319c ", "0af7651916cd43dd8448eb211c80319c"],
    ["abc", "abc"],
    ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c"],
    ["", undefined],
    ["0000", undefined],
    ["xyz", undefined],
    ["0af7651916cd43dd8448eb211c80319c0", undefined],
  ])("reads %j as %s", (words, traceId) => {
    expect(traceIdIn(words)).toBe(traceId);
  });
});
