import { describe, expect, it } from "vitest";
import { formatDuration, formatExactDuration, formatTick } from "../src/format/duration";
import {
  formatAgo,
  formatClock,
  formatDay,
  formatUtc,
  fromLocalInput,
  toLocalInput,
} from "../src/format/time";
import { ServiceColors, HUES } from "../src/theme/serviceColors";

describe("durations", () => {
  it.each([
    [0, "0 ns"],
    [1, "1 ns"],
    [999, "999 ns"],
    [1_000, "1.00 µs"],
    [12_449, "12.4 µs"],
    [999_499, "999 µs"],
    [999_900, "1.00 ms"],
    [3_210_000, "3.21 ms"],
    [99_960_000, "100 ms"],
    [1_250_000_000, "1.25 s"],
    [59_900_000_000, "59.9 s"],
    [59_999_000_000, "1 m 00 s"],
    [125_000_000_000, "2 m 05 s"],
    [3_599_900_000_000, "1 h 00 m"],
    [10_920_000_000_000, "3 h 02 m"],
    [349_200_000_000_000, "4 d 01 h"],
    [-1_500, "−1.50 µs"],
  ])("%d ns is %s", (ns, text) => {
    expect(formatDuration(ns)).toBe(text);
  });

  it("are exact where asked", () => {
    expect(formatExactDuration(9_007_199_254_740_993n)).toBe("9,007,199,254,740,993 ns");
  });

  it.each([
    [0, 1e6, "0"],
    [50e6, 50e6, "50 ms"],
    [1.5e9, 0.5e9, "1.5 s"],
    [2e9, 0.5e9, "2.0 s"],
    [1.000_002e9, 1_000, "1.000002 s"],
    [400, 100, "400 ns"],
  ])("on the axis, %d with steps of %d is %s", (ns, step, text) => {
    expect(formatTick(ns, step)).toBe(text);
  });
});

describe("times (in Kathmandu, 5 hours and 45 minutes east)", () => {
  const ns = 1_795_456_112_957_029_815n;

  it("are local with milliseconds", () => {
    expect(formatClock(ns)).toBe("23:33:32.957");
    expect(formatDay(ns)).toBe("2026-11-23");
  });

  it("are exact in UTC", () => {
    expect(formatUtc(ns)).toBe("2026-11-23T17:48:32.957029815Z");
    expect(formatUtc(5n)).toBe("1970-01-01T00:00:00.000000005Z");
  });

  it("beyond any calendar do not break the page", () => {
    expect(formatUtc(2n ** 63n * 1_000n)).toContain(" ns");
  });

  it("go into inputs and come back", () => {
    const ms = Date.parse("2026-11-23T17:48:32.957Z");

    expect(toLocalInput(ms)).toBe("2026-11-23T23:33:32.957");
    expect(fromLocalInput(toLocalInput(ms))).toBe(ms);
    expect(fromLocalInput("")).toBeUndefined();
  });

  it.each([
    [0, "en", "0 seconds ago"],
    [59, "en", "59 seconds ago"],
    [3_600, "en", "1 hour ago"],
    [200_000, "zh-CN", "2天前"],
  ])("%d seconds ago in %s: %s", (seconds, language, text) => {
    expect(formatAgo(ns, Number(ns / 1_000_000n) + seconds * 1_000, language)).toBe(text);
  });
});

describe("services' colours", () => {
  it("are all different while there are hues left, and stay", () => {
    const colors = new ServiceColors();
    const names = Array.from({ length: HUES }, (_, i) => `service-${i}`);
    const first = names.map((name) => colors.of(name));

    expect(new Set(first.map((color) => color.hue)).size).toBe(HUES);
    expect(names.map((name) => colors.of(name))).toEqual(first);
  });

  it("differ by shape when the hues are used up", () => {
    const colors = new ServiceColors();
    const looks = Array.from({ length: HUES * 3 }, (_, i) => colors.of(`s${i}`)).map(
      ({ hue, shape }) => `${hue}/${shape}`,
    );

    expect(new Set(looks).size).toBe(HUES * 3);
  });
});
