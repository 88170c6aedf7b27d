/** Every digit, in groups: `1,234,567`. */
export function formatCount(n: number): string {
  return n.toLocaleString("en-US");
}

/**
 * A part of a whole (0 to 1) in percent: `0%`, `<0.1%`, `0.4%`, `12%`, `>99.9%`, `100%`. Only none is 0% and only
 * all is 100%.
 */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) {
    return "<0.1%";
  }
  if (percent < 100 && percent > 99.9) {
    return ">99.9%";
  }
  return percent < 10 || (percent > 99 && percent < 100)
    ? `${Number(percent.toFixed(1))}%`
    : `${Math.round(percent)}%`;
}

/** Calls a trace, a mean: `31.0`, `0.25`, `1,204`. */
export function formatCalls(calls: number): string {
  if (calls >= 1_000) {
    return formatCount(Math.round(calls));
  }
  return calls > 0 && calls < 0.95 ? calls.toFixed(2) : calls.toFixed(1);
}

/** A unit of time in which rates of one table are told, so that they can be compared. */
export type RateUnit = "s" | "min" | "h";

const SECONDS: Record<RateUnit, number> = { s: 1, min: 60, h: 3_600 };

/** The unit in which the fastest rate is 1 or more. */
export function rateUnit(mostPerSecond: number): RateUnit {
  return mostPerSecond >= 1 ? "s" : mostPerSecond >= 1 / 60 ? "min" : "h";
}

/** `12.4/s`, `3.0/min`, `1,204/s`: one decimal, so that a column of them lines up. */
export function formatRate(perSecond: number, unit: RateUnit): string {
  const rate = perSecond * SECONDS[unit];
  const words =
    rate >= 100 ? formatCount(Math.round(rate)) : rate > 0 && rate < 0.05 ? "<0.1" : rate.toFixed(1);
  return `${words}/${unit}`;
}
