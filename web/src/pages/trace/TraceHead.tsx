import { Link } from "@tanstack/react-router";
import { formatDuration, formatExactDuration } from "../../format/duration";
import { formatClock, formatDay, formatUtc } from "../../format/time";
import { useText } from "../../i18n";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import { ServiceMark } from "../../ui/ServiceMark";
import { Oddity } from "../../trace/oddity";
import { lastSearch } from "../traces/lastSearch";
import type { TraceView } from "./useTraceView";

export function TraceHead({ view, traceId }: { readonly view: TraceView; readonly traceId: string }) {
  const text = useText();
  const { trace, tree } = view;
  const root = tree.spanAt[0] ?? 0;
  const service = trace.services[trace.service[root] ?? 0] ?? "";
  return (
    <div className="trace-head">
      <div className="trace-title">
        <Link
          to="/traces"
          search={lastSearch()}
          className="back"
          title={text.trace.back}
          aria-label={text.trace.back}
        >
          <Icon name="left" />
        </Link>
        <h1>
          <ServiceMark service={service} />
          <span className="title-service">{service || text.common.noService}</span>
          <span className="title-name">{trace.name[root] || text.common.unnamed}</span>
        </h1>
        <code className="trace-id" title={text.trace.copyTraceId}>
          {trace.traceId || traceId}
        </code>
        <span className="copies">
          <CopyButton value={trace.traceId || traceId} label={text.trace.copyTraceId} />
          <CopyButton value={curlCommand(traceId)} label={text.trace.copyCurl} showLabel />
          <CopyButton value={globalThis.location.href} label={text.trace.copyLink} showLabel />
        </span>
      </div>
      <Facts view={view} />
      {trace.partial && (
        <p className="bar warning" role="status">
          {text.trace.partial} {trace.partialReason}
        </p>
      )}
    </div>
  );
}

/** Single quotes hold any URL of ours: origin, path and hex. */
function curlCommand(traceId: string): string {
  const url = new URL(`api/v2/traces/${encodeURIComponent(traceId)}`, document.baseURI);
  return `curl -H 'Accept: application/json' '${url.href.replaceAll("'", "%27")}'`;
}

function Facts({ view }: { readonly view: TraceView }) {
  const text = useText();
  const { trace, tree } = view;
  const orphans = tree.oddity.reduce((count, bits) => count + ((bits & Oddity.orphan) === 0 ? 0 : 1), 0);
  return (
    <ul className="facts">
      <li title={formatUtc(trace.startNs)}>
        <span className="soft">{text.trace.started}</span>{" "}
        <time className="tabular" dateTime={formatUtc(trace.startNs)}>
          {formatDay(trace.startNs)} {formatClock(trace.startNs)}
        </time>
      </li>
      <li title={formatExactDuration(trace.durationNs)}>
        <span className="soft">{text.trace.duration}</span>{" "}
        <strong className="tabular">{formatDuration(trace.durationNs)}</strong>
      </li>
      <li>{text.trace.spans(trace.size)}</li>
      <li>{text.trace.services(trace.services.length)}</li>
      <li>{text.trace.depth(tree.depth)}</li>
      {trace.errorCount > 0 && (
        <li className="fact-error">
          <Icon name="error" size={12} />
          {text.trace.errors(trace.errorCount)}
        </li>
      )}
      {orphans > 0 && (
        <li className="fact-warning">
          <Icon name="broken" size={12} />
          {text.trace.orphans(orphans)}
        </li>
      )}
    </ul>
  );
}
