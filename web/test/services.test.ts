import { describe, expect, it } from "vitest";
import type { AttributeDifference } from "../src/api/differences";
import type { ServiceSummary } from "../src/api/services";
import { formatCalls, formatRate, formatShare, rateUnit } from "../src/format/number";
import { placeIn } from "../src/pages/traces/Expert";
import { groupAlike } from "../src/pages/traces/alike";
import { listed } from "../src/pages/services/order";
import { matching } from "../src/ui/matching";
import { roundUp, timeLabels } from "../src/ui/timeAxis";

function service(name: string, more: Partial<ServiceSummary> = {}): ServiceSummary {
  const series = { requests: [], errors: [], p95: [] };
  return { name, spanCount: 1, requests: 10, errors: 0, p50: 1, p95: 2, p99: 3, series, ...more };
}

describe("services", () => {
  const all = [
    service("cart", { requests: 100, errors: 1 }),
    service("web", { requests: 5, errors: 1, p95: 9 }),
    service("quiet", { requests: 0, p95: undefined }),
    service("Catalog"),
  ];
  const names = (search: Parameters<typeof listed>[1]) => listed(all, search).map(({ name }) => name);

  it("come with the largest share of errors first", () => {
    expect(names({})).toEqual(["web", "cart", "Catalog", "quiet"]);
  });

  it.each([
    [{ sort: "name" } as const, ["cart", "Catalog", "quiet", "web"]],
    [{ sort: "name", reverse: true } as const, ["web", "quiet", "Catalog", "cart"]],
    [{ sort: "rate" } as const, ["cart", "Catalog", "web", "quiet"]],
    [{ sort: "p95" } as const, ["web", "cart", "Catalog", "quiet"]],
    [{ find: " CAT " } as const, ["Catalog"]],
    [{ find: "nothing" } as const, []],
  ])("are listed as %j says", (search, expected) => {
    expect(names(search)).toEqual(expected);
  });
});

describe("numbers for people", () => {
  it.each([
    [0, "0%"],
    [0.0004, "<0.1%"],
    [0.004, "0.4%"],
    [0.125, "13%"],
    [0.9996, ">99.9%"],
    [0.995, "99.5%"],
    [1, "100%"],
  ])("say the share %d as %s", (share, words) => {
    expect(formatShare(share)).toBe(words);
  });

  it.each([
    [31, "31.0"],
    [1, "1.0"],
    [0.99, "1.0"],
    [0.25, "0.25"],
    [0, "0.0"],
    [1204.4, "1,204"],
  ])("say %d calls as %s", (calls, words) => {
    expect(formatCalls(calls)).toBe(words);
  });

  it("tell the rates of one table in one unit", () => {
    const unit = rateUnit(0.5);

    expect([0.5, 0.05, 0.0001, 0].map((rate) => formatRate(rate, unit))).toEqual([
      "30.0/min",
      "3.0/min",
      "<0.1/min",
      "0.0/min",
    ]);
    expect(formatRate(1234, rateUnit(1234))).toBe("1,234/s");
  });
});

describe("completion", () => {
  const choices = ["http.route", "db.system", "url.path", "http.method"].map((value) => ({ value }));

  it("gives what begins with the words before what has them elsewhere", () => {
    expect(matching(choices, "H").map(({ value }) => value)).toEqual([
      "http.route",
      "http.method",
      "url.path",
    ]);
    expect(matching(choices, "").length).toBe(4);
  });
});

describe("the place of an error in a query", () => {
  it.each([
    ["expected && or } at character 17", 17],
    ["unknown field", undefined],
  ])("in %j is %s", (message, place) => {
    expect(placeIn(message)).toBe(place);
  });
});

describe("attributes that differ alike", () => {
  const attribute = (service: string, key: string, selected: number): AttributeDifference => ({
    service,
    key,
    value: "v",
    scope: "resource",
    selected,
    others: 1,
  });

  it("stand together in the place of the first", () => {
    const groups = groupAlike([
      attribute("a", "pod", 9),
      attribute("b", "tier", 8),
      attribute("a", "host", 9),
      attribute("a", "zone", 5),
    ]);

    expect(groups.map(({ first, rest }) => [first.key, rest.map(({ key }) => key)])).toEqual([
      ["pod", ["host"]],
      ["tier", []],
      ["zone", []],
    ]);
  });
});

describe("axes", () => {
  it.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [6, 10],
    [11, 20],
    [2e9, 2e9],
  ])("that hold %d reach to %d", (value, end) => {
    expect(roundUp(value)).toBe(end);
  });

  it("have labels at round times, however short or long the stretch", () => {
    for (const spanMs of [1, 900, 60_000, 3_600_000, 86_400_000, 30 * 86_400_000]) {
      const labels = timeLabels(1_795_456_112_957, 1_795_456_112_957 + spanMs, 800);
      expect(labels.length, `${spanMs} ms`).toBeLessThanOrEqual(8);
      expect(labels.every(({ ms }) => ms % 1_000 === 0)).toBe(true);
    }
  });
});
