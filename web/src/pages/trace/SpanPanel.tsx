import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { formatDuration, formatExactDuration } from "../../format/duration";
import { formatClock, formatDay, formatUtc } from "../../format/time";
import { useText } from "../../i18n";
import { type SpanDetails, spanDetails } from "../../otlp/trace";
import { Oddity } from "../../trace/oddity";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import { ServiceMark } from "../../ui/ServiceMark";
import { rangeAround } from "../range";
import { Attributes } from "./Attributes";
import { Events } from "./Events";
import { LinkedFrom } from "./LinkedFrom";
import { Links } from "./Links";
import { Sides } from "./Sides";
import type { TraceView } from "./useTraceView";

/** With fewer attributes a filter is only in the way. */
const FILTER_FROM = 12;

interface SpanPanelProps {
  readonly view: TraceView;
  readonly span: number;
}

/** Everything that is known of one span. All of it is the sender's word: shown as text, never as markup. */
export function SpanPanel({ view, span }: SpanPanelProps) {
  const text = useText();
  const { trace } = view;
  const details = useMemo(() => spanDetails(trace, span), [trace, span]);
  const service = trace.services[trace.service[span] ?? 0] ?? "";
  const [words, setWords] = useState("");
  const alike = useMemo(
    () => ({
      ...rangeAround(Number(trace.startNs / 1_000_000n)),
      ...(service !== "" && { service }),
      ...(trace.name[span] && { name: trace.name[span] }),
    }),
    [trace, span, service],
  );
  const count = details.attributes.length + details.resource.attributes.length;
  // The words stay for the next span that has the field; where nobody sees them they must hide nothing.
  const filter = count >= FILTER_FROM ? words : "";
  return (
    <aside className="panel" aria-label={text.span.title}>
      <header className="panel-head">
        <div>
          <p className="panel-service">
            <ServiceMark service={service} />
            {service || text.common.noService}
          </p>
          <h2>{trace.name[span] || text.common.unnamed}</h2>
          <Link to="/traces" search={alike} className="find-alike">
            <Icon name="filter" size={13} /> {text.span.findAlike}
          </Link>
        </div>
        <button
          type="button"
          className="icon-button"
          onClick={view.close}
          aria-label={text.common.close}
          title={`${text.common.close} (Esc)`}
        >
          <Icon name="close" />
        </button>
      </header>
      <div className="panel-body" key={span}>
        <Facts view={view} span={span} details={details} />
        {count >= FILTER_FROM && (
          <div className="field attribute-filter">
            <Icon name="search" size={14} />
            <input
              type="text"
              value={words}
              aria-label={text.span.filterAttributes}
              placeholder={text.span.filterAttributes}
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        )}
        <Section
          title={text.span.attributes}
          count={details.attributes.length}
          dropped={details.droppedAttributes}
        >
          <Attributes attributes={details.attributes} filter={filter} alike={alike} />
        </Section>
        <Section title={text.span.events} count={details.events.length} dropped={details.droppedEvents}>
          <Events events={details.events} startNs={details.startNs} />
        </Section>
        <Section title={text.span.links} count={details.links.length} dropped={details.droppedLinks}>
          <Links links={details.links} />
        </Section>
        <LinkedFrom traceId={trace.traceId} spanId={trace.spanId[span] ?? ""} />
        <Section
          title={text.span.resource}
          count={details.resource.attributes.length}
          dropped={details.resource.droppedAttributes}
        >
          <Attributes
            attributes={details.resource.attributes}
            filter={filter}
            alike={alike}
            addedByAgent={details.resource.hostIpAdded ? "app.host.ip" : undefined}
          />
          <Schema url={details.resource.schemaUrl} />
        </Section>
        <Scope scope={details.scope} filter={filter} />
        <Sides traceId={trace.traceId} spanId={trace.spanId[span] ?? ""} />
      </div>
    </aside>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count: number;
  readonly dropped?: number;
  readonly children: ReactNode;
}

/** Left out when there is nothing to say; a count of dropped things is something. */
function Section({ title, count, dropped = 0, children }: SectionProps) {
  const text = useText().span;
  if (count === 0 && dropped === 0) {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>
        {title} <span className="count">{count}</span>
        {dropped > 0 && <span className="dropped">{text.dropped(dropped)}</span>}
      </h3>
      {children}
    </section>
  );
}

function Scope({ scope, filter }: { readonly scope: SpanDetails["scope"]; readonly filter: string }) {
  const text = useText().span;
  if (scope.name === "" && scope.version === "" && scope.attributes.length === 0 && scope.schemaUrl === "") {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>
        {text.scope}
        {scope.droppedAttributes > 0 && (
          <span className="dropped">{text.dropped(scope.droppedAttributes)}</span>
        )}
      </h3>
      <p className="scope-name mono">
        {scope.name} <span className="soft">{scope.version}</span>
      </p>
      <Attributes attributes={scope.attributes} filter={filter} />
      <Schema url={scope.schemaUrl} />
    </section>
  );
}

function Schema({ url }: { readonly url: string }) {
  const text = useText().span;
  return url === "" ? null : (
    <p className="schema soft">
      {text.schemaUrl} <span className="mono">{url}</span>
    </p>
  );
}

function Facts({ view, span, details }: SpanPanelProps & { readonly details: SpanDetails }) {
  const text = useText();
  const { trace, tree } = view;
  const { kinds, statuses } = text.span;
  const failed = details.status.code === "ERROR";
  return (
    <>
      {details.startNs === 0n && <p className="bar warning">{text.span.noStart}</p>}
      {details.startNs > 0n && details.endNs < details.startNs && (
        <p className="bar warning">{text.span.endsBeforeStart}</p>
      )}
      <dl className="panel-facts">
        <Fact name={text.span.status}>
          <span className={failed ? "status failed" : "status"}>
            {failed && <Icon name="error" size={13} />}
            {isKey(statuses, details.status.code) ? statuses[details.status.code] : details.status.code}
          </span>
          {details.status.message !== "" && <span className="status-message">{details.status.message}</span>}
        </Fact>
        <Fact name={text.span.duration}>
          <span className="tabular" title={formatExactDuration(details.endNs - details.startNs)}>
            {formatDuration(trace.duration[span] ?? 0)}
          </span>
          <span className="soft tabular">
            {text.span.selfTime} {formatDuration(tree.selfTime[span] ?? 0)}
          </span>
        </Fact>
        <Fact name={text.span.start}>
          <time className="tabular" dateTime={formatUtc(details.startNs)} title={formatUtc(details.startNs)}>
            {formatDay(details.startNs)} {formatClock(details.startNs)}
          </time>
          <span className="soft tabular">{text.span.afterStart(formatDuration(trace.start[span] ?? 0))}</span>
        </Fact>
        <Fact name={text.span.kind}>{isKey(kinds, details.kind) ? kinds[details.kind] : details.kind}</Fact>
        <Fact name={text.span.spanId}>
          <code>{trace.spanId[span]}</code>
          <CopyButton value={trace.spanId[span] ?? ""} label={text.span.spanId} />
        </Fact>
        <Fact name={text.span.parentId}>
          <Parent view={view} span={span} />
        </Fact>
        {details.traceState !== "" && (
          <Fact name={text.span.traceState}>
            <code>{details.traceState}</code>
          </Fact>
        )}
        {details.flags !== 0 && (
          <Fact name={text.span.flags}>
            <code>0x{details.flags.toString(16).padStart(2, "0")}</code>{" "}
            <span className="soft">{flagWords(details.flags, text.span)}</span>
          </Fact>
        )}
      </dl>
    </>
  );
}

function isKey<T extends object>(object: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(object, key);
}

/** Bit 0 is W3C's "sampled"; bit 8 says that bit 9 ("the parent is remote") is known. */
function flagWords(
  flags: number,
  words: { sampled: string; remoteParent: string; localParent: string },
): string {
  const remote = (flags & 0x200) === 0 ? words.localParent : words.remoteParent;
  return [(flags & 1) === 1 && words.sampled, (flags & 0x100) !== 0 && remote].filter(Boolean).join(", ");
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Parent({ view, span }: SpanPanelProps) {
  const text = useText();
  const { trace, tree } = view;
  const parent = tree.parent[span] ?? -1;
  const oddity = tree.oddity[span] ?? 0;
  const parentId = trace.parentId[span] ?? "";
  return (
    <>
      {parentId === "" ? <span className="soft">{text.span.noParent}</span> : <code>{parentId}</code>}
      {parent !== -1 && (
        <button type="button" className="link-button" onClick={() => view.moveTo(parent)}>
          {text.span.goToParent}
        </button>
      )}
      {(oddity & Oddity.orphan) !== 0 && (
        <span className="mark-warning with-words">
          <Icon name="broken" size={13} /> {text.trace.orphan}
        </span>
      )}
      {(oddity & Oddity.cycle) !== 0 && <span className="mark-warning with-words">{text.trace.cycle}</span>}
      {(oddity & Oddity.duplicate) !== 0 && (
        <span className="mark-warning with-words">{text.trace.duplicate}</span>
      )}
    </>
  );
}
