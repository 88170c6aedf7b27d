import type { TraceSummary } from "../../api/server";
import { formatClock, msToNs } from "../../format/time";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Segmented } from "../../ui/Segmented";
import { type TracesSearch, having, isComparable, isLive } from "./search";

interface SummaryProps {
  readonly traces: readonly TraceSummary[];
  readonly hasMore: boolean;
  readonly search: TracesSearch;
  readonly comparing: boolean;
  readonly updatedMs: number;
  readonly held: boolean;
  /** More than the first page is shown. */
  readonly paged: boolean;
  readonly change: (search: TracesSearch) => void;
}

/** The two views of what was found, how many, as of when, and in which order. */
export function Summary(props: SummaryProps) {
  const { traces, hasMore, search, comparing, updatedMs, held, paged, change } = props;
  const text = useText().traces;
  const withErrors = traces.filter((trace) => trace.errorCount > 0).length;
  return (
    <div className="summary">
      <Views search={search} comparing={comparing} change={change} />
      <strong className="tabular">
        {hasMore ? text.summaryMore(traces.length) : text.summary(traces.length)}
      </strong>
      {withErrors > 0 && (
        <button
          type="button"
          className="link-button summary-errors"
          title={text.onlyErrors}
          onClick={() => change(having(search, "status", "error"))}
        >
          <Icon name="error" size={12} />
          {text.summaryErrors(withErrors)}
        </button>
      )}
      <span className="soft tabular">{text.updated(formatClock(msToNs(updatedMs)).slice(0, 8))}</span>
      {isLive(search) && (held || paged) && (
        <span className="soft">{paged ? text.livePaused : text.held}</span>
      )}
      <span className="spacer" />
      <Segmented
        label={text.sort}
        options={[
          { value: "newest", label: text.newestFirst },
          { value: "slowest", label: text.slowestFirst },
        ]}
        value={search.sort ?? "newest"}
        choose={(sort) => change(having(search, "sort", sort === "slowest" ? sort : undefined))}
      />
    </div>
  );
}

function Views({ search, comparing, change }: Pick<SummaryProps, "search" | "comparing" | "change">) {
  const text = useText();
  const comparable = isComparable(search);
  return (
    <div className="views">
      <button
        type="button"
        className="view"
        aria-pressed={!comparing}
        onClick={() => change(having(search, "view", undefined))}
      >
        {text.traces.title}
      </button>
      <button
        type="button"
        className="view"
        aria-pressed={comparing}
        aria-disabled={!comparable}
        title={comparable ? text.differences.note : text.differences.unavailable}
        onClick={() => comparable && change(having(search, "view", "differences"))}
      >
        <Icon name="compare" size={14} />
        {text.differences.title}
      </button>
      {!comparable && <span className="soft view-note">{text.differences.unavailable}</span>}
    </div>
  );
}
