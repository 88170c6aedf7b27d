import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type TracePages, newestQuery } from "../../api/queries";
import { absolute, rangeAt, withRange } from "../range";
import { Differences } from "./Differences";
import { Guide } from "./Guide";
import { More, type MoreActions } from "./More";
import { NoneFound } from "./NoneFound";
import { Summary } from "./Summary";
import { TraceChart } from "./TraceChart";
import { TraceTable } from "./TraceTable";
import { type TracesSearch, isComparable } from "./search";

interface FoundProps {
  readonly pages: TracePages;
  readonly search: TracesSearch;
  readonly updatedMs: number;
  readonly stale: boolean;
  readonly held: boolean;
  readonly hold: (held: boolean) => void;
  readonly change: (search: TracesSearch) => void;
  readonly more: MoreActions;
}

/** What the search gave: the traces as points and rows, or what sets them apart; or why there is nothing. */
export function Found({ pages, search, updatedMs, stale, held, hold, change, more }: FoundProps) {
  const traces = useMemo(() => pages.pages.flatMap((page) => page.traces), [pages]);
  const none = traces.length === 0;
  const newest = useQuery(newestQuery(none));
  if (none) {
    const newestTrace = newest.data?.traces[0];
    if (newest.isPending) {
      return null;
    }
    return newestTrace || newest.isError ? (
      <NoneFound search={search} newest={newestTrace} nowMs={updatedMs} change={change} />
    ) : search.guide ? null : (
      <Guide />
    );
  }
  const range = rangeAt(search, updatedMs);
  const hasMore = pages.pages.at(-1)?.next !== undefined;
  const isSlowest = search.sort === "slowest";
  const comparing = search.view === "differences" && isComparable(search);
  return (
    <div className={stale ? "found stale" : "found"}>
      <TraceChart
        traces={traces}
        range={range}
        cut={hasMore && !isSlowest}
        choose={(stretch) => change(withRange(search, absolute(stretch)))}
      />
      <Summary
        traces={traces}
        hasMore={hasMore}
        search={search}
        comparing={comparing}
        updatedMs={updatedMs}
        held={held}
        paged={pages.pages.length > 1}
        change={change}
      />
      {comparing ? (
        <Differences search={search} change={change} />
      ) : (
        <>
          <TraceTable traces={traces} range={range} hold={hold} />
          <More
            search={search}
            hasMore={hasMore}
            paged={pages.pages.length > 1}
            count={traces.length}
            {...more}
          />
        </>
      )}
    </div>
  );
}
