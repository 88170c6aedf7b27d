import { describe, expect, it } from "vitest";
import { type Range, rangeAround, rangeAt } from "../src/pages/range";
import { parseSearch, stringifySearch } from "../src/pages/searchText";
import { type ServicesSearch, parseServicesSearch, sortedBy } from "../src/pages/services/search";
import { SpanKeys, foldText, foldingOf, parseTraceSearch, zoomOf, zoomText } from "../src/pages/trace/search";
import {
  type TracesSearch,
  cleared,
  durationWords,
  filterOf,
  isComparable,
  isFull,
  isLive,
  narrowed,
  parseTracesSearch,
  withAttribute,
  withoutAttribute,
} from "../src/pages/traces/search";
import { traceIdIn } from "../src/ui/Header";
import { random, traceOf } from "./traces";

/** What a page gets back when it writes a state into the URL and the URL is opened elsewhere. */
const roundTrip = (state: object) => parseSearch(stringifySearch({ ...state }));

describe("the URL of the traces page", () => {
  it.each([
    [{}],
    [{ last: "5m", service: "订单 & co=1", status: "error", sort: "slowest", live: false, guide: true }],
    [{ name: "GET /a?b=c#d", minDuration: "1.5s", maxDuration: "2m", view: "differences" }],
    [{ attribute: ["tier=gold"] }],
    [{ attribute: ["a=b=c", "空 格=值 & more", "empty=", "%20=+"] }],
    [{ q: '{ name = "x && y" && duration > 1s }' }],
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
    [{ status: "broken", sort: "fastest", view: "x" }],
    [{ minDuration: "fast", maxDuration: "-5ms" }],
    [{ attribute: ["no value", "=no key"], q: "  " }],
    [{ errors: "1", live: "no", guide: "", service: "" }],
    [{ unknown: "x" }],
  ])("leaves out nonsense: %j", (raw) => {
    expect(parseTracesSearch(raw)).toEqual({});
  });

  it("still reads what earlier versions wrote", () => {
    expect(parseTracesSearch({ errors: "true", limit: "500" })).toEqual({ status: "error" });
  });

  it("gives back whatever was filtered by", () => {
    const alphabet = [..."ab=&?#+% {}\"'\\/;,:é中\u202e😀"];
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const words = (least: number) =>
        Array.from(
          { length: least + Math.floor(next() * 8) },
          () => alphabet[Math.floor(next() * alphabet.length)] ?? "",
        ).join("");
      const keys = Array.from({ length: Math.floor(next() * 4) }, (_, i) => `k${i}${words(0)}`);
      const state: TracesSearch = {
        ...(next() < 0.5 && { service: `s${words(0)}` }),
        ...(next() < 0.5 && { name: words(1) }),
        ...(keys.length > 0 && { attribute: keys.map((key) => `${key}=${words(0)}`) }),
        ...(next() < 0.5 && { q: `{${words(0)}}` }),
      };
      expect(parseTracesSearch(roundTrip(state)), `seed ${seed}`).toEqual(state);
    }
  });

  it.each([
    ["200", "200ms"],
    ["1.5 s", "1.5s"],
    ["250µs", "250us"],
    ["2M", "2m"],
    ["5000ns", "5000ns"],
    ["", undefined],
    ["s", undefined],
    ["1h", undefined],
    ["1e9s", undefined],
  ])("reads the duration %j as %j", (words, read) => {
    expect(durationWords(words)).toBe(read);
  });

  it("adds and drops attributes, each once", () => {
    const once = withAttribute(withAttribute({}, "tier", "gold"), "tier", "gold");

    expect(once).toEqual({ attribute: ["tier=gold"] });
    expect(withoutAttribute(once, "tier=gold")).toEqual({});
  });

  it("keeps as many attributes as the server takes", () => {
    const attribute = Array.from({ length: 33 }, (_, i) => `key-${i}=value`);

    expect(parseTracesSearch({ attribute }).attribute).toEqual(attribute.slice(0, 32));
    expect(isFull({ attribute: attribute.slice(0, 31) })).toBe(false);
    expect(isFull({ attribute: attribute.slice(0, 32) })).toBe(true);
  });

  it("drops conditions that a span of another service can't meet", () => {
    const search: TracesSearch = { service: "web", name: "GET /", attribute: ["a=b"], status: "error" };

    expect(narrowed(search, "cart")).toEqual({ service: "cart", status: "error" });
    expect(narrowed(search, "web")).toEqual(search);
    expect(narrowed({ attribute: ["a=b"] }, "cart")).toEqual({ attribute: ["a=b"], service: "cart" });
  });

  it("is cleared of its conditions, not of its time and order", () => {
    const kept: TracesSearch = { last: "5m", sort: "slowest", live: false };

    expect(
      cleared({
        ...kept,
        service: "a",
        name: "b",
        status: "ok",
        minDuration: "1s",
        attribute: ["a=b"],
        q: "{}",
      }),
    ).toEqual(kept);
  });

  it.each<[TracesSearch, boolean]>([
    [{}, false],
    [{ service: "a", name: "b", last: "5m" }, false],
    [{ status: "error" }, true],
    [{ minDuration: "1s" }, true],
    [{ attribute: ["a=b"] }, true],
    [{ q: "{}" }, true],
    [{ sort: "slowest" }, true],
  ])("%j can be compared: %s", (search, comparable) => {
    expect(isComparable(search)).toBe(comparable);
  });

  it("becomes what the server is asked, in ns", () => {
    expect(filterOf({ last: "5m", status: "ok", attribute: ["a=b"] }, 1_000_000)).toMatchObject({
      startNs: 700_000_000_000n,
      endNs: 1_000_000_000_000n,
      status: "ok",
      attribute: ["a=b"],
    });
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

describe("the URL of the services page", () => {
  it.each<[ServicesSearch]>([
    [{}],
    [{ service: "a/b?c", last: "6h" }],
    [{ service: "" }],
    [{ find: "shop", sort: "p99", reverse: true }],
  ])("gives back %j", (state) => {
    expect(parseServicesSearch(roundTrip(state))).toEqual(state);
  });

  it("leaves out nonsense", () => {
    expect(parseServicesSearch({ sort: "constructor", reverse: "1", find: " " })).toEqual({});
  });

  it("sorts by a column at the first click and turns it round at the second", () => {
    const once = sortedBy({ find: "a" }, "p95");

    expect(once).toEqual({ find: "a", sort: "p95" });
    expect(sortedBy(once, "p95")).toEqual({ find: "a", sort: "p95", reverse: true });
    expect(sortedBy(once, "errors")).toEqual({ find: "a" });
  });
});

describe("the range round a trace", () => {
  const hour: Range = { fromMs: 0, toMs: 3_600_000 };

  it("is the usual one while the trace is young, and holds an old one", () => {
    expect(rangeAround(hour.toMs - 1_000, hour.toMs)).toEqual({});
    const { fromMs, toMs } = rangeAt(rangeAround(hour.fromMs, hour.toMs * 24), 0);
    expect(fromMs).toBeLessThan(0);
    expect(toMs).toBeGreaterThan(0);
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
        runs: "0000000000000003",
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
    [{ runs: "x y" }],
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
