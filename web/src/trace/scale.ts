/** A stretch of a trace's time, in ns since its start. */
export interface Zoom {
  readonly from: number;
  readonly to: number;
}

/** Nothing shorter can be zoomed into: below it the bars' places have no more digits. */
const SHORTEST_NS = 10;

export function wholeTrace(durationNs: number): Zoom {
  return { from: 0, to: Math.max(durationNs, 1) };
}

export function isWhole(zoom: Zoom, durationNs: number): boolean {
  return zoom.from <= 0 && zoom.to >= durationNs;
}

/** The stretch moved and cut so that it lies within the trace and is not too short. */
export function fitted(zoom: Zoom, durationNs: number): Zoom {
  const all = wholeTrace(durationNs);
  const length = Math.min(Math.max(zoom.to - zoom.from, SHORTEST_NS), all.to);
  const from = Math.min(Math.max(zoom.from, 0), all.to - length);
  return { from, to: from + length };
}

/** Zooms by a factor (below 1: closer) round a point, which stays where it is on the screen. */
export function zoomedBy(zoom: Zoom, factor: number, around: number, durationNs: number): Zoom {
  const from = around - (around - zoom.from) * factor;
  return fitted({ from, to: from + (zoom.to - zoom.from) * factor }, durationNs);
}

/** @param share of the stretch's length; negative moves towards the start */
export function panned(zoom: Zoom, share: number, durationNs: number): Zoom {
  const by = (zoom.to - zoom.from) * share;
  return fitted({ from: zoom.from + by, to: zoom.to + by }, durationNs);
}

/** The same stretch moved, if need be, so that a bar is in sight; a bar that is longer is shown from its start. */
export function inSight(zoom: Zoom, start: number, duration: number, durationNs: number): Zoom {
  if (place(zoom, start, duration).outside === 0) {
    return zoom;
  }
  const length = zoom.to - zoom.from;
  const margin = Math.max(0, (length - duration) / 2);
  return fitted({ from: start - margin, to: start - margin + length }, durationNs);
}

export interface Placed {
  /** Share of the width, 0 to 1. */
  readonly left: number;
  readonly width: number;
  /** No part of it is in the stretch. */
  readonly outside: -1 | 0 | 1;
}

/** Where a bar lies in the stretch, cut at its ends. */
export function place(zoom: Zoom, start: number, duration: number): Placed {
  const length = zoom.to - zoom.from;
  const left = (start - zoom.from) / length;
  const right = (start + duration - zoom.from) / length;
  const cutLeft = Math.min(Math.max(left, 0), 1);
  const cutRight = Math.min(Math.max(right, 0), 1);
  return { left: cutLeft, width: cutRight - cutLeft, outside: right < 0 ? -1 : left > 1 ? 1 : 0 };
}

/**
 * Round numbers along the stretch (1, 2 or 5 times a power of ten), at most `most` of them.
 */
export function ticks(zoom: Zoom, most: number): readonly number[] {
  const rough = (zoom.to - zoom.from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough) ?? rough;
  const found: number[] = [];
  for (let i = Math.ceil(zoom.from / step); i * step <= zoom.to && found.length <= most + 1; i++) {
    found.push(i * step);
  }
  return found;
}
