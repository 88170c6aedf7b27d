import { formatClock, msToNs } from "../format/time";

const SECOND = 1_000;
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
].map((s) => s * SECOND);

/** Space that a label needs, in pixels. */
const LABEL = 110;

export interface TimeLabel {
  readonly ms: number;
  readonly words: string;
}

/** Round local times along a stretch that is `width` pixels wide, far enough apart to be read. */
export function timeLabels(fromMs: number, toMs: number, width: number): readonly TimeLabel[] {
  const spanMs = Math.max(1, toMs - fromMs);
  const most = Math.max(1, Math.floor(width / LABEL));
  const step =
    STEPS.find((candidate) => spanMs / candidate <= most) ??
    86_400 * SECOND * Math.ceil(spanMs / most / 86_400_000);
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const labels: TimeLabel[] = [];
  for (let ms = Math.ceil((fromMs - zoneMs) / step) * step + zoneMs; ms <= fromMs + spanMs; ms += step) {
    labels.push({ ms, words: formatClock(msToNs(ms)).slice(0, step < 60_000 ? 8 : 5) });
  }
  return labels;
}

/** The least of 1, 2 or 5 times a power of ten that is not below the value; 1 at least. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= value) ?? power * 10;
}
