import { Link } from "@tanstack/react-router";
import type { Calls, GraphEdge, GraphNode, ServiceGraph } from "../../api/graph";
import { formatDuration } from "../../format/duration";
import { formatCount, formatShare } from "../../format/number";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { rangeOf } from "../range";
import { TraceLinks } from "../traces/TraceLinks";
import { edgeFilter, errorShare, figuresOf, nodeFilter, rateOf, servedBy } from "./figures";
import { keyOf } from "./layout";
import { type MapSearch, edgeSearch, isSelected } from "./search";
import { useNodeName } from "./useNodeName";

interface SelectionProps {
  readonly graph: ServiceGraph;
  readonly seconds: number;
  readonly search: MapSearch;
}

/** The figures of the node or the edge that the URL names, and the way to its traces. */
export function Selection({ graph, seconds, search }: SelectionProps) {
  const text = useText().map;
  const of = (id: string | undefined) => graph.nodes.find((node) => node.id === id);
  if (search.node === undefined && search.client === undefined) {
    return null;
  }
  const node = of(search.node);
  if (node) {
    return <NodePanel node={node} graph={graph} seconds={seconds} search={search} />;
  }
  const edge = graph.edges.find((candidate) => isSelected(candidate, search));
  const [client, server] = [of(edge?.client), of(edge?.server)];
  if (edge && client && server) {
    return <EdgePanel edge={edge} client={client} server={server} seconds={seconds} search={search} />;
  }
  return (
    <Panel title={text.goneTitle} note="" search={search}>
      <p className="soft">{text.gone}</p>
    </Panel>
  );
}

interface PanelProps {
  readonly title: string;
  readonly note: string;
  readonly search: MapSearch;
  readonly children: React.ReactNode;
}

function Panel({ title, note, search, children }: PanelProps) {
  const text = useText().map;
  return (
    <section className="map-panel" aria-labelledby="map-selected">
      <header>
        <h2 id="map-selected">{title}</h2>
        <Link
          to="/map"
          search={rangeOf(search)}
          resetScroll={false}
          className="icon-button"
          aria-label={text.close}
          title={text.close}
          activeProps={{}}
        >
          <Icon name="close" />
        </Link>
      </header>
      {note !== "" && <p className="soft">{note}</p>}
      {children}
    </section>
  );
}

interface NodePanelProps extends SelectionProps {
  readonly node: GraphNode;
}

function NodePanel({ node, graph, seconds, search }: NodePanelProps) {
  const { map: text, services } = useText();
  const nameOf = useNodeName();
  return (
    <Panel title={nameOf(node)} note={text.types[node.type]} search={search}>
      <Figures calls={servedBy(node, graph)} seconds={seconds} name={text.calls} />
      <TraceLinks
        of={{ ...rangeOf(search), ...nodeFilter(node) }}
        failing={servedBy(node, graph).errors > 0}
        label={services.traces}
        className="map-links"
      >
        {node.type === "service" && (
          <Link to="/services" search={{ ...rangeOf(search), service: node.name }} className="button">
            {text.toService}
          </Link>
        )}
      </TraceLinks>
      <Neighbours
        title={text.incoming}
        edges={graph.edges.filter(({ server }) => server === node.id)}
        end="client"
        graph={graph}
        seconds={seconds}
        search={search}
      />
      <Neighbours
        title={text.outgoing}
        edges={graph.edges.filter(({ client }) => client === node.id)}
        end="server"
        graph={graph}
        seconds={seconds}
        search={search}
      />
    </Panel>
  );
}

interface NeighboursProps extends SelectionProps {
  readonly title: string;
  readonly edges: readonly GraphEdge[];
  readonly end: "client" | "server";
}

function Neighbours({ title, edges, end, graph, seconds, search }: NeighboursProps) {
  const text = useText().map;
  const nameOf = useNodeName();
  return (
    <>
      <h3>{title}</h3>
      {edges.length === 0 && <p className="soft">{text.none}</p>}
      <ul>
        {edges.map((edge) => {
          const node = graph.nodes.find(({ id }) => id === edge[end]);
          return (
            <li key={keyOf(edge)}>
              <Link to="/map" search={{ ...rangeOf(search), ...edgeSearch(edge) }} resetScroll={false}>
                {node && nameOf(node)}
              </Link>{" "}
              <span className="soft">
                {edge.kind === "link" && `${text.kinds.link} · `}
                {figuresOf(edge, seconds)}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface EdgePanelProps extends Omit<SelectionProps, "graph"> {
  readonly edge: GraphEdge;
  readonly client: GraphNode;
  readonly server: GraphNode;
}

function EdgePanel({ edge, client, server, seconds, search }: EdgePanelProps) {
  const { map: text, services } = useText();
  const nameOf = useNodeName();
  return (
    <Panel title={text.edge(nameOf(client), nameOf(server))} note={text.kinds[edge.kind]} search={search}>
      <Figures calls={edge} seconds={seconds} name={edge.kind === "link" ? text.links : text.calls} />
      <TraceLinks
        of={{ ...rangeOf(search), ...edgeFilter(client, server) }}
        failing={edge.errors > 0}
        label={services.traces}
        className="map-links"
      />
    </Panel>
  );
}

interface FiguresProps {
  readonly calls: Calls;
  readonly seconds: number;
  /** What is counted. */
  readonly name: string;
}

function Figures({ calls, seconds, name }: FiguresProps) {
  const { columns } = useText().map;
  const duration = (ns: number | undefined) => (ns === undefined ? "–" : formatDuration(ns));
  const rows: readonly (readonly [string, string])[] = [
    [name, formatCount(calls.calls)],
    [columns.rate, rateOf(calls, seconds)],
    [columns.errors, `${formatCount(calls.errors)} · ${formatShare(errorShare(calls))}`],
    [columns.p50, duration(calls.p50)],
    [columns.p95, duration(calls.p95)],
    [columns.p99, duration(calls.p99)],
  ];
  return (
    <dl className={calls.errors > 0 ? "map-figures failed" : "map-figures"}>
      {rows.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
