import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { graphQuery } from "../../api/queries";
import type { ServiceGraph } from "../../api/graph";
import { formatCount } from "../../format/number";
import { useText } from "../../i18n";
import { Failure, FailureWords, Loading, Notice } from "../../ui/Notice";
import { RangePicker } from "../RangePicker";
import { isAbsolute, rangeAt, rangeNs, rangeOf, withRange } from "../range";
import { EdgeTable } from "./EdgeTable";
import { MapDrawing } from "./MapDrawing";
import { Selection } from "./Selection";
import { DRAWN_MAX } from "./layout";
import type { MapSearch } from "./search";
import "../services/services.css";
import "../traces/traces.css";
import "./map.css";

const route = getRouteApi("/map");

/** A rollup comes once a minute; a new range is asked for at once. */
const AGAIN_MS = 15_000;

/** Who calls whom: services, databases and queues, as a drawing and as a table. */
export function MapPage() {
  const text = useText();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const every = isAbsolute(search) ? false : AGAIN_MS;
  const graph = useQuery(graphQuery(rangeOf(search), () => rangeNs(search), every));
  useEffect(() => {
    document.title = `${text.map.title} · ${text.product}`;
  }, [text]);
  return (
    <div className="services-page">
      <div className="services-tools">
        <h1 className="visually-hidden">{text.map.title}</h1>
        <RangePicker
          range={search}
          change={(range) => void navigate({ search: withRange(search, range), resetScroll: false })}
        />
      </div>
      {graph.isPending && <Loading words={text.common.loading} />}
      {graph.isError && graph.data === undefined && (
        <Failure title={text.map.failed} error={graph.error} retry={() => void graph.refetch()} />
      )}
      {graph.isError && graph.data && (
        <div className="bar error" role="alert">
          <strong>{text.map.failed}</strong> <FailureWords error={graph.error} />
        </div>
      )}
      {graph.data && (
        <div className={graph.isPlaceholderData ? "found stale" : "found"}>
          <Content graph={graph.data} search={search} />
        </div>
      )}
    </div>
  );
}

interface ContentProps {
  readonly graph: ServiceGraph;
  readonly search: MapSearch;
}

function Content({ graph, search }: ContentProps) {
  const text = useText().map;
  // How long the sums are over, for the rates; the moment does not matter.
  const { fromMs, toMs } = rangeAt(search, 0);
  const seconds = (toMs - fromMs) / 1_000;
  if (graph.nodes.length === 0) {
    return (
      <Notice icon="empty" title={text.emptyTitle}>
        <p>{text.empty}</p>
      </Notice>
    );
  }
  return (
    <>
      {graph.truncated && <p className="bar warning">{text.cut(graph.edges.length)}</p>}
      {graph.edges.length > DRAWN_MAX && (
        <p className="bar warning">{text.drawn(DRAWN_MAX, formatCount(graph.edges.length))}</p>
      )}
      <div className="map-frame">
        <MapDrawing graph={graph} seconds={seconds} search={search} />
        <Selection graph={graph} seconds={seconds} search={search} />
      </div>
      {graph.edges.length > 0 && <EdgeTable graph={graph} seconds={seconds} search={search} />}
    </>
  );
}
