import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { differencesQuery } from "../../api/queries";
import type {
  AttributeDifference,
  Differences as DifferencesFound,
  OperationDifference,
} from "../../api/differences";
import { formatDuration } from "../../format/duration";
import { formatCalls, formatShare } from "../../format/number";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Failure, Loading, Notice } from "../../ui/Notice";
import { ServiceMark } from "../../ui/ServiceMark";
import { Bars, BarsKey } from "./DifferenceBars";
import { type Alike, groupAlike } from "./alike";
import { type TracesSearch, filterOf, having, isAskable, isFull, narrowed, withAttribute } from "./search";

interface DifferencesProps {
  readonly search: TracesSearch;
  readonly change: (search: TracesSearch) => void;
}

/** What the traces found have in common that others of their time have not. */
export function Differences({ search, change }: DifferencesProps) {
  const text = useText();
  const { live: _live, guide: _guide, view: _view, ...key } = search;
  const found = useQuery(differencesQuery(key, () => filterOf(search)));
  if (found.isPending) {
    return <Loading words={text.differences.loading} />;
  }
  if (found.data === undefined) {
    return <Failure title={text.differences.failed} error={found.error} retry={() => void found.refetch()} />;
  }
  const { selected, others } = found.data;
  if (selected === 0 || others === 0) {
    return (
      <Notice icon="compare" title={text.differences.nothingTitle}>
        <p>{selected === 0 ? text.differences.noneSelected : text.differences.noOthers}</p>
      </Notice>
    );
  }
  return (
    <section
      className={found.isFetching ? "differences stale" : "differences"}
      aria-label={text.differences.title}
    >
      <p className="differences-intro">
        <Sentence search={search} found={found.data} />{" "}
        <button type="button" className="link-button" onClick={() => void found.refetch()}>
          {text.differences.again}
        </button>
      </p>
      <Attributes found={found.data} search={search} change={change} />
      <Operations
        found={found.data}
        choose={({ service, name }) =>
          change(having(having(narrowed(search, service), "name", name), "view", undefined))
        }
      />
    </section>
  );
}

/** Says in plain words what is compared with what. */
function Sentence({ search, found }: { readonly search: TracesSearch; readonly found: DifferencesFound }) {
  const text = useText().differences;
  const of = [search.service, search.name].filter((word) => word !== undefined).join(" · ");
  const { status, minDuration, maxDuration, attribute, q } = search;
  const slowest = [status, minDuration, maxDuration, attribute, q].every((word) => word === undefined);
  return slowest
    ? text.sentenceSlowest(found.selected, found.others, of)
    : text.sentence(found.selected, found.others, of);
}

/** The search for the spans that have the attribute; undefined when a filter can't say that. */
function searchFor(search: TracesSearch, { service, key, value }: AttributeDifference) {
  const within = narrowed(search, service);
  return isAskable(key) && !isFull(within)
    ? having(withAttribute(within, key, value), "view", undefined)
    : undefined;
}

interface AttributesProps extends DifferencesProps {
  readonly found: DifferencesFound;
}

function Attributes({ found, search, change }: AttributesProps) {
  const text = useText();
  const groups = useMemo(() => groupAlike(found.attributes), [found]);
  return (
    <section className="difference-list">
      <header>
        <h2>{text.differences.attributes}</h2>
        <BarsKey />
      </header>
      {groups.length === 0 && <p className="soft">{text.differences.noAttributes}</p>}
      <ol>
        {groups.map((group) => (
          <Group key={keyOf(group.first)} group={group} found={found} search={search} change={change} />
        ))}
      </ol>
    </section>
  );
}

function keyOf({ service, scope, key, value }: AttributeDifference): string {
  return JSON.stringify([service, scope, key, value]);
}

function Group({ group, ...list }: AttributesProps & { readonly group: Alike }) {
  const text = useText().differences;
  const { first, rest } = group;
  const [open, setOpen] = useState(false);
  return (
    <>
      <Attribute difference={first} {...list}>
        {rest.length > 0 && (
          <button
            type="button"
            className="link-button alike"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? "down" : "right"} size={11} />
            {text.alike(rest.length)}
          </button>
        )}
      </Attribute>
      {open &&
        rest.map((difference) => (
          <Attribute key={keyOf(difference)} difference={difference} {...list} />
        ))}
    </>
  );
}

interface AttributeProps extends AttributesProps {
  readonly difference: AttributeDifference;
  readonly children?: ReactNode;
}

function Attribute({ difference, found, search, change, children }: AttributeProps) {
  const text = useText();
  const { service, key, value, scope, selected, others } = difference;
  const next = searchFor(search, difference);
  return (
    <li>
      <button
        type="button"
        className="difference"
        aria-disabled={next === undefined}
        title={next ? text.differences.addFilter : text.differences.noFilter}
        onClick={() => next && change(next)}
      >
        <span className="difference-name">
          <Service name={service}>
            {scope === "resource" && <span className="scope-tag">{text.differences.resource}</span>}
          </Service>
          <span className="difference-words mono">
            <bdi>{key}</bdi> = <bdi className="chip-value">{value}</bdi>
          </span>
        </span>
        <Bars
          selected={selected / found.selected}
          others={others / found.others}
          most={1}
          format={formatShare}
        />
        <Icon name="filter" size={14} />
      </button>
      {children}
    </li>
  );
}

function Service({ name, children }: { readonly name: string; readonly children?: ReactNode }) {
  const text = useText().common;
  return (
    <span className="difference-service">
      <ServiceMark service={name} />
      {name || text.noService}
      {children}
    </span>
  );
}

interface OperationsProps {
  readonly found: DifferencesFound;
  readonly choose: (difference: OperationDifference) => void;
}

function Operations({ found, choose }: OperationsProps) {
  const text = useText();
  const most = Math.max(1, ...found.operations.flatMap((entry) => [entry.selectedSelf, entry.othersSelf]));
  return (
    <section className="difference-list">
      <header>
        <h2>{text.differences.operations}</h2>
        <BarsKey />
      </header>
      {found.operations.length === 0 && <p className="soft">{text.differences.noOperations}</p>}
      <ol>
        {found.operations.map((difference) => {
          const { service, name, selectedSelf, othersSelf } = difference;
          return (
            <li key={JSON.stringify([service, name])}>
              <button
                type="button"
                className="difference operation"
                title={text.differences.addOperation}
                onClick={() => choose(difference)}
              >
                <span className="difference-name">
                  <Service name={service} />
                  <bdi className="difference-words chip-value">{name || text.common.unnamed}</bdi>
                </span>
                <Calls difference={difference} />
                <Bars selected={selectedSelf} others={othersSelf} most={most} format={formatDuration} />
                <Icon name="filter" size={14} />
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Said loudly when they are so many more that a loop must be behind it: one query a line instead of one for all. */
function Calls({ difference }: { readonly difference: OperationDifference }) {
  const text = useText().differences;
  const { selectedCalls, othersCalls } = difference;
  const many = selectedCalls >= 5 && selectedCalls >= 3 * othersCalls;
  const same = Math.abs(selectedCalls - othersCalls) < 0.05 * Math.max(selectedCalls, othersCalls);
  return (
    <span className={many ? "calls many" : same ? "calls soft" : "calls"}>
      {many && <Icon name="repeat" size={13} />}
      {text.calls(formatCalls(selectedCalls), formatCalls(othersCalls))}
    </span>
  );
}
