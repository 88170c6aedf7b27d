import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type TracePages, firstPage, servicesQuery, tracesQuery } from "../../api/queries";
import { useText } from "../../i18n";
import { Failure, FailureWords, Loading, Notice } from "../../ui/Notice";
import { rangeNs, rangeOf } from "../range";
import { isAboutQuery } from "./Expert";
import { Filters } from "./Filters";
import { Found } from "./Found";
import { Guide } from "./Guide";
import { rememberSearch } from "./lastSearch";
import { type TracesSearch, filterOf, having, isLive } from "./search";
import "./traces.css";
import "./filters.css";
import "./differences.css";

const route = getRouteApi("/traces");

/** Traces of one page. */
const LIMIT = 100;

export function TracesPage() {
  const text = useText();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const [held, setHeld] = useState(false);
  const { live: _live, guide: _guide, view: _view, ...key } = search;
  const query = tracesQuery(key, () => ({ ...filterOf(search), limit: LIMIT }), isLive(search) && !held);
  const list = useInfiniteQuery(query);
  const services = useQuery(servicesQuery(rangeOf(search), () => rangeNs(search)));
  const change = (next: TracesSearch) => void navigate({ search: next, resetScroll: false });
  const refused = list.isError && list.data === undefined ? list.error : undefined;
  const toFirstPage = () => queries.setQueryData<TracePages>([...query.queryKey], firstPage);
  const again = () => {
    toFirstPage();
    void list.refetch();
  };
  useEffect(() => {
    document.title = `${text.traces.title} · ${text.product}`;
  }, [text]);
  useEffect(() => rememberSearch(search), [search]);

  return (
    <div className="traces-page">
      <h1 className="visually-hidden">{text.traces.title}</h1>
      <Filters
        search={search}
        services={services.data?.services ?? []}
        refused={refused}
        held={held}
        busy={list.isFetching}
        change={change}
        refresh={again}
      />
      {search.guide && <Guide again close={() => change(having(search, "guide", undefined))} />}
      {list.isPending && <Loading words={text.common.loading} />}
      {refused && <Refused search={search} error={refused} retry={again} />}
      {list.data && (
        <>
          {list.isError && (
            <div className="bar error" role="alert">
              <strong>{text.traces.failed}</strong> <FailureWords error={list.error} />
            </div>
          )}
          <Found
            pages={list.data}
            search={search}
            updatedMs={list.dataUpdatedAt}
            stale={list.isPlaceholderData}
            held={held}
            hold={setHeld}
            change={change}
            more={{
              load: () => void list.fetchNextPage(),
              loading: list.isFetchingNextPage,
              toFirst: again,
            }}
          />
        </>
      )}
    </div>
  );
}

interface RefusedProps {
  readonly search: TracesSearch;
  readonly error: Error;
  readonly retry: () => void;
}

function Refused({ search, error, retry }: RefusedProps) {
  const text = useText();
  return isAboutQuery(search, error) ? (
    <Notice icon="search" title={text.traces.queryWrong}>
      <p>{text.traces.queryWrongNote}</p>
    </Notice>
  ) : (
    <Failure title={text.traces.failed} error={error} retry={retry} />
  );
}
