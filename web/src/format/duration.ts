/** Digits that carry meaning; more of them make a column of durations hard to compare. */
const DIGITS = 3;

const UNITS = [
  { unit: "s", ns: 1e9 },
  { unit: "ms", ns: 1e6 },
  { unit: "µs", ns: 1e3 },
] as const;

/**
 * A duration for people: `830 ns`, `12.4 µs`, `3.21 ms`, `1.25 s`, `2 m 05 s`, `3 h 02 m`, `4 d 01 h`.
 * The units are those of the SI, the same in every language.
 */
export function formatDuration(ns: number): string {
  if (ns < 0) {
    return `−${formatDuration(-ns)}`;
  }
  if (ns >= 60e9 - 5e7) {
    return formatLong(Math.round(ns / 1e9));
  }
  for (const { unit, ns: size } of UNITS) {
    // Compared after rounding: 999.9 µs is 1.00 ms, not 1000 µs.
    if (Number((ns / size).toPrecision(DIGITS)) >= 1) {
      return `${threeDigits(ns / size)} ${unit}`;
    }
  }
  return `${Math.round(ns)} ns`;
}

function threeDigits(number: number): string {
  const rounded = Number(number.toPrecision(DIGITS));
  const decimals = rounded >= 100 ? 0 : rounded >= 10 ? 1 : 2;
  return rounded.toFixed(decimals);
}

function formatLong(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) {
    return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  }
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

/** Every digit: `1,234,567 ns`, for tooltips. */
export function formatExactDuration(ns: number | bigint): string {
  return `${ns.toLocaleString("en-US")} ns`;
}

/** A place on the time axis: all ticks of one axis share the unit and the number of decimals. */
export function formatTick(ns: number, stepNs: number): string {
  if (ns === 0) {
    return "0";
  }
  const { unit, ns: size } = UNITS.find(({ ns: candidate }) => Math.max(ns, stepNs) >= candidate) ?? {
    unit: "ns",
    ns: 1,
  };
  const decimals = Math.min(6, Math.max(0, -Math.floor(Math.log10(stepNs / size) + 1e-9)));
  return `${(ns / size).toFixed(decimals)} ${unit}`;
}
