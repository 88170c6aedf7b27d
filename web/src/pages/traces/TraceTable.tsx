import { Link } from "@tanstack/react-router";
import { type FocusEvent, memo, useEffect, useState } from "react";
import type { TraceSummary } from "../../api/server";
import { formatDuration, formatExactDuration } from "../../format/duration";
import { formatClock, formatDay, formatUtc, msToNs } from "../../format/time";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { ServiceMark } from "../../ui/ServiceMark";
import type { Range } from "../range";

/** More chips than this would push the columns apart. */
const CHIPS = 4;

interface TraceTableProps {
  readonly traces: readonly TraceSummary[];
  readonly range: Range;
  /** Called while somebody is busy with the rows: they should not move away under the hand. */
  readonly hold: (held: boolean) => void;
}

export function TraceTable({ traces, range, hold }: TraceTableProps) {
  const text = useText();
  const busy = useBusy(hold, traces);
  const longest = scaleOf(traces);
  const withDay = formatDay(msToNs(range.fromMs)) !== formatDay(msToNs(range.toMs));
  const withMatched = traces.some((trace) => trace.matched !== undefined);
  const { columns } = text.traces;
  return (
    <div className="table-frame">
      <table className="trace-table traces">
        <caption className="visually-hidden">{text.traces.title}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.start}</th>
            <th scope="col">{columns.root}</th>
            <th scope="col" className="number">
              {columns.duration}
            </th>
            <th scope="col" className="duration-bar" aria-hidden="true" />
            <th scope="col" className="number spans-cell">
              {columns.spans}
            </th>
            {withMatched && (
              <th scope="col" className="number" title={text.traces.matchedNote}>
                {columns.matched}
              </th>
            )}
            <th scope="col" className="number">
              {columns.errors}
            </th>
            <th scope="col" className="services-cell">
              {columns.services}
            </th>
          </tr>
        </thead>
        <tbody {...busy}>
          {traces.map((trace) => (
            <TraceRow
              key={trace.traceId}
              trace={trace}
              longest={longest}
              withDay={withDay}
              withMatched={withMatched}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Holds while somebody points at the rows, or has the focus in one, and lets go of what is no longer there. */
function useBusy(hold: TraceTableProps["hold"], traces: TraceTableProps["traces"]) {
  const [pointed, setPointed] = useState(false);
  // Whose row has the focus: nobody is told that it goes with its row, and it doesn't come back with it.
  const [focused, setFocused] = useState<string>();
  if (focused !== undefined && !traces.some(({ traceId }) => traceId === focused)) {
    setFocused(undefined);
  }
  const busy = pointed || focused !== undefined;
  useEffect(() => {
    hold(busy);
    return () => hold(false);
  }, [hold, busy]);
  return {
    onPointerEnter: () => setPointed(true),
    onPointerLeave: () => setPointed(false),
    // A click leaves the focus behind, too, which nobody sees then.
    onFocus: ({ target }: FocusEvent) =>
      setFocused(target.matches(":focus-visible") ? target.closest("tr")?.dataset["trace"] : undefined),
    onBlur: () => setFocused(undefined),
  };
}

/**
 * The duration that fills a bar: the longest, unless it is an outlier that would make all others a dot. Then it
 * is twice the ninth decile, and longer bars are drawn broken.
 */
function scaleOf(traces: readonly TraceSummary[]): number {
  const durations = traces.map((trace) => trace.durationNs).sort((a, b) => a - b);
  const longest = durations.at(-1) ?? 0;
  const decile = durations[Math.floor((durations.length - 1) * 0.9)] ?? longest;
  return Math.min(longest, decile * 2);
}

interface TraceRowProps {
  readonly trace: TraceSummary;
  readonly longest: number;
  readonly withDay: boolean;
  readonly withMatched: boolean;
}

/** A row is drawn again only when its trace changed: the list comes anew every second. */
const TraceRow = memo(function TraceRow({ trace, longest, withDay, withMatched }: TraceRowProps) {
  const text = useText();
  const failed = trace.errorCount > 0;
  return (
    <tr className={failed ? "failed" : undefined} data-trace={trace.traceId}>
      <td className="start">
        <time dateTime={formatUtc(trace.startNs)} title={formatUtc(trace.startNs)}>
          {withDay && <span className="soft">{formatDay(trace.startNs)} </span>}
          {formatClock(trace.startNs)}
        </time>
      </td>
      <td className="root">
        <Link
          to="/trace/$traceId"
          params={{ traceId: trace.traceId }}
          className="row-link"
          title={trace.rootName}
        >
          <RootWords trace={trace} />
        </Link>
      </td>
      <td className="number duration" title={formatExactDuration(trace.durationNs)}>
        {formatDuration(trace.durationNs)}
      </td>
      <td className="duration-bar" aria-hidden="true">
        <span
          className={trace.durationNs > longest ? "beyond" : undefined}
          style={{ width: barWidth(trace.durationNs, longest) }}
        />
      </td>
      <td className="number spans-cell">{trace.spanCount.toLocaleString("en-US")}</td>
      {withMatched && <td className="number">{trace.matched?.toLocaleString("en-US")}</td>}
      <td className="number">
        {failed ? (
          <span className="error-count" title={text.traces.errorCount(trace.errorCount)}>
            <Icon name="error" size={12} />
            {trace.errorCount.toLocaleString("en-US")}
          </span>
        ) : (
          <span className="soft">0</span>
        )}
      </td>
      <td className="services-cell">
        <Chips services={rootFirst(trace)} />
      </td>
    </tr>
  );
}, sameRow);

function barWidth(durationNs: number, longest: number): string {
  return `${longest > 0 ? Math.min(100, Math.max(1, (durationNs / longest) * 100)) : 0}%`;
}

function sameRow(before: TraceRowProps, after: TraceRowProps): boolean {
  return (
    before.longest === after.longest &&
    before.withDay === after.withDay &&
    before.withMatched === after.withMatched &&
    before.trace.matched === after.trace.matched &&
    before.trace.durationNs === after.trace.durationNs &&
    before.trace.spanCount === after.trace.spanCount &&
    before.trace.errorCount === after.trace.errorCount &&
    before.trace.startNs === after.trace.startNs &&
    before.trace.rootName === after.trace.rootName &&
    before.trace.rootService === after.trace.rootService &&
    before.trace.services.join() === after.trace.services.join()
  );
}

function RootWords({ trace }: { readonly trace: TraceSummary }) {
  const text = useText();
  if (trace.rootName === "" && trace.rootService === "") {
    return (
      <span className="root-missing">
        <Icon name="broken" size={12} /> {text.traces.rootMissing}
      </span>
    );
  }
  return (
    <>
      <ServiceMark service={trace.rootService} />
      <span className="root-service">{trace.rootService || text.common.noService}</span>
      <span className="root-name">{trace.rootName || text.common.unnamed}</span>
    </>
  );
}

function rootFirst({ rootService, services }: TraceSummary): readonly string[] {
  const others = services.filter((service) => service !== rootService);
  return others.length < services.length ? [rootService, ...others] : services;
}

function Chips({ services }: { readonly services: readonly string[] }) {
  const text = useText();
  const hidden = services.slice(CHIPS);
  return (
    <ul className="chips">
      {services.slice(0, CHIPS).map((service) => (
        <li key={service} className="chip" title={service}>
          <ServiceMark service={service} />
          <span>{service || text.common.noService}</span>
        </li>
      ))}
      {hidden.length > 0 && (
        <li className="chip more" title={hidden.join("\n")}>
          {text.traces.moreServices(hidden.length)}
        </li>
      )}
    </ul>
  );
}
