const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;

export function nsToDate(ns: bigint): Date {
  return new Date(Number(ns / NS_PER_MS));
}

export function msToNs(ms: number): bigint {
  return BigInt(Math.round(ms)) * NS_PER_MS;
}

const two = (number: number) => String(number).padStart(2, "0");

/** `14:05:09.123` in the reader's time zone, 24 hours, the same in every language. */
export function formatClock(ns: bigint): string {
  const date = nsToDate(ns);
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** `2026-11-23` in the reader's time zone. */
export function formatDay(ns: bigint): string {
  const date = nsToDate(ns);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** ISO 8601 in UTC with all nine digits: `2026-11-23T14:05:09.123456789Z`. */
export function formatUtc(ns: bigint): string {
  const date = nsToDate(ns);
  if (Number.isNaN(date.getTime())) {
    return `${ns} ns`;
  }
  const fraction = String(((ns % NS_PER_S) + NS_PER_S) % NS_PER_S).padStart(9, "0");
  return `${date.toISOString().slice(0, 19)}.${fraction}Z`;
}

const AGO_UNITS = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
] as const;

/** "3 minutes ago" in the reader's language; below a minute in seconds. */
export function formatAgo(ns: bigint, nowMs: number, language: string): string {
  const seconds = Math.max(0, Math.floor((nowMs - Number(ns / NS_PER_MS)) / 1000));
  const format = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "long" });
  const found = AGO_UNITS.find((candidate) => seconds >= candidate.seconds);
  return found
    ? format.format(-Math.floor(seconds / found.seconds), found.unit)
    : format.format(-seconds, "second");
}

/** For `<input type="datetime-local" step="0.001">`. */
export function toLocalInput(ms: number): string {
  const ns = msToNs(ms);
  return `${formatDay(ns)}T${formatClock(ns)}`;
}

/** @returns undefined when the text is no date and time */
export function fromLocalInput(text: string): number | undefined {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
