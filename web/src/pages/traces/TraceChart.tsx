import { useNavigate } from "@tanstack/react-router";
import { type PointerEvent, useMemo, useState } from "react";
import type { TraceSummary } from "../../api/server";
import { formatDuration } from "../../format/duration";
import { formatClock } from "../../format/time";
import { useText } from "../../i18n";
import { timeLabels } from "../../ui/timeAxis";
import { useWidth } from "../../ui/useSize";
import { useStretch } from "../../ui/useStretch";
import type { Range } from "../range";

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

interface TraceChartProps {
  readonly traces: readonly TraceSummary[];
  readonly range: Range;
  /** The list reaches back only as far as its oldest trace: older time would look empty, which it is not. */
  readonly cut: boolean;
  readonly choose: (range: Range) => void;
}

/**
 * Every listed trace as a point: when it started, how long it took (logarithmic), how many spans it has. Drag
 * along it to look at a part of the time.
 */
export function TraceChart({ traces, range, cut, choose }: TraceChartProps) {
  const text = useText();
  const navigate = useNavigate();
  const [frame, width] = useWidth<HTMLDivElement>();
  const [near, setNear] = useState<string>();
  const chart = useMemo(() => layOut(traces, range, cut, width), [traces, range, cut, width]);
  const { stretch, follow, wasDragged, handlers } = useStretch(
    { from: LEFT, to: width - RIGHT },
    ({ from, to }) => choose({ fromMs: chart.msAt(from), toMs: chart.msAt(to) }),
  );
  const hit = chart.points.find((point) => point.trace.traceId === near);
  const find = (event: PointerEvent<SVGSVGElement>) => {
    follow(event);
    const box = event.currentTarget.getBoundingClientRect();
    setNear(nearest(chart.points, event.clientX - box.left, event.clientY - box.top)?.trace.traceId);
  };
  const open = () => {
    if (hit && !wasDragged()) {
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
        {...handlers}
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
        {stretch && (
          <rect
            className="chart-stretch"
            x={stretch.from}
            y={0}
            width={stretch.to - stretch.from}
            height={HEIGHT - BOTTOM}
          />
        )}
      </svg>
      {hit && !stretch && <Tip point={hit} width={width} />}
      <span className="chart-note">{text.traces.chartNote}</span>
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

function layOut(traces: readonly TraceSummary[], range: Range, cut: boolean, width: number) {
  const oldest = traces.at(-1)?.startNs ?? 0n;
  const fromMs = cut ? Number(oldest / 1_000_000n) : range.fromMs;
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
    msAt: (x: number) => Math.round(fromMs + ((x - LEFT) / (width - LEFT - RIGHT)) * spanMs),
    columns: timeLabels(fromMs, range.toMs, width - LEFT - RIGHT).map(({ ms, words }) => ({
      x: xOf(ms),
      words,
    })),
  };
}
