import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { LinkingSpan } from "../../api/links";
import { linkedFromQuery } from "../../api/queries";
import { formatClock, formatDay, formatUtc } from "../../format/time";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { FailureWords, Loading } from "../../ui/Notice";
import { ServiceMark } from "../../ui/ServiceMark";

interface LinkedFromProps {
  readonly traceId: string;
  readonly spanId: string;
}

/** The spans that have a link to this one. Left out when there are none, as for all that a span has. */
export function LinkedFrom({ traceId, spanId }: LinkedFromProps) {
  const text = useText();
  const found = useQuery(linkedFromQuery(traceId, spanId));
  if (found.isPending) {
    return <Loading words={text.span.linkedFromLoading} />;
  }
  if (!found.data) {
    return (
      <section className="panel-section">
        <h3>{text.span.linkedFrom}</h3>
        <div className="bar error" role="alert">
          {found.error && <FailureWords error={found.error} />}
          <button type="button" className="link-button" onClick={() => void found.refetch()}>
            {text.common.retry}
          </button>
        </div>
      </section>
    );
  }
  const { spans, truncated } = found.data;
  if (spans.length === 0) {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>
        {text.span.linkedFrom}{" "}
        <span className="count">
          {spans.length}
          {truncated && "+"}
        </span>
      </h3>
      <ol className="links">
        {spans.map((span) => (
          <Entry key={`${span.traceId} ${span.spanId} ${span.startNs}`} span={span} />
        ))}
      </ol>
      {truncated && <p className="soft">{text.span.linkedFromMore(spans.length)}</p>}
    </section>
  );
}

function Entry({ span }: { readonly span: LinkingSpan }) {
  const text = useText();
  return (
    <li>
      <p>
        <Link
          to="/trace/$traceId"
          params={{ traceId: span.traceId }}
          search={{ span: span.spanId }}
          preload={false}
          title={text.span.openLinkingSpan}
        >
          <Icon name="link" size={13} />
          <ServiceMark service={span.service} />
          <span>
            {span.service || text.common.noService} · {span.name || text.common.unnamed}
          </span>
        </Link>
      </p>
      <p className="soft">
        <time className="tabular" dateTime={formatUtc(span.startNs)} title={formatUtc(span.startNs)}>
          {formatDay(span.startNs)} {formatClock(span.startNs)}
        </time>
      </p>
      <p className="soft">
        <code>{span.traceId}</code>
      </p>
    </li>
  );
}
