import type { TraceList } from "../../api/server";
import { formatClock, msToNs } from "../../format/time";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { LIMITS, LIMIT_DEFAULT, type TracesSearch, isLive } from "./search";

interface SummaryProps {
  readonly list: TraceList;
  readonly search: TracesSearch;
  readonly updatedMs: number;
  readonly held: boolean;
  readonly change: (search: TracesSearch) => void;
}

/** How many, as of when, and whether the list was cut. */
export function Summary({ list, search, updatedMs, held, change }: SummaryProps) {
  const text = useText();
  const withErrors = list.traces.filter((trace) => trace.errorCount > 0).length;
  const more = LIMITS.find((limit) => limit > (search.limit ?? LIMIT_DEFAULT));
  return (
    <div className="summary">
      <strong>{text.traces.summary(list.traces.length)}</strong>
      {withErrors > 0 && <span className="summary-errors">{text.traces.summaryErrors(withErrors)}</span>}
      <span className="soft tabular">{text.traces.updated(formatClock(msToNs(updatedMs)).slice(0, 8))}</span>
      {held && isLive(search) && <span className="soft">{text.traces.held}</span>}
      <span className="spacer" />
      {list.truncated && (
        <span className="summary-cut" role="status">
          <Icon name="cut" size={14} />
          {text.traces.truncated(list.traces.length)}
          {more !== undefined && (
            <button type="button" className="button small" onClick={() => change({ ...search, limit: more })}>
              {text.traces.showMore(more)}
            </button>
          )}
        </span>
      )}
    </div>
  );
}
