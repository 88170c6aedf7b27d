import { useQuery } from "@tanstack/react-query";
import { Link, getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { isMissing, traceQuery } from "../../api/queries";
import { useText } from "../../i18n";
import { type Trace, MalformedTraceError } from "../../otlp/trace";
import { Icon } from "../../ui/Icon";
import { Failure, Loading, Notice } from "../../ui/Notice";
import { TraceScreen } from "./TraceScreen";
import "./waterfall.css";
import "./panel.css";
import "./trace.css";

const route = getRouteApi("/trace/$traceId");

export function TracePage() {
  const text = useText();
  const { traceId } = route.useParams();
  const trace = useQuery(traceQuery(traceId));
  useEffect(() => {
    document.title = `${trace.data ? rootName(trace.data) : traceId} · ${text.product}`;
  }, [text, trace.data, traceId]);

  if (trace.data) {
    return trace.data.size === 0 ? (
      <Nothing />
    ) : (
      <TraceScreen key={traceId} traceId={traceId} trace={trace.data} />
    );
  }
  if (isMissing(trace.error)) {
    return <Missing traceId={traceId} />;
  }
  if (trace.error) {
    const title = trace.error instanceof MalformedTraceError ? text.trace.malformed : text.trace.failed;
    return <Failure title={title} error={trace.error} retry={() => void trace.refetch()} whole />;
  }
  return <Loading words={text.trace.loading} />;
}

function rootName(trace: Trace): string {
  const root = Math.max(0, trace.parentId.indexOf(""));
  return `${trace.services[trace.service[root] ?? 0] ?? ""} ${trace.name[root] ?? ""}`.trim();
}

function Missing({ traceId }: { readonly traceId: string }) {
  const text = useText();
  return (
    <Notice icon="search" title={text.trace.notFoundTitle} whole>
      <p className="mono notice-id">{traceId}</p>
      <p>{text.trace.notFound}</p>
      <p className="guide-waiting">
        <span className="spinner" aria-hidden="true" />
        {text.trace.notFoundKeeps}
      </p>
      <BackToTraces />
    </Notice>
  );
}

function Nothing() {
  const text = useText();
  return (
    <Notice icon="empty" title={text.trace.emptyTitle} whole>
      <BackToTraces />
    </Notice>
  );
}

function BackToTraces() {
  const text = useText();
  return (
    <Link to="/traces" className="button">
      <Icon name="left" size={14} />
      {text.error.toTraces}
    </Link>
  );
}
