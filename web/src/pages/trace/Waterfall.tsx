import { useVirtualizer } from "@tanstack/react-virtual";
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { formatTick } from "../../format/duration";
import { useText } from "../../i18n";
import { isFolded } from "../../trace/rows";
import { type Zoom, fitted, panned, ticks, zoomedBy } from "../../trace/scale";
import { usePreference } from "../../ui/preference";
import { Splitter } from "../../ui/Splitter";
import { useWidth } from "../../ui/useSize";
import { RunRow } from "./RunRow";
import { SpanRow } from "./SpanRow";
import { cursorPlace } from "./useTraceKeys";
import type { TraceView } from "./useTraceView";

const ROW = 28;

/** The row of titles, which stays on top, with its border. */
const HEAD = 29;

const NAMES = { least: 180, most: 900, usual: 400 };

/** Space that a tick's words need, in pixels. */
const TICK = 96;

interface WaterfallProps {
  readonly view: TraceView;
  readonly scroller: RefObject<HTMLDivElement | null>;
}

/** The tree of spans beside their bars. Only rows in sight are in the page, however long the trace. */
export function Waterfall({ view, scroller }: WaterfallProps) {
  const text = useText().trace;
  const [frame, frameWidth] = useWidth<HTMLDivElement>();
  const [savedWidth, saveWidth] = usePreference("nameWidth");
  const names = Math.min(Number(savedWidth) || NAMES.usual, Math.max(NAMES.least, frameWidth * 0.6));
  const timeWidth = Math.max(0, frameWidth - names);
  const { lines, tree } = view;
  const place = cursorPlace(view);
  // Known to the linter as unfit for the React compiler, which is not used here.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
  });
  useCursorInSight(view, place, virtual.scrollToIndex);
  useWheelZoom(view, scroller, names);
  const marks = ticks(view.zoom, timeWidth / TICK);
  const items = virtual.getVirtualItems();
  // Only a row that is in the page may be named as the active one.
  const active = items.some((item) => item.index === place);

  return (
    <div
      ref={frame}
      className="waterfall"
      style={{ "--names": `${names}px`, "--grid": gridLines(view.zoom, marks) }}
    >
      <div
        ref={scroller}
        className="waterfall-scroll"
        role="treegrid"
        tabIndex={0}
        aria-label={text.waterfall}
        aria-rowcount={lines.length + 1}
        aria-colcount={2}
        aria-activedescendant={active ? `line-${place}` : undefined}
      >
        <div role="rowgroup" className="waterfall-head">
          <div role="row" aria-rowindex={1} className="span-row">
            <div role="columnheader" className="span-name">
              {text.columnName}
            </div>
            <Axis view={view} marks={marks} label={text.columnTime} width={timeWidth} />
          </div>
        </div>
        <div role="rowgroup" className="waterfall-rows" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const line = lines[item.index] ?? 0;
            const shared = {
              view,
              place: item.index,
              top: item.start - HEAD,
              timeWidth,
              current: item.index === place,
            };
            if (line < 0) {
              return <RunRow key={line} {...shared} run={~line} open={view.openRuns.has(~line)} />;
            }
            const span = tree.spanAt[line] ?? 0;
            return (
              <SpanRow
                key={span}
                {...shared}
                span={span}
                folded={isFolded(tree, view.folding, span)}
                selected={span === view.selected}
                matched={view.matches?.flags[span] === 1}
              />
            );
          })}
        </div>
      </div>
      <Splitter
        className="names-splitter"
        label={text.resize}
        value={Math.round(names)}
        range={NAMES}
        grows="right"
        change={(next) => saveWidth(String(next))}
      />
    </div>
  );
}

/** Keeps the row of the cursor in sight when it moves, and when the page opens on a span far below. */
function useCursorInSight(
  { cursor }: TraceView,
  place: number,
  scrollTo: (index: number, options: { align: "auto" | "center" }) => void,
) {
  const first = useRef(true);
  useEffect(() => {
    if (cursor !== undefined) {
      scrollTo(place, { align: first.current ? "center" : "auto" });
    }
    first.current = false;
    // Folding changes the rows too, but must not scroll: only the cursor does.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [cursor]);
}

/** Ctrl and wheel zooms round the pointer, shift and wheel moves along. React's own listeners can't stop the page's zoom. */
function useWheelZoom(view: TraceView, scroller: RefObject<HTMLDivElement | null>, names: number) {
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  }, [view]);
  useEffect(() => {
    const element = scroller.current;
    const wheel = (event: WheelEvent) => {
      if (!element || !(event.ctrlKey || event.shiftKey)) {
        return;
      }
      event.preventDefault();
      const { zoom, trace, setZoom } = latest.current;
      const box = element.getBoundingClientRect();
      const share = Math.min(
        Math.max((event.clientX - box.left - names) / (element.clientWidth - names), 0),
        1,
      );
      const delta = event.deltaY || event.deltaX;
      const around = zoom.from + share * (zoom.to - zoom.from);
      setZoom(
        event.ctrlKey
          ? zoomedBy(zoom, 1.002 ** delta, around, trace.durationNs)
          : panned(zoom, delta / 1_000, trace.durationNs),
      );
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, [scroller, names]);
}

function gridLines(zoom: Zoom, marks: readonly number[]): string {
  const lines = marks.map((ns) => {
    const at = `${(((ns - zoom.from) / (zoom.to - zoom.from)) * 100).toFixed(3)}%`;
    return `linear-gradient(var(--line), var(--line)) ${at} 0 / 1px 100% no-repeat`;
  });
  return lines.length > 0 ? lines.join(", ") : "none";
}

interface AxisProps {
  readonly view: TraceView;
  readonly marks: readonly number[];
  readonly label: string;
  readonly width: number;
}

/** Time along the top; dragging along it zooms. */
function Axis({ view, marks, label, width }: AxisProps) {
  const { zoom, trace } = view;
  const step = (marks[1] ?? 0) - (marks[0] ?? 0) || zoom.to - zoom.from;
  const origin = useRef<number>(undefined);
  const [stretch, setStretch] = useState<Zoom>();
  const nsAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return zoom.from + Math.min(Math.max((event.clientX - box.left) / width, 0), 1) * (zoom.to - zoom.from);
  };
  const end = () => {
    origin.current = undefined;
    setStretch(undefined);
    if (stretch) {
      view.setZoom(fitted(stretch, trace.durationNs));
    }
  };
  const share = (ns: number) => (ns - zoom.from) / (zoom.to - zoom.from);
  const percent = (ns: number) => `${share(ns) * 100}%`;
  const roomFor = (ns: number) => (1 - share(ns)) * width > TICK / 2;
  return (
    <div
      role="columnheader"
      aria-label={label}
      className="span-time axis"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        origin.current = nsAt(event);
      }}
      onPointerMove={(event) => {
        const here = nsAt(event);
        const from = origin.current;
        if (from !== undefined && Math.abs(here - from) * width > 3 * (zoom.to - zoom.from)) {
          setStretch({ from: Math.min(from, here), to: Math.max(from, here) });
        }
      }}
      onPointerUp={end}
      onPointerCancel={end}
    >
      {marks.map((ns) => (
        <span key={ns} className="tick" style={{ left: percent(ns) }}>
          {roomFor(ns) && formatTick(ns, step)}
        </span>
      ))}
      {stretch && (
        <span
          className="stretch"
          style={{
            left: percent(stretch.from),
            width: `${((stretch.to - stretch.from) / (zoom.to - zoom.from)) * 100}%`,
          }}
        />
      )}
    </div>
  );
}
