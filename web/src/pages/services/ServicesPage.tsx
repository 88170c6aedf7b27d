import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { servicesQuery } from "../../api/queries";
import type { ServiceList } from "../../api/services";
import { formatClock, formatDay } from "../../format/time";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Failure, FailureWords, Loading, Notice } from "../../ui/Notice";
import { useDraft } from "../../ui/useDraft";
import { RangePicker } from "../RangePicker";
import { isAbsolute, rangeAt, rangeNs, rangeOf, withRange } from "../range";
import { Guide } from "../traces/Guide";
import { ServiceTable } from "./ServiceTable";
import { ServiceView } from "./ServiceView";
import { listed } from "./order";
import type { ServicesSearch } from "./search";
import "./services.css";
import "../traces/traces.css";

const route = getRouteApi("/services");

/** While the range goes on, the sums do too. */
const AGAIN_MS = 10_000;

/** All services with their rate, errors and durations, or one of them. */
export function ServicesPage() {
  const text = useText();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = servicesQuery(rangeOf(search), () => rangeNs(search), isAbsolute(search) ? false : AGAIN_MS);
  const services = useQuery(query);
  const change = (next: ServicesSearch, replace = false) =>
    void navigate({ search: next, replace, resetScroll: false });
  const title = search.service === undefined ? text.services.title : search.service || text.common.noService;
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [text, title]);
  return (
    <div className="services-page">
      <div className="services-tools">
        {search.service === undefined && <h1 className="visually-hidden">{text.services.title}</h1>}
        <RangePicker range={search} change={(range) => change(withRange(search, range))} />
        {search.service === undefined && <FindField search={search} change={change} />}
      </div>
      {services.isPending && <Loading words={text.common.loading} />}
      {services.isError && services.data === undefined && (
        <Failure title={text.services.failed} error={services.error} retry={() => void services.refetch()} />
      )}
      {services.isError && services.data && (
        <div className="bar error" role="alert">
          <strong>{text.services.failed}</strong> <FailureWords error={services.error} />
        </div>
      )}
      {services.data && (
        <div className={services.isPlaceholderData ? "found stale" : "found"}>
          {services.data.cutBefore !== undefined && <CutNote before={services.data.cutBefore} />}
          <Content list={services.data} search={search} change={change} />
        </div>
      )}
    </div>
  );
}

/** Rules of retention keep what failed, say: shares of that are not shares of what there was. */
function CutNote({ before }: { readonly before: bigint }) {
  const day = `${formatDay(before)} ${formatClock(before).slice(0, 5)}`;
  return (
    <p className="bar warning" role="status">
      {useText().services.cutBefore(day)}
    </p>
  );
}

interface FindFieldProps {
  readonly search: ServicesSearch;
  readonly change: (search: ServicesSearch, replace: boolean) => void;
}

function FindField({ search, change }: FindFieldProps) {
  const text = useText().services;
  const { find = "", ...rest } = search;
  const [words, type] = useDraft(find, (next) => change(next === "" ? rest : { ...rest, find: next }, true));
  return (
    <label className="field services-find">
      <Icon name="search" size={14} />
      <input
        type="text"
        value={words}
        spellCheck={false}
        autoComplete="off"
        aria-label={text.find}
        aria-keyshortcuts="/"
        placeholder={text.find}
        onChange={(event) => type(event.target.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface ContentProps {
  readonly list: ServiceList;
  readonly search: ServicesSearch;
  readonly change: (search: ServicesSearch) => void;
}

function Content({ list, search, change }: ContentProps) {
  const text = useText();
  // How long the sums are over, for the rates; the moment does not matter.
  const { fromMs, toMs } = rangeAt(search, 0);
  const seconds = (toMs - fromMs) / 1_000;
  if (search.service !== undefined) {
    return (
      <ServiceView list={list} name={search.service} seconds={seconds} search={search} change={change} />
    );
  }
  if (list.services.length === 0) {
    return <NoServices search={search} change={change} />;
  }
  const shown = listed(list.services, search);
  return shown.length === 0 ? (
    <Notice icon="search" title={text.services.noneFound}>
      <p>{text.services.noneFoundNote}</p>
    </Notice>
  ) : (
    <ServiceTable services={shown} all={list.services} seconds={seconds} search={search} change={change} />
  );
}

function NoServices({ search, change }: Omit<ContentProps, "list">) {
  const text = useText();
  return (
    <>
      <Notice icon="empty" title={text.services.emptyTitle}>
        <p>{text.services.empty}</p>
        {search.last !== "24h" && (
          <p className="notice-actions">
            <button
              type="button"
              className="button"
              onClick={() => change(withRange(search, { last: "24h" }))}
            >
              {text.traces.widen}
            </button>
          </p>
        )}
      </Notice>
      {search.last === "24h" && <Guide again />}
    </>
  );
}
