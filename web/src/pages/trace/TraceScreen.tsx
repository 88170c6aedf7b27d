import { useRef } from "react";
import type { Trace } from "../../otlp/trace";
import { usePreference } from "../../ui/preference";
import { Splitter } from "../../ui/Splitter";
import { useText } from "../../i18n";
import { MiniMap } from "./MiniMap";
import { SpanPanel } from "./SpanPanel";
import { Toolbar } from "./Toolbar";
import { TraceHead } from "./TraceHead";
import { Waterfall } from "./Waterfall";
import { useTraceKeys } from "./useTraceKeys";
import { useTraceView } from "./useTraceView";

const PANEL = { least: 300, most: 900, usual: 420 };

/** A trace that has been read: head, overview, tools, waterfall, and the details of one span beside it. */
export function TraceScreen({ traceId, trace }: { readonly traceId: string; readonly trace: Trace }) {
  const text = useText();
  const view = useTraceView(trace);
  const grid = useRef<HTMLDivElement>(null);
  const [savedWidth, saveWidth] = usePreference("panelWidth");
  const width = Number(savedWidth) || PANEL.usual;
  useTraceKeys({ view, grid });
  return (
    <div className="trace-page">
      <TraceHead view={view} traceId={traceId} />
      <MiniMap view={view} />
      <Toolbar view={view} />
      <div className="trace-body" style={{ "--panel-width": `${width}px` }}>
        <Waterfall view={view} scroller={grid} />
        {view.selected !== undefined && (
          <>
            <Splitter
              label={text.trace.resizePanel}
              value={width}
              range={PANEL}
              grows="left"
              change={(next) => saveWidth(String(next))}
            />
            <SpanPanel view={view} span={view.selected} />
          </>
        )}
      </div>
    </div>
  );
}
