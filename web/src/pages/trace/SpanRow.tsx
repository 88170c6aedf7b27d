import { memo } from "react";
import { formatDuration } from "../../format/duration";
import { useText } from "../../i18n";
import { eventOffsets } from "../../otlp/trace";
import { place } from "../../trace/scale";
import { Oddity } from "../../trace/oddity";
import { coveredByChildren, errorsBelow } from "../../trace/tree";
import { Icon } from "../../ui/Icon";
import { ServiceMark, serviceHue } from "../../ui/ServiceMark";
import { BarWords, Elsewhere } from "./BarWords";
import type { TraceView } from "./useTraceView";

export const INDENT = 14;

/** Deeper levels are not indented further: the name must stay in sight. */
export const INDENT_LEVELS = 14;

/** With more pieces than this the bar is plain: they could not be told apart. */
const PIECES = 60;

interface SpanRowProps {
  readonly view: TraceView;
  readonly span: number;
  /** Among the rows in sight, from 0. */
  readonly place: number;
  readonly top: number;
  readonly timeWidth: number;
  readonly folded: boolean;
  readonly current: boolean;
  readonly selected: boolean;
  readonly matched: boolean;
}

export const SpanRow = memo(
  function SpanRow(props: SpanRowProps) {
    const { view, span, top, folded } = props;
    const { trace, tree } = view;
    const row = tree.row[span] ?? 0;
    const level = (tree.levelAt[row] ?? 0) + (view.repeats.shift[span] ?? 0);
    const parent = (tree.childCount[span] ?? 0) > 0;
    const states = [
      props.current && "current",
      props.selected && "selected",
      props.matched && "matched",
      trace.error[span] === 1 && "failed",
      trace.error[span] !== 1 && errorsBelow(tree, row) > 0 && "leads-to-error",
    ];
    return (
      // The keys are those of the whole grid: the row is its active descendant, it never has the focus itself.
      // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
      <div
        id={`line-${props.place}`}
        role="row"
        className={["span-row", ...states].filter(Boolean).join(" ")}
        aria-level={level + 1}
        aria-rowindex={props.place + 2}
        aria-expanded={parent ? !folded : undefined}
        aria-selected={props.selected}
        style={{ transform: `translateY(${top}px)` }}
        onClick={() => view.open(span)}
      >
        <NameCell {...props} level={level} parent={parent} />
        <TimeCell {...props} />
      </div>
    );
  },
  // `view` is made anew at each render; what a row shows of it is compared here.
  (before, after) =>
    before.span === after.span &&
    before.place === after.place &&
    before.top === after.top &&
    before.timeWidth === after.timeWidth &&
    before.folded === after.folded &&
    before.current === after.current &&
    before.selected === after.selected &&
    before.matched === after.matched &&
    before.view.zoom === after.view.zoom &&
    before.view.folding === after.view.folding &&
    before.view.path === after.view.path &&
    before.view.selected === after.view.selected &&
    before.view.trace === after.view.trace,
);

function NameCell({
  view,
  span,
  folded,
  level,
  parent,
}: SpanRowProps & { readonly level: number; readonly parent: boolean }) {
  const text = useText();
  const { trace, tree } = view;
  const service = trace.services[trace.service[span] ?? 0] ?? "";
  const row = tree.row[span] ?? 0;
  const hidden = (tree.endAt[row] ?? row + 1) - row - 1;
  const below = errorsBelow(tree, row);
  const indent = Math.min(level, INDENT_LEVELS) * INDENT;
  return (
    <div role="gridcell" className="span-name">
      <span className="indent" style={{ width: indent }} />
      {parent ? (
        <button
          type="button"
          tabIndex={-1}
          className={`fold ${folded ? "folded" : ""}`}
          aria-label={folded ? text.trace.unfold : text.trace.fold}
          onClick={(event) => {
            event.stopPropagation();
            view.toggle(span);
          }}
        >
          <Icon name={folded ? "right" : "down"} size={12} />
        </button>
      ) : (
        <span className="fold" />
      )}
      {level > INDENT_LEVELS && <span className="level">{level}</span>}
      <ServiceMark service={service} />
      <span className="span-words" title={`${service} · ${trace.name[span] ?? ""}`}>
        <span className="span-service">{service || text.common.noService}</span>
        <span className="span-title">{trace.name[span] || text.common.unnamed}</span>
      </span>
      <Marks view={view} span={span} />
      {folded && <span className="hidden-count">{hidden.toLocaleString("en-US")}</span>}
      {below > 0 && (folded || trace.error[span] !== 1) && (
        <span className="mark-error" title={text.trace.errorsBelow(below)}>
          <Icon name={folded ? "error" : "errorBelow"} size={12} />
          <span className="visually-hidden">{text.trace.errorsBelow(below)}</span>
        </span>
      )}
    </div>
  );
}

/** What is wrong with the span, as signs with words for those who don't see them. */
function Marks({ view, span }: { readonly view: TraceView; readonly span: number }) {
  const text = useText().trace;
  const oddity = view.tree.oddity[span] ?? 0;
  const marks = [
    view.trace.error[span] === 1 && ({ tone: "mark-error", icon: "error", words: text.hasError } as const),
    (oddity & Oddity.orphan) !== 0 && ({ tone: "mark-warning", icon: "broken", words: text.orphan } as const),
    (oddity & Oddity.cycle) !== 0 && ({ tone: "mark-warning", icon: "refresh", words: text.cycle } as const),
    (oddity & Oddity.duplicate) !== 0 &&
      ({ tone: "mark-warning", icon: "copy", words: text.duplicate } as const),
  ];
  return marks.map(
    (mark) =>
      mark && (
        <span key={mark.icon} className={mark.tone} title={mark.words}>
          <Icon name={mark.icon} size={13} />
          <span className="visually-hidden">{mark.words}</span>
        </span>
      ),
  );
}

function TimeCell({ view, span, timeWidth }: SpanRowProps) {
  const text = useText().trace;
  const { trace, tree, zoom } = view;
  const start = trace.start[span] ?? 0;
  const duration = trace.duration[span] ?? 0;
  const { left, width, outside } = place(zoom, start, duration);
  const words = formatDuration(duration);
  if (outside !== 0) {
    return (
      <div role="gridcell" className="span-time">
        <Elsewhere side={outside} words={words} />
      </div>
    );
  }
  const service = trace.services[trace.service[span] ?? 0] ?? "";
  const selfTime = formatDuration(tree.selfTime[span] ?? 0);
  return (
    <div role="gridcell" className="span-time" title={`${words} · ${text.selfTime} ${selfTime}`}>
      <span
        className="span-bar"
        style={{
          // The shortest bars are 2 px wide; the last one must not lie outside.
          left: `min(${left * 100}%, 100% - 3px)`,
          width: `${width * 100}%`,
          "--hue": serviceHue(service),
          background: barPaint(view, span),
        }}
      />
      <PathMarks view={view} span={span} />
      <EventMarks view={view} span={span} />
      <BarWords left={left} width={width} timeWidth={timeWidth} words={words} />
    </div>
  );
}

/** Strong where the span itself worked, pale where a child did. */
function barPaint(view: TraceView, span: number): string {
  const { trace, tree, zoom } = view;
  const pieces = (tree.childCount[span] ?? 0) > 2_000 ? [] : coveredByChildren(trace, tree, span);
  if (pieces.length === 0 || pieces.length > PIECES) {
    return "var(--hue)";
  }
  const from = Math.max(trace.start[span] ?? 0, zoom.from);
  const to = Math.min((trace.start[span] ?? 0) + (trace.duration[span] ?? 0), zoom.to);
  const percent = (ns: number) =>
    `${(Math.min(Math.max((ns - from) / Math.max(1, to - from), 0), 1) * 100).toFixed(2)}%`;
  const stops = pieces.flatMap(([begin, end]) => [
    `var(--hue) ${percent(begin)}`,
    `var(--pale) ${percent(begin)}`,
    `var(--pale) ${percent(end)}`,
    `var(--hue) ${percent(end)}`,
  ]);
  return `linear-gradient(90deg, var(--hue) 0%, ${stops.join(", ")}, var(--hue) 100%)`;
}

/** A line below the bar where everything waited for the span. */
function PathMarks({ view, span }: { readonly view: TraceView; readonly span: number }) {
  const { zoom, path } = view;
  const pieces = path?.get(span) ?? [];
  return pieces
    .filter(([from, to]) => place(zoom, from, to - from).outside === 0)
    .slice(0, PIECES)
    .map(([from, to]) => {
      const { left, width } = place(zoom, from, to - from);
      return (
        <span key={from} className="path-mark" style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
      );
    });
}

function EventMarks({ view, span }: { readonly view: TraceView; readonly span: number }) {
  const { trace, zoom } = view;
  const offsets = eventOffsets(trace, span).filter((ns) => ns >= zoom.from && ns <= zoom.to);
  // Hundreds of marks on one bar are a line anyway.
  return offsets.slice(0, 100).map((ns, i) => (
    <span
      // Events have no id, and two may be at the same time.
      // oxlint-disable-next-line react/no-array-index-key
      key={i}
      className="event-mark"
      style={{ left: `${((ns - zoom.from) / (zoom.to - zoom.from)) * 100}%` }}
    />
  ));
}
