import { type PointerEvent, useState } from "react";
import { formatClock, msToNs } from "../../format/time";
import { roundUp, timeLabels } from "../../ui/timeAxis";
import { useWidth } from "../../ui/useSize";
import { useStretch } from "../../ui/useStretch";
import type { Range } from "../range";

const HEIGHT = 132;
const LEFT = 56;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 22;

/** Buckets of equal length, one after another. */
export interface Buckets {
  readonly fromMs: number;
  readonly stepMs: number;
}

interface SeriesChartProps {
  readonly title: string;
  readonly kind: "bars" | "line";
  readonly tone: "requests" | "errors" | "duration";
  readonly buckets: Buckets;
  /** Undefined where there is nothing to say. */
  readonly values: readonly (number | undefined)[];
  readonly format: (value: number) => string;
  /** Of the whole stretch, as words. */
  readonly sum: string;
  readonly choose: (range: Range) => void;
}

/** One number over time. Drag along it to look at a part of the time. */
export function SeriesChart(props: SeriesChartProps) {
  const { title, kind, tone, buckets, values, format, sum, choose } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const [near, setNear] = useState<number>();
  const step = (width - LEFT - RIGHT) / Math.max(1, values.length);
  const most = roundUp(Math.max(1, ...values.map((value) => value ?? 0)));
  const yOf = (value: number) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const xOf = (i: number) => LEFT + i * step;
  const msAt = (x: number) => Math.round(buckets.fromMs + ((x - LEFT) / step) * buckets.stepMs);
  const { stretch, follow, handlers } = useStretch({ from: LEFT, to: width - RIGHT }, ({ from, to }) =>
    choose({ fromMs: msAt(from), toMs: msAt(to) }),
  );
  const point = (event: PointerEvent<SVGSVGElement>) => {
    follow(event);
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const i = Math.floor((x - LEFT) / step);
    setNear(i >= 0 && i < values.length ? i : undefined);
  };
  const toMs = buckets.fromMs + buckets.stepMs * values.length;
  return (
    <figure className={`series ${tone}`}>
      <figcaption>
        <span>{title}</span> <strong className="tabular">{sum}</strong>
      </figcaption>
      <div ref={frame} className="series-frame">
        <svg
          role="img"
          aria-label={`${title}: ${sum}`}
          width={width}
          height={HEIGHT}
          onPointerMove={point}
          onPointerLeave={() => setNear(undefined)}
          {...handlers}
        >
          {[0, most / 2, most].map((value) => (
            <g key={value}>
              <line
                className="grid"
                x1={LEFT}
                x2={Math.max(LEFT, width - RIGHT)}
                y1={yOf(value)}
                y2={yOf(value)}
              />
              <text x={LEFT - 6} y={yOf(value) + 4} textAnchor="end">
                {value === 0 ? "0" : format(value)}
              </text>
            </g>
          ))}
          {timeLabels(buckets.fromMs, toMs, width - LEFT - RIGHT).map(({ ms, words }) => (
            <text key={ms} x={xOf((ms - buckets.fromMs) / buckets.stepMs)} y={HEIGHT - 6} textAnchor="middle">
              {words}
            </text>
          ))}
          {near !== undefined && (
            <rect className="series-near" x={xOf(near)} y={TOP} width={step} height={HEIGHT - TOP - BOTTOM} />
          )}
          {width > 0 && kind === "bars" && <path className="mark" d={barsPath(values, xOf, yOf, step)} />}
          {width > 0 && kind === "line" && (
            <path className="mark line" d={linePath(values, xOf, yOf, step)} />
          )}
          {stretch && (
            <rect
              className="chart-stretch"
              x={stretch.from}
              y={TOP}
              width={stretch.to - stretch.from}
              height={HEIGHT - TOP - BOTTOM}
            />
          )}
        </svg>
        {near !== undefined && !stretch && (
          <div className="chart-tip" style={near * 2 > values.length ? { left: LEFT } : { right: RIGHT }}>
            <span className="soft tabular">
              {clock(buckets.fromMs + near * buckets.stepMs)} –{" "}
              {clock(buckets.fromMs + (near + 1) * buckets.stepMs)}
            </span>{" "}
            <strong className="tabular">{values[near] === undefined ? "–" : format(values[near])}</strong>
          </div>
        )}
      </div>
    </figure>
  );
}

function clock(ms: number): string {
  return formatClock(msToNs(ms)).slice(0, 8);
}

type Place = (value: number) => number;

function barsPath(values: SeriesChartProps["values"], xOf: Place, yOf: Place, step: number): string {
  const width = Math.max(1, step - Math.min(2, step / 4));
  const floor = yOf(0);
  return values
    .map((value, i) => ({ value: value ?? 0, x: xOf(i) }))
    .filter(({ value }) => value > 0)
    .map(
      ({ value, x }) =>
        `M${x.toFixed(1)} ${floor}V${Math.min(floor - 1.5, yOf(value)).toFixed(1)}h${width.toFixed(1)}V${floor}z`,
    )
    .join("");
}

/** Steps, one a bucket: nothing is known of the time between. A bucket without a value is a gap. */
function linePath(values: SeriesChartProps["values"], xOf: Place, yOf: Place, step: number): string {
  let path = "";
  let drawn = false;
  for (const [i, value] of values.entries()) {
    if (value !== undefined) {
      const y = yOf(value).toFixed(1);
      path += `${drawn ? `V${y}` : `M${xOf(i).toFixed(1)} ${y}`}H${(xOf(i) + step).toFixed(1)}`;
    }
    drawn = value !== undefined;
  }
  return path;
}
