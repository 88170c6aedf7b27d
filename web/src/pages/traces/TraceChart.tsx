import { useNavigate } from "@tanstack/react-router";
import { type PointerEvent, useMemo, useState } from "react";
import type { TraceList, TraceSummary } from "../../api/server";
import { formatDuration } from "../../format/duration";
import { formatClock, msToNs } from "../../format/time";
import { useText } from "../../i18n";
import { useWidth } from "../../ui/useSize";
import type { Range } from "./search";

const HEIGHT = 112;
const LEFT = 64;
const RIGHT = 16;
const TOP = 10;
const BOTTOM = 22;

/** A point can be hit this far from its middle, in pixels. */
const REACH = 16;

interface Point {
  readonly trace: TraceSummary;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Every listed trace as a point: when it started, how long it took (logarithmic), how many spans it has. */
export function TraceChart({ list, range }: { readonly list: TraceList; readonly range: Range }) {
  const text = useText();
  const navigate = useNavigate();
  const [frame, width] = useWidth<HTMLDivElement>();
  const [near, setNear] = useState<string>();
  const chart = useMemo(() => layOut(list, range, width), [list, range, width]);
  const hit = chart.points.find((point) => point.trace.traceId === near);
  const find = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setNear(nearest(chart.points, event.clientX - box.left, event.clientY - box.top)?.trace.traceId);
  };
  const open = () => {
    if (hit) {
      void navigate({ to: "/trace/$traceId", params: { traceId: hit.trace.traceId }, search: {} });
    }
  };
  return (
    <div ref={frame} className="chart">
      {/* Each point is a row of the table below, which is what the keyboard and screen readers use. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
      <svg
        role="img"
        aria-label={text.traces.chart}
        width={width}
        height={HEIGHT}
        className={hit ? "hit" : undefined}
        onPointerMove={find}
        onPointerLeave={() => setNear(undefined)}
        onClick={open}
      >
        {chart.rows.map((row) => (
          <g key={row.ns}>
            <line className="grid" x1={LEFT} x2={width - RIGHT} y1={row.y} y2={row.y} />
            <text x={LEFT - 8} y={row.y + 4} textAnchor="end">
              {formatDuration(row.ns)}
            </text>
          </g>
        ))}
        {chart.columns.map((column) => (
          <text key={column.x} x={column.x} y={HEIGHT - 5} textAnchor="middle">
            {column.words}
          </text>
        ))}
        {chart.points.map((point) => (
          <Dot key={point.trace.traceId} point={point} near={point === hit} />
        ))}
      </svg>
      {hit && <Tip point={hit} width={width} />}
    </div>
  );
}

/** Errors differ in shape too. */
function Dot({ point, near }: { readonly point: Point; readonly near: boolean }) {
  const { x, y } = point;
  const radius = point.radius + (near ? 1.5 : 0);
  if (point.trace.errorCount === 0) {
    return <circle className="dot" cx={x} cy={y} r={radius} />;
  }
  const reach = radius * 1.25;
  return (
    <path
      className="dot failed"
      d={`M${x} ${y - reach}L${x + reach} ${y}L${x} ${y + reach}L${x - reach} ${y}Z`}
    />
  );
}

function Tip({ point, width }: { readonly point: Point; readonly width: number }) {
  const { trace, x, y } = point;
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  return (
    <div className="chart-tip" style={{ ...side, top: Math.min(y, HEIGHT - 56) }}>
      <strong>{trace.rootService}</strong> {trace.rootName}
      <br />
      <span className="soft tabular">
        {formatClock(trace.startNs)} · {formatDuration(trace.durationNs)}
      </span>
    </div>
  );
}

function nearest(points: readonly Point[], x: number, y: number): Point | undefined {
  let best: Point | undefined;
  let bestDistance = REACH;
  for (const point of points) {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance < bestDistance) {
      best = point;
      bestDistance = distance;
    }
  }
  return best;
}

function layOut(list: TraceList, range: Range, width: number) {
  const { traces } = list;
  const oldest = traces.at(-1)?.startNs ?? 0n;
  // A cut list reaches back only as far as its oldest trace: older time would look empty, which it is not.
  const fromMs = list.truncated ? Number(oldest / 1_000_000n) : range.fromMs;
  const spanMs = Math.max(1, range.toMs - fromMs);
  const xOf = (ms: number) => LEFT + ((ms - fromMs) / spanMs) * (width - LEFT - RIGHT);
  const durations = traces.map((trace) => Math.max(1_000, trace.durationNs));
  const low = Math.floor(Math.log10(Math.min(...durations)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...durations))));
  const yOf = (ns: number) =>
    TOP + (1 - (Math.log10(Math.max(1_000, ns)) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const points = traces.map((trace) => ({
    trace,
    x: xOf(Number(trace.startNs / 1_000n) / 1_000),
    y: yOf(trace.durationNs),
    radius: Math.min(8, 2.5 + Math.log10(Math.max(1, trace.spanCount)) * 1.4),
  }));
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const step = Math.ceil(powers.length / 4);
  return {
    points: width > 0 ? points : [],
    rows: powers.filter((_, i) => i % step === 0).map((ns) => ({ ns, y: yOf(ns) })),
    columns: timeLabels(fromMs, spanMs, width).map(({ ms, words }) => ({ x: xOf(ms), words })),
  };
}

const SECOND = 1_000;
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
].map((s) => s * SECOND);

/** Round local times, far enough apart to be read. */
function timeLabels(fromMs: number, spanMs: number, width: number) {
  const most = Math.max(1, Math.floor((width - LEFT - RIGHT) / 110));
  const step =
    STEPS.find((candidate) => spanMs / candidate <= most) ??
    86_400 * SECOND * Math.ceil(spanMs / most / 86_400_000);
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const labels: { ms: number; words: string }[] = [];
  for (let ms = Math.ceil((fromMs - zoneMs) / step) * step + zoneMs; ms <= fromMs + spanMs; ms += step) {
    labels.push({ ms, words: formatClock(msToNs(ms)).slice(0, step < 60_000 ? 8 : 5) });
  }
  return labels;
}
