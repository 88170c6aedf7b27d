import { useQuery } from "@tanstack/react-query";
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
import { type TracesSearch, filterOf, having, narrowed, withAttribute } from "./search";

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
    <section className={found.isFetching ? "differences stale" : "differences"} aria-label={text.differences.title}>
      <p className="differences-intro">
        <Sentence search={search} found={found.data} />{" "}
        <button type="button" className="link-button" onClick={() => void found.refetch()}>
          {text.differences.again}
        </button>
      </p>
      <Attributes
        found={found.data}
        choose={({ service, key, value }) =>
          change(having(withAttribute(narrowed(search, service), key, value), "view", undefined))
        }
      />
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

interface AttributesProps {
  readonly found: DifferencesFound;
  readonly choose: (difference: AttributeDifference) => void;
}

function Attributes({ found, choose }: AttributesProps) {
  const text = useText();
  return (
    <section className="difference-list">
      <header>
        <h2>{text.differences.attributes}</h2>
        <Key />
      </header>
      {found.attributes.length === 0 && <p className="soft">{text.differences.noAttributes}</p>}
      <ol>
        {found.attributes.map((difference) => {
          const { service, key, value, scope } = difference;
          return (
            <li key={`${service}\n${scope}\n${key}\n${value}`}>
              <button
                type="button"
                className="difference"
                title={text.differences.addFilter}
                onClick={() => choose(difference)}
              >
                <span className="difference-name">
                  <span className="difference-service">
                    <ServiceMark service={service} />
                    {service || text.common.noService}
                    {scope === "resource" && <span className="scope-tag">{text.differences.resource}</span>}
                  </span>
                  <span className="difference-words mono">
                    <bdi>{key}</bdi> = <bdi className="chip-value">{value}</bdi>
                  </span>
                </span>
                <Bars
                  selected={share(difference.selected, found.selected)}
                  others={share(difference.others, found.others)}
                />
                <Icon name="filter" size={14} />
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Filled and outlined, so that the two are told apart without colour. */
function Key() {
  const text = useText().differences;
  return (
    <p className="difference-key soft" aria-hidden="true">
      <span className="swatch selected" /> {text.these}
      <span className="swatch others" /> {text.others}
    </p>
  );
}

function Bars({ selected, others }: { readonly selected: number; readonly others: number }) {
  const text = useText().differences;
  return (
    <span className="bars">
      <Bar kind="selected" share={selected} words={text.these} />
      <Bar kind="others" share={others} words={text.others} />
    </span>
  );
}

interface BarProps {
  readonly kind: "selected" | "others";
  readonly share: number;
  readonly words: string;
}

function Bar({ kind, share, words }: BarProps) {
  return (
    <span className="bar-line">
      <span className="bar-frame">
        <span className={`share ${kind}`} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="bar-share tabular">{formatShare(share)}</span>
      <span className="bar-of soft">{words}</span>
    </span>
  );
}

interface OperationsProps {
  readonly found: DifferencesFound;
  readonly choose: (difference: OperationDifference) => void;
}

function Operations({ found, choose }: OperationsProps) {
  const text = useText();
  const most = Math.max(1, ...found.operations.map((entry) => Math.max(entry.selectedSelf, entry.othersSelf)));
  return (
    <section className="difference-list">
      <header>
        <h2>{text.differences.operations}</h2>
        <Key />
      </header>
      {found.operations.length === 0 && <p className="soft">{text.differences.noOperations}</p>}
      <ol>
        {found.operations.map((difference) => {
          const { service, name, selectedCalls, othersCalls, selectedSelf, othersSelf } = difference;
          return (
            <li key={`${service}\n${name}`}>
              <button
                type="button"
                className="difference operation"
                title={text.differences.addOperation}
                onClick={() => choose(difference)}
              >
                <span className="difference-name">
                  <span className="difference-service">
                    <ServiceMark service={service} />
                    {service || text.common.noService}
                  </span>
                  <span className="difference-words">
                    <bdi className="chip-value">{name || text.common.unnamed}</bdi>
                  </span>
                </span>
                <span className={isRepeated(difference) ? "calls many" : "calls"}>
                  {isRepeated(difference) && <Icon name="repeat" size={13} />}
                  {text.differences.calls(formatCalls(selectedCalls), formatCalls(othersCalls))}
                </span>
                <span className="bars">
                  <SelfTime kind="selected" ns={selectedSelf} most={most} words={text.differences.these} />
                  <SelfTime kind="others" ns={othersSelf} most={most} words={text.differences.others} />
                </span>
                <Icon name="filter" size={14} />
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Called so much more often that it is worth a sign: the mark of one query a line instead of one for all. */
function isRepeated({ selectedCalls, othersCalls }: OperationDifference): boolean {
  return selectedCalls >= 5 && selectedCalls >= 3 * othersCalls;
}

interface SelfTimeProps {
  readonly kind: "selected" | "others";
  readonly ns: number;
  readonly most: number;
  readonly words: string;
}

function SelfTime({ kind, ns, most, words }: SelfTimeProps) {
  return (
    <span className="bar-line">
      <span className="bar-frame">
        <span className={`share ${kind}`} style={{ width: `${(ns / most) * 100}%` }} />
      </span>
      <span className="bar-share tabular">{formatDuration(ns)}</span>
      <span className="bar-of soft">{words}</span>
    </span>
  );
}
