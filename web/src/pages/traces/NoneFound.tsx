import { Link } from "@tanstack/react-router";
import type { TraceSummary } from "../../api/server";
import { formatAgo } from "../../format/time";
import { useSpeech } from "../../i18n";
import { Notice } from "../../ui/Notice";
import { type RangeSearch, withRange } from "../range";
import { type TracesSearch, cleared, isFiltered } from "./search";

const DAY: RangeSearch = { last: "24h" };

interface NoneFoundProps {
  readonly search: TracesSearch;
  readonly newest: TraceSummary | undefined;
  readonly nowMs: number;
  readonly change: (search: TracesSearch) => void;
}

/** There are traces, but none here: says which way they are. */
export function NoneFound({ search, newest, nowMs, change }: NoneFoundProps) {
  const { text, tag } = useSpeech();
  const filtered = isFiltered(search);
  return (
    <Notice icon="empty" title={text.traces.noneTitle}>
      <p>{filtered ? text.traces.noneFiltered : text.traces.noneInRange}</p>
      {newest && <p>{text.traces.newest(formatAgo(newest.startNs, nowMs, tag))}</p>}
      <p className="notice-actions">
        {filtered && (
          <button type="button" className="button" onClick={() => change(cleared(search))}>
            {text.traces.clearFilters}
          </button>
        )}
        {search.last !== "24h" && (
          <button type="button" className="button" onClick={() => change(withRange(search, DAY))}>
            {text.traces.widen}
          </button>
        )}
        {newest && (
          <Link className="button" to="/trace/$traceId" params={{ traceId: newest.traceId }}>
            {text.traces.showNewest}
          </Link>
        )}
      </p>
    </Notice>
  );
}
