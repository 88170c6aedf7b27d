import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ServiceSummary } from "../../api/services";
import { formatDuration } from "../../format/duration";
import { type RateUnit, formatCount, formatRate, formatShare, rateUnit } from "../../format/number";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { ServiceMark } from "../../ui/ServiceMark";
import { rangeOf } from "../range";
import { Sparkline } from "./Sparkline";
import { errorShare } from "./order";
import { COLUMNS, type Column, SORT_DEFAULT, type ServicesSearch, sortedBy } from "./search";

interface ServiceTableProps {
  readonly services: readonly ServiceSummary[];
  /** The listed ones and those that the search left out: rates of both are told in one unit. */
  readonly all: readonly ServiceSummary[];
  readonly seconds: number;
  readonly search: ServicesSearch;
  readonly change: (search: ServicesSearch) => void;
}

export function ServiceTable({ services, all, seconds, search, change }: ServiceTableProps) {
  const text = useText().services;
  const unit = useMemo(
    () => rateUnit(Math.max(...all.map(({ requests }) => requests)) / seconds),
    [all, seconds],
  );
  return (
    <div className="table-frame">
      <table className="trace-table service-table all">
        <caption className="visually-hidden">{text.title}</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <SortHead key={column} column={column} search={search} change={change} />
            ))}
            <th scope="col">{text.columns.series}</th>
          </tr>
        </thead>
        <tbody>
          {services.map((service) => (
            <Row key={service.name} service={service} seconds={seconds} unit={unit} search={search} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SortHeadProps {
  readonly column: Column;
  readonly search: ServicesSearch;
  readonly change: (search: ServicesSearch) => void;
}

function SortHead({ column, search, change }: SortHeadProps) {
  const text = useText().services;
  const sorted = (search.sort ?? SORT_DEFAULT) === column;
  const ascending = (column === "name") !== (search.reverse === true);
  const arrow = (
    <span className={ascending ? "turned" : undefined}>
      <Icon name="sorted" size={11} />
    </span>
  );
  return (
    <th
      scope="col"
      className={column === "name" ? undefined : "number"}
      aria-sort={sorted ? (ascending ? "ascending" : "descending") : undefined}
    >
      <button
        type="button"
        className={sorted ? "sort sorted" : "sort"}
        title={text.columnNotes[column]}
        onClick={() => change(sortedBy(search, column))}
      >
        {column !== "name" && arrow}
        {text.columns[column]}
        {column === "name" && arrow}
      </button>
    </th>
  );
}

interface RowProps {
  readonly service: ServiceSummary;
  readonly seconds: number;
  readonly unit: RateUnit;
  readonly search: ServicesSearch;
}

function Row({ service, seconds, unit, search }: RowProps) {
  const text = useText();
  const { name, requests, errors, series } = service;
  const share = errorShare(service);
  return (
    <tr className={errors > 0 ? "failed" : undefined}>
      <td className="service-name">
        <Link to="/services" search={{ ...rangeOf(search), service: name }} className="row-link">
          <ServiceMark service={name} />
          <span className="root-name">{name || text.common.noService}</span>
        </Link>
      </td>
      <td className="number" title={text.services.requestCount(requests)}>
        {requests === 0 ? <span className="soft">–</span> : formatRate(requests / seconds, unit)}
      </td>
      <td className="number" title={text.services.errorsOf(errors, requests)}>
        {errors > 0 ? (
          <span className="error-count">
            <Icon name="error" size={12} />
            {formatShare(share)}
          </span>
        ) : (
          <span className="soft">{requests === 0 ? "–" : "0%"}</span>
        )}
      </td>
      <Quantile ns={service.p50} />
      <Quantile ns={service.p95} />
      <Quantile ns={service.p99} />
      <td className="series-cell">
        <Sparkline
          requests={series.requests}
          errors={series.errors}
          label={text.services.sparkline(formatCount(requests), formatCount(errors))}
        />
      </td>
    </tr>
  );
}

export function Quantile({ ns }: { readonly ns: number | undefined }) {
  return (
    <td className="number">{ns === undefined ? <span className="soft">–</span> : formatDuration(ns)}</td>
  );
}
