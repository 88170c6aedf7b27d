import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { formatDuration } from "../../format/duration";
import { useText } from "../../i18n";
import { serviceColors } from "../../theme/serviceColors";
import { useColors } from "../../theme/useColors";
import { type Zoom, fitted, isWhole, panned, wholeTrace } from "../../trace/scale";
import { useWidth } from "../../ui/useSize";
import type { TraceView } from "./useTraceView";

const HEIGHT = 52;

/** A press that moves less than this is a click, not a stretch. */
const CLICK_PIXELS = 3;

/** The whole trace as a picture; drag over it to zoom, double-click to see all again. */
export function MiniMap({ view }: { readonly view: TraceView }) {
  const text = useText().trace;
  const { trace, zoom } = view;
  const [frame, width] = useWidth<HTMLDivElement>();
  const drag = useDrag(view, width);
  const shown = drag.zoom ?? zoom;
  const all = wholeTrace(trace.durationNs).to;
  const percent = (ns: number) => `${(ns / all) * 100}%`;
  const whole = isWhole(shown, trace.durationNs);
  return (
    <div
      ref={frame}
      className="minimap"
      title={text.overview}
      onDoubleClick={() => view.setZoom(wholeTrace(trace.durationNs))}
      {...drag.handlers}
    >
      <Picture view={view} width={width} />
      {!whole && (
        <>
          <div className="minimap-shade" style={{ left: 0, width: percent(shown.from) }} />
          <div className="minimap-shade" style={{ right: 0, width: percent(all - shown.to) }} />
        </>
      )}
      <Handle label={text.overviewFrom} view={view} end="from" left={percent(shown.from)} quiet={whole} />
      <Handle label={text.overviewTo} view={view} end="to" left={percent(shown.to)} quiet={whole} />
    </div>
  );
}

interface HandleProps {
  readonly label: string;
  readonly view: TraceView;
  readonly end: "from" | "to";
  readonly left: string;
  readonly quiet: boolean;
}

/** One end of the zoom, for the keyboard. */
function Handle({ label, view, end, left, quiet }: HandleProps) {
  const { trace, zoom } = view;
  const press = (event: KeyboardEvent) => {
    const direction = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (direction !== 0) {
      event.preventDefault();
      event.stopPropagation();
      const moved = zoom[end] + (direction * trace.durationNs) / 50;
      const next = { ...zoom, [end]: moved };
      if (next.from < next.to) {
        view.setZoom(fitted(next, trace.durationNs));
      }
    }
  };
  return (
    <div
      className={`minimap-handle ${end} ${quiet ? "quiet" : ""}`}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.round(trace.durationNs)}
      aria-valuenow={Math.round(zoom[end])}
      aria-valuetext={formatDuration(zoom[end])}
      style={{ left }}
      onKeyDown={press}
    />
  );
}

/** While the pointer is down the zoom is ours alone; it goes to the URL when the pointer is let go. */
function useDrag(view: TraceView, width: number) {
  const { trace } = view;
  const origin = useRef<{ x: number; pan: Zoom | undefined }>(undefined);
  const [zoom, setZoom] = useState<Zoom>();
  const nsAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / width, 0), 1) * trace.durationNs;
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button === 0 && width > 0) {
      event.currentTarget.setPointerCapture(event.pointerId);
      origin.current = { x: event.clientX, pan: event.shiftKey ? view.zoom : undefined };
    }
  };
  const onPointerMove = (event: PointerEvent) => {
    const from = origin.current;
    if (!from || Math.abs(event.clientX - from.x) < CLICK_PIXELS) {
      return;
    }
    if (from.pan) {
      const share = ((event.clientX - from.x) / width) * (trace.durationNs / (from.pan.to - from.pan.from));
      setZoom(panned(from.pan, share, trace.durationNs));
    } else {
      const here = nsAt(event);
      const there = here - ((event.clientX - from.x) / width) * trace.durationNs;
      setZoom(fitted({ from: Math.min(here, there), to: Math.max(here, there) }, trace.durationNs));
    }
  };
  const end = () => {
    origin.current = undefined;
    if (zoom) {
      view.setZoom(zoom);
      setZoom(undefined);
    }
  };
  return { zoom, handlers: { onPointerDown, onPointerMove, onPointerUp: end, onPointerCancel: end } };
}

/** Drawn on a canvas: 100,000 spans are no elements of the page. */
function Picture({ view, width }: { readonly view: TraceView; readonly width: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colors = useColors();
  const { trace, tree } = view;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || width === 0) {
      return;
    }
    const ratio = globalThis.devicePixelRatio;
    context.canvas.width = Math.round(width * ratio);
    context.canvas.height = Math.round(HEIGHT * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    const size = tree.spanAt.length;
    const step = (HEIGHT - 6) / size;
    const thickness = Math.min(4, Math.max(1, step * 0.7));
    const scale = width / Math.max(1, trace.durationNs);
    const fills = trace.services.map(
      (service) => colors.services[serviceColors.of(service).hue] ?? colors.error,
    );
    const draw = (row: number, fill: string) => {
      const span = tree.spanAt[row] ?? 0;
      context.fillStyle = fill;
      context.fillRect(
        (trace.start[span] ?? 0) * scale,
        3 + row * step,
        Math.max(1, (trace.duration[span] ?? 0) * scale),
        thickness,
      );
    };
    for (let row = 0; row < size; row++) {
      draw(row, fills[trace.service[tree.spanAt[row] ?? 0] ?? 0] ?? colors.error);
    }
    // Errors last, so that nothing covers them.
    for (let row = 0; row < size; row++) {
      if (trace.error[tree.spanAt[row] ?? 0] === 1) {
        draw(row, colors.error);
      }
    }
  }, [trace, tree, width, colors]);
  return <canvas ref={canvas} style={{ width, height: HEIGHT }} aria-hidden="true" />;
}
