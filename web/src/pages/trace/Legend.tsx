import { useMemo } from "react";
import { useText } from "../../i18n";
import { serviceShares } from "../../trace/shares";
import { ServiceMark } from "../../ui/ServiceMark";
import type { TraceView } from "./useTraceView";

/** More would not fit beside the tools. */
const MOST = 8;

/** The services' colours, and where the time went; a click finds a service's spans. */
export function Legend({ view }: { readonly view: TraceView }) {
  const text = useText();
  const { trace, tree } = view;
  const shares = useMemo(() => serviceShares(trace, tree), [trace, tree]);
  return (
    <ul className="legend" aria-label={text.trace.legend}>
      {shares.slice(0, MOST).map(({ service, spans, share }) => {
        const name = service || text.common.noService;
        const query = `service.name=${service}`;
        const chosen = view.search.q === query;
        return (
          <li key={service}>
            <button
              type="button"
              aria-pressed={chosen}
              title={text.trace.legendOf(name, spans, percent(share))}
              onClick={() => view.setQuery(chosen ? "" : query)}
            >
              <ServiceMark service={service} />
              <span className="legend-name">{name}</span>
              <span className="soft tabular">{percent(share)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
}
