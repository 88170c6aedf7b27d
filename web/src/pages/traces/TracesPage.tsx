import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { newestQuery, servicesQuery, tracesQuery } from "../../api/queries";
import type { TraceFilter, TraceList } from "../../api/server";
import { useText } from "../../i18n";
import { msToNs } from "../../format/time";
import { Failure, FailureWords, Loading } from "../../ui/Notice";
import { Filters } from "./Filters";
import { Guide } from "./Guide";
import { NoneFound } from "./NoneFound";
import { Summary } from "./Summary";
import { TraceChart } from "./TraceChart";
import { TraceTable } from "./TraceTable";
import { type TracesSearch, LIMIT_DEFAULT, isLive, rangeAt } from "./search";
import "./traces.css";

const route = getRouteApi("/traces");

export function TracesPage() {
  const text = useText();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [held, setHeld] = useState(false);
  const { live: _live, guide: _guide, ...key } = search;
  const list = useQuery(tracesQuery(key, () => filterOf(search), isLive(search) && !held));
  const services = useQuery(
    servicesQuery({ last: search.last, from: search.from, to: search.to }, () => rangeNs(search)),
  );
  const change = (next: TracesSearch) => void navigate({ search: next });
  useEffect(() => {
    document.title = `${text.traces.title} · ${text.product}`;
  }, [text]);

  return (
    <div className="traces-page">
      <h1 className="visually-hidden">{text.traces.title}</h1>
      <Filters
        search={search}
        services={services.data ?? []}
        held={held}
        busy={list.isFetching}
        change={change}
        refresh={() => void list.refetch()}
      />
      {search.guide && <Guide again close={() => change(without(search))} />}
      {list.isPending && <Loading words={text.common.loading} />}
      {list.isError && list.data === undefined && (
        <Failure title={text.traces.failed} error={list.error} retry={() => void list.refetch()} />
      )}
      {list.data && (
        <>
          {list.isError && (
            <div className="bar error" role="alert">
              <strong>{text.traces.failed}</strong> <FailureWords error={list.error} />
            </div>
          )}
          <Found
            list={list.data}
            search={search}
            updatedMs={list.dataUpdatedAt}
            stale={list.isPlaceholderData}
            held={held}
            hold={setHeld}
            change={change}
          />
        </>
      )}
    </div>
  );
}

function without({ guide: _guide, ...rest }: TracesSearch): TracesSearch {
  return rest;
}

function rangeNs(search: TracesSearch) {
  const { fromMs, toMs } = rangeAt(search, Date.now());
  return { startNs: msToNs(fromMs), endNs: msToNs(toMs) };
}

function filterOf(search: TracesSearch): TraceFilter {
  return {
    ...rangeNs(search),
    service: search.service,
    errors: search.errors,
    limit: search.limit ?? LIMIT_DEFAULT,
  };
}

interface FoundProps {
  readonly list: TraceList;
  readonly search: TracesSearch;
  readonly updatedMs: number;
  readonly stale: boolean;
  readonly held: boolean;
  readonly hold: (held: boolean) => void;
  readonly change: (search: TracesSearch) => void;
}

function Found({ list, search, updatedMs, stale, held, hold, change }: FoundProps) {
  const none = list.traces.length === 0;
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
  return (
    <div className={stale ? "found stale" : "found"}>
      <Summary list={list} search={search} updatedMs={updatedMs} held={held} change={change} />
      <TraceChart list={list} range={range} />
      <TraceTable traces={list.traces} range={range} hold={hold} />
    </div>
  );
}
