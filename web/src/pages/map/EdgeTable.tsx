import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../api/graph";
import { formatShare } from "../../format/number";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { rangeOf } from "../range";
import { Quantile } from "../services/ServiceTable";
import { edgeFilter, errorShare, rateOf } from "./figures";
import { keyOf } from "./layout";
import { type MapSearch, edgeSearch, isSelected } from "./search";
import { useNodeName } from "./useNodeName";

interface EdgeTableProps {
  readonly graph: ServiceGraph;
  readonly seconds: number;
  readonly search: MapSearch;
}

/** All edges, the busiest first: the drawing in words. */
export function EdgeTable({ graph, seconds, search }: EdgeTableProps) {
  const text = useText().map;
  const nodes = useMemo(() => new Map(graph.nodes.map((node) => [node.id, node])), [graph]);
  const { columns } = text;
  return (
    <section className="operations">
      <h2>{text.table}</h2>
      <div className="table-frame">
        <table className="trace-table service-table">
          <caption className="visually-hidden">{text.table}</caption>
          <thead>
            <tr>
              <th scope="col">{columns.client}</th>
              <th scope="col">{columns.server}</th>
              <th scope="col">{columns.kind}</th>
              {(["rate", "errors", "p50", "p95", "p99"] as const).map((column) => (
                <th key={column} scope="col" className="number">
                  {columns[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {graph.edges.map((edge) => {
              const [client, server] = [nodes.get(edge.client), nodes.get(edge.server)];
              return (
                client &&
                server && (
                  <Row key={keyOf(edge)} {...{ edge, client, server, seconds, search }} />
                )
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps extends Omit<EdgeTableProps, "graph"> {
  readonly edge: GraphEdge;
  readonly client: GraphNode;
  readonly server: GraphNode;
}

function Row({ edge, client, server, seconds, search }: RowProps) {
  const text = useText().map;
  const nameOf = useNodeName();
  const selected = isSelected(edge, search);
  const failing = { ...rangeOf(search), ...edgeFilter(client, server), status: "failed" as const };
  return (
    <tr className={[edge.errors > 0 && "failed", selected && "selected"].filter(Boolean).join(" ") || undefined}>
      <td>
        <Link
          to="/map"
          search={{ ...rangeOf(search), ...edgeSearch(edge) }}
          resetScroll={false}
          className="row-link"
          aria-label={text.edge(nameOf(client), nameOf(server))}
          aria-current={selected ? "true" : undefined}
          activeProps={{ "aria-current": selected ? "true" : undefined }}
        >
          <NodeWords node={client} />
        </Link>
      </td>
      <td>
        <NodeWords node={server} />
      </td>
      <td className="soft">{text.kinds[edge.kind]}</td>
      <td className="number">{rateOf(edge, seconds)}</td>
      <td className="number">
        {edge.errors > 0 ? (
          <Link to="/traces" search={failing} className="error-count above">
            <Icon name="error" size={12} />
            {formatShare(errorShare(edge))}
          </Link>
        ) : (
          <span className="soft">0%</span>
        )}
      </td>
      <Quantile ns={edge.p50} />
      <Quantile ns={edge.p95} />
      <Quantile ns={edge.p99} />
    </tr>
  );
}

/** The name, and what it is unless it is a service. */
function NodeWords({ node }: { readonly node: GraphNode }) {
  const text = useText().map;
  const nameOf = useNodeName();
  return (
    <span>
      {nameOf(node)}
      {node.type !== "service" && <span className="soft"> {text.types[node.type]}</span>}
    </span>
  );
}
