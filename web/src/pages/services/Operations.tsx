import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { operationsQuery } from "../../api/queries";
import type { Operation } from "../../api/services";
import { formatDuration } from "../../format/duration";
import { formatCount, formatShare } from "../../format/number";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Failure, Loading } from "../../ui/Notice";
import { rangeNs, rangeOf } from "../range";
import { Quantile } from "./ServiceTable";
import { errorShare } from "./order";
import type { ServicesSearch } from "./search";

interface OperationsProps {
  readonly service: string;
  readonly search: ServicesSearch;
}

/** What the service does, the most time first, each with the way to its traces. */
export function Operations({ service, search }: OperationsProps) {
  const text = useText();
  const list = useQuery(operationsQuery(service, rangeOf(search), () => rangeNs(search)));
  if (list.isPending) {
    return <Loading words={text.common.loading} />;
  }
  if (list.data === undefined) {
    return (
      <Failure title={text.services.operationsFailed} error={list.error} retry={() => void list.refetch()} />
    );
  }
  const { operations, truncated } = list.data;
  const most = operations[0]?.total ?? 0;
  const { columns } = text.services;
  return (
    <section className="operations">
      <h2>{text.services.operations}</h2>
      <div className="table-frame">
        <table className="trace-table service-table">
          <caption className="visually-hidden">{text.services.operations}</caption>
          <thead>
            <tr>
              <th scope="col">{columns.operation}</th>
              <th scope="col">{columns.kind}</th>
              <th scope="col" className="number">
                {columns.count}
              </th>
              <th scope="col" className="number">
                {columns.errors}
              </th>
              {(["p50", "p95", "p99"] as const).map((column) => (
                <th key={column} scope="col" className="number">
                  {columns[column]}
                </th>
              ))}
              <th scope="col" className="number">
                {columns.total}
              </th>
              <th scope="col" aria-hidden="true" />
              <th scope="col">
                <span className="visually-hidden">{text.services.toTraces}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {operations.map((operation) => (
              <Row
                key={`${operation.kind} ${operation.name}`}
                operation={operation}
                most={most}
                service={service}
                search={search}
              />
            ))}
          </tbody>
        </table>
      </div>
      {truncated && <p className="soft">{text.services.operationsCut(operations.length)}</p>}
    </section>
  );
}

interface RowProps extends OperationsProps {
  readonly operation: Operation;
  readonly most: number;
}

function Row({ operation, most, service, search }: RowProps) {
  const text = useText();
  const { name, kind, requests, errors, total } = operation;
  const title = name || text.common.unnamed;
  const of = {
    ...rangeOf(search),
    ...(service !== "" && { service }),
    ...(name !== "" && { name }),
  };
  const { kinds } = text.span;
  return (
    <tr className={errors > 0 ? "failed" : undefined}>
      <td className="root">
        <Link to="/traces" search={of} className="row-link" title={title} aria-label={title}>
          <span className="root-name">{title}</span>
        </Link>
      </td>
      <td className="soft">{Object.hasOwn(kinds, kind) ? kinds[kind as keyof typeof kinds] : kind}</td>
      <td className="number">{formatCount(requests)}</td>
      <td className="number">
        {errors > 0 ? (
          <Link to="/traces" search={{ ...of, status: "failed" }} className="error-count above">
            <Icon name="error" size={12} />
            {formatShare(errorShare(operation))}
          </Link>
        ) : (
          <span className="soft">0%</span>
        )}
      </td>
      <Quantile ns={operation.p50} />
      <Quantile ns={operation.p95} />
      <Quantile ns={operation.p99} />
      <td className="number">{formatDuration(total)}</td>
      <td className="duration-bar" aria-hidden="true">
        <span style={{ width: `${most > 0 ? Math.max(1, (total / most) * 100) : 0}%` }} />
      </td>
      <td className="operation-links">
        <Link to="/traces" search={{ ...of, sort: "slowest" }} className="link-button above">
          {text.services.slowest}
        </Link>
      </td>
    </tr>
  );
}
