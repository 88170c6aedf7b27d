import { Link } from "@tanstack/react-router";
import type { ServiceList, ServiceSummary } from "../../api/services";
import { formatDuration } from "../../format/duration";
import { formatCount, formatRate, formatShare, rateUnit } from "../../format/number";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Notice } from "../../ui/Notice";
import { ServiceMark } from "../../ui/ServiceMark";
import { type Range, absolute, rangeOf, withRange } from "../range";
import { TraceLinks } from "../traces/TraceLinks";
import { Operations } from "./Operations";
import { SeriesChart } from "./SeriesChart";
import { errorShare } from "./order";
import type { ServicesSearch } from "./search";

interface ServiceViewProps {
  readonly list: ServiceList;
  readonly name: string;
  readonly seconds: number;
  readonly search: ServicesSearch;
  readonly change: (search: ServicesSearch) => void;
}

/** One service: its requests over time, and what it does. */
export function ServiceView({ list, name, seconds, search, change }: ServiceViewProps) {
  const text = useText();
  const service = list.services.find((candidate) => candidate.name === name);
  const { service: _service, ...toAll } = search;
  return (
    <>
      <header className="service-head">
        <Link
          to="/services"
          search={toAll}
          className="back"
          title={text.services.title}
          aria-label={text.services.title}
        >
          <Icon name="left" />
        </Link>
        <h1>
          <ServiceMark service={name} />
          {name || text.common.noService}
        </h1>
        {name !== "" && (
          <TraceLinks
            of={{ ...rangeOf(search), service: name }}
            failing={(service?.errors ?? 0) > 0}
            label={text.services.toTraces}
            className="service-links"
          />
        )}
      </header>
      {service ? (
        <>
          <Charts
            list={list}
            service={service}
            seconds={seconds}
            choose={(range) => change(withRange(search, absolute(range)))}
          />
          <Operations service={name} search={search} />
        </>
      ) : (
        <Notice icon="empty" title={text.services.quietTitle}>
          <p>{text.services.quiet}</p>
        </Notice>
      )}
    </>
  );
}

interface ChartsProps {
  readonly list: ServiceList;
  readonly service: ServiceSummary;
  readonly seconds: number;
  readonly choose: (range: Range) => void;
}

function Charts({ list, service, seconds, choose }: ChartsProps) {
  const text = useText().services;
  const { requests, errors, p50, p95, p99, series } = service;
  const rate = requests / seconds;
  const quantiles = [p50, p95, p99].map((ns) => (ns === undefined ? "–" : formatDuration(ns)));
  const shared = { buckets: list, choose };
  return (
    <div className="service-charts">
      <SeriesChart
        {...shared}
        title={text.requests}
        kind="bars"
        tone="requests"
        values={series.requests}
        format={formatWhole}
        sum={`${formatCount(requests)} · ${formatRate(rate, rateUnit(rate))}`}
      />
      <SeriesChart
        {...shared}
        title={text.errors}
        kind="bars"
        tone="errors"
        values={series.errors}
        format={formatWhole}
        sum={`${formatCount(errors)} · ${formatShare(errorShare(service))}`}
      />
      <SeriesChart
        {...shared}
        title={text.p95}
        kind="line"
        tone="duration"
        values={series.p95}
        format={formatDuration}
        sum={text.quantiles(quantiles.join(" / "))}
      />
    </div>
  );
}

/** Half of a small whole number is no place on an axis of counts. */
function formatWhole(count: number): string {
  return Number.isInteger(count) ? formatCount(count) : "";
}
