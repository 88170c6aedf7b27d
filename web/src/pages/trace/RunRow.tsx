import { memo } from "react";
import { formatDuration } from "../../format/duration";
import { useText } from "../../i18n";
import type { Run } from "../../trace/repeats";
import { place as placed } from "../../trace/scale";
import { Icon } from "../../ui/Icon";
import { ServiceMark, serviceHue } from "../../ui/ServiceMark";
import { BarWords, Elsewhere } from "./BarWords";
import { INDENT, INDENT_LEVELS } from "./SpanRow";
import type { TraceView } from "./useTraceView";

/** With more pieces than this the bar is plain: they could not be told apart. */
const PIECES = 120;

interface RunRowProps {
  readonly view: TraceView;
  readonly run: number;
  /** Among the lines in sight, from 0. */
  readonly place: number;
  readonly top: number;
  readonly timeWidth: number;
  readonly open: boolean;
  readonly current: boolean;
}

/** Many spans that are alike, as one line: how many, what, and how long all together. */
export const RunRow = memo(
  function RunRow(props: RunRowProps) {
    const { view, run: index, open } = props;
    const run = view.repeats.runs[index];
    if (!run) {
      return null;
    }
    const span = run.spans[0] ?? 0;
    const level = (view.tree.levelAt[run.row] ?? 0) + (view.repeats.shift[span] ?? 1) - 1;
    const matched =
      view.matches !== undefined && run.spans.some((member) => view.matches?.flags[member] === 1);
    const states = [
      props.current && "current",
      matched && "matched",
      run.failing && (view.trace.error[span] === 1 ? "failed" : "leads-to-error"),
    ];
    return (
      // The keys are those of the whole grid: the row is its active descendant, it never has the focus itself.
      // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
      <div
        id={`line-${props.place}`}
        role="row"
        className={["span-row run-row", ...states].filter(Boolean).join(" ")}
        aria-level={level + 1}
        aria-rowindex={props.place + 2}
        aria-expanded={open}
        style={{ transform: `translateY(${props.top}px)` }}
        onClick={() => view.toggleRun(index)}
      >
        <NameCell view={view} run={run} open={open} level={level} />
        <TimeCell view={view} run={run} timeWidth={props.timeWidth} />
      </div>
    );
  },
  // `view` is made anew at each render; what a row shows of it is compared here.
  (before, after) =>
    before.run === after.run &&
    before.place === after.place &&
    before.top === after.top &&
    before.timeWidth === after.timeWidth &&
    before.open === after.open &&
    before.current === after.current &&
    before.view.zoom === after.view.zoom &&
    before.view.matches === after.view.matches &&
    before.view.openRuns === after.view.openRuns &&
    before.view.trace === after.view.trace,
);

interface NameCellProps {
  readonly view: TraceView;
  readonly run: Run;
  readonly open: boolean;
  readonly level: number;
}

function NameCell({ view, run, open, level }: NameCellProps) {
  const text = useText();
  const { trace } = view;
  const span = run.spans[0] ?? 0;
  const service = trace.services[trace.service[span] ?? 0] ?? "";
  const name = trace.name[span] || text.common.unnamed;
  const words = text.trace.runOf(run.spans.length, name, formatDuration(run.total));
  return (
    <div role="gridcell" className="span-name" title={words}>
      <span className="indent" style={{ width: Math.min(level, INDENT_LEVELS) * INDENT }} />
      <span className={`fold ${open ? "" : "folded"}`}>
        <Icon name={open ? "down" : "right"} size={12} />
      </span>
      <ServiceMark service={service} />
      <span className="run-count tabular">×{run.spans.length.toLocaleString("en-US")}</span>
      <span className="span-words">
        <span className="span-service">{service || text.common.noService}</span>
        <span className="span-title">{name}</span>
      </span>
      {run.oneByOne && (
        <span className="run-hint" title={text.trace.oneByOneNote}>
          {text.trace.oneByOne}
        </span>
      )}
      {run.failing && (
        <span className="mark-error" title={text.trace.hasError}>
          <Icon name="error" size={13} />
          <span className="visually-hidden">{text.trace.hasError}</span>
        </span>
      )}
    </div>
  );
}

function TimeCell({ view, run, timeWidth }: Pick<RunRowProps, "view" | "timeWidth"> & { readonly run: Run }) {
  const text = useText().trace;
  const { trace, zoom } = view;
  const { left, width, outside } = placed(zoom, run.from, run.to - run.from);
  const words = text.runTotal(formatDuration(run.total));
  const service = trace.services[trace.service[run.spans[0] ?? 0] ?? 0] ?? "";
  if (outside !== 0) {
    return (
      <div role="gridcell" className="span-time">
        <Elsewhere side={outside} words={words} />
      </div>
    );
  }
  const pieces = run.spans.length > PIECES ? [] : Array.from(run.spans);
  const whole = { left: `min(${left * 100}%, 100% - 3px)`, width: `${width * 100}%` };
  return (
    <div role="gridcell" className="span-time">
      <span
        className={pieces.length > 0 ? "span-bar run-bar" : "span-bar run-bar plain"}
        style={{ ...whole, "--hue": serviceHue(service) }}
      />
      {pieces.map((span) => {
        const piece = placed(zoom, trace.start[span] ?? 0, trace.duration[span] ?? 0);
        return (
          piece.outside === 0 && (
            <span
              key={span}
              className="run-piece"
              style={{
                left: `min(${piece.left * 100}%, 100% - 2px)`,
                width: `${piece.width * 100}%`,
                "--hue": serviceHue(service),
              }}
            />
          )
        );
      })}
      <BarWords left={left} width={width} timeWidth={timeWidth + WORDS_MORE} words={words} />
    </div>
  );
}

/** A sum is a word longer than a duration. */
const WORDS_MORE = -24;
