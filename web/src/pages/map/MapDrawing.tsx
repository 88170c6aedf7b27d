import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { GraphNode, NodeType, ServiceGraph } from "../../api/graph";
import { useText } from "../../i18n";
import { serviceHue } from "../../ui/ServiceMark";
import { rangeOf } from "../range";
import { figuresOf, isFailing, servedBy } from "./figures";
import {
  LABEL_HEIGHT,
  NODE_HEIGHT,
  type PlacedEdge,
  type PlacedNode,
  fitted,
  keyOf,
  layoutOf,
  pathOf,
} from "./layout";
import { type MapSearch, edgeSearch, isSelected } from "./search";
import { useNodeName } from "./useNodeName";

interface MapDrawingProps {
  readonly graph: ServiceGraph;
  readonly seconds: number;
  readonly search: MapSearch;
}

/** The graph, callers left of the called. Keys go from node to node; the edges' place is in the table. */
export function MapDrawing({ graph, seconds, search }: MapDrawingProps) {
  const text = useText().map;
  const nameOf = useNodeName();
  const { width, height, nodes, edges } = useMemo(
    () => layoutOf(graph, nameOf, (edge) => figuresOf(edge, seconds)),
    [graph, nameOf, seconds],
  );
  return (
    <figure className="map-drawing">
      <svg
        width={width}
        viewBox={`0 0 ${width} ${height}`}
        // Shrinks as long as it can be read, then scrolls.
        style={{ minWidth: width * 0.88 }}
        role="group"
        aria-label={text.drawing}
      >
        <defs>
          {["", "failed", "selected"].map((tone) => (
            <marker
              key={tone}
              id={`arrow-${tone}`}
              className={`map-arrow ${tone}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 .8 7.2 4 0 7.2z" />
            </marker>
          ))}
        </defs>
        <g aria-hidden="true">
          {edges.map((placed) => (
            <Edge key={keyOf(placed.edge)} placed={placed} search={search} />
          ))}
        </g>
        {nodes.map((placed) => (
          <Node
            key={placed.node.id}
            placed={placed}
            name={nameOf(placed.node)}
            figures={figuresOf(servedBy(placed.node, graph), seconds)}
            search={search}
          />
        ))}
      </svg>
      <figcaption className="soft">{text.legend}</figcaption>
    </figure>
  );
}

interface EdgeProps {
  readonly placed: PlacedEdge;
  readonly search: MapSearch;
}

function Edge({ placed, search }: EdgeProps) {
  const { edge, label, points, x, y, labelWidth } = placed;
  const selected = isSelected(edge, search);
  const near = search.node === edge.client || search.node === edge.server;
  const tone = isFailing(edge) ? "failed" : selected ? "selected" : "";
  const classes = ["map-edge", edge.kind, tone, selected && "chosen", near && "near"].filter(Boolean);
  const path = pathOf(points);
  return (
    <Link to="/map" search={{ ...rangeOf(search), ...edgeSearch(edge) }} resetScroll={false} tabIndex={-1}>
      <g className={classes.join(" ")}>
        <path className="hit" d={path} />
        <path className="line" d={path} markerEnd={`url(#arrow-${tone})`} />
        <rect
          x={x - labelWidth / 2}
          y={y - LABEL_HEIGHT / 2}
          width={labelWidth}
          height={LABEL_HEIGHT}
          rx="4"
        />
        <text x={x} y={y} textAnchor="middle" dominantBaseline="central">
          {label}
        </text>
      </g>
    </Link>
  );
}

interface NodeProps {
  readonly placed: PlacedNode;
  readonly name: string;
  readonly figures: string;
  readonly search: MapSearch;
}

function Node({ placed, name, figures, search }: NodeProps) {
  const text = useText().map;
  const { node, x, y, width } = placed;
  const selected = search.node === node.id;
  const classes = ["map-node", node.type, isFailing(node) && "failed", selected && "selected"].filter(Boolean);
  return (
    <Link
      to="/map"
      search={{ ...rangeOf(search), node: node.id }}
      resetScroll={false}
      aria-label={`${text.types[node.type]} ${name}: ${figures}`}
      aria-current={selected ? "true" : undefined}
      activeProps={{ "aria-current": selected ? "true" : undefined }}
      className="map-link"
    >
      <g className={classes.join(" ")} transform={`translate(${x - width / 2} ${y - NODE_HEIGHT / 2})`}>
        <title>{`${text.types[node.type]} ${name}`}</title>
        <path className="outline" d={outlineOf(node.type, width)} />
        <Mark node={node} />
        <text className="name" x="32" y={node.type === "database" ? 24 : 20}>
          {fitted(name, width)}
        </text>
        <text className="figures" x="32" y={node.type === "database" ? 39 : 36}>
          {figures}
        </text>
      </g>
    </Link>
  );
}

/** A box for a service, a barrel for a database, a pill for a queue. */
function outlineOf(type: NodeType, width: number): string {
  const height = NODE_HEIGHT;
  switch (type) {
    case "service":
      return `M6 0H${width - 6}a6 6 0 0 1 6 6V${height - 6}a6 6 0 0 1-6 6H6a6 6 0 0 1-6-6V6a6 6 0 0 1 6-6z`;
    case "database":
      return `M0 5C0-1.500 ${width}-1.500 ${width} 5V${height - 5}C${width} ${height + 1.5} 0 ${height + 1.5} 0 ${height - 5}zM0 5C0 11.500 ${width} 11.500 ${width} 5`;
    case "queue":
      return `M24 0H${width - 24}a24 24 0 0 1 0 ${height}H24a24 24 0 0 1 0-${height}z`;
  }
}

/** Decoration: the type stands in the node's label. */
function Mark({ node }: { readonly node: GraphNode }) {
  switch (node.type) {
    case "service":
      return <circle cx="18" cy="24" r="5" fill={serviceHue(node.name)} />;
    case "database":
      return <path className="mark" d="M13 19c0-3 10-3 10 0v10c0 3-10 3-10 0zm0 0c0 3 10 3 10 0m-10 5c0 3 10 3 10 0" />;
    case "queue":
      return <path className="mark" d="M13 18v12m5-12v12m5-12v12" />;
  }
}
