import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/theme/tokens.css", import.meta.url), "utf8");

type Rgb = readonly [number, number, number];

function rgb(hex: string): Rgb {
  const at = (i: number) => Number.parseInt(hex.slice(i, i + 2), 16) / 255;
  return [at(1), at(3), at(5)];
}

/** A token's colour in the light and in the dark theme. */
const tokens = new Map<string, readonly [light: Rgb, dark: Rgb]>();
for (const [, name = "", light = "", dark = ""] of css.matchAll(
  /--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g,
)) {
  tokens.set(name, [rgb(light), rgb(dark)]);
}
for (const [, name = "", both = ""] of css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)) {
  tokens.set(name, [rgb(both), rgb(both)]);
}

/** Relative luminance after WCAG 2.2. */
function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function pairs(fronts: readonly string[], backs: readonly string[]): readonly [string, string][] {
  return fronts.flatMap((front) => backs.map((back) => [front, back] as [string, string]));
}

const SURFACES = ["ground", "surface", "raised", "sunken", "hover", "selected"];

const WORDS: readonly [string, string][] = [
  ...pairs(["text", "text-soft"], SURFACES),
  ...pairs(["accent"], ["ground", "surface", "raised", "hover", "selected"]),
  ...pairs(["error"], ["ground", "surface", "raised", "hover", "error-ground"]),
  ...pairs(["warning"], ["surface", "hover", "warning-ground"]),
  ...pairs(["text"], ["error-ground", "warning-ground", "match-ground"]),
  ["on-accent", "accent-ground"],
];

const MARKS: readonly [string, string][] = [
  ...pairs(["line-control", "focus", "error", "accent"], ["ground", "surface"]),
  ...pairs(
    Array.from({ length: 10 }, (_, hue) => `service-${hue}`),
    ["ground", "surface", "hover"],
  ),
];

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("in the %s theme", (_theme, side) => {
  const between = ([front, back]: readonly [string, string]) => {
    const [a, b] = [tokens.get(front)?.[side], tokens.get(back)?.[side]];
    return a && b ? contrast(a, b) : 0;
  };

  it.each(WORDS)("words in %s can be read on %s", (...pair) => {
    expect(between(pair)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(MARKS)("marks in %s can be seen on %s", (...pair) => {
    expect(between(pair)).toBeGreaterThanOrEqual(3);
  });
});
