import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../api/graph";

/** More edges than that are a knot: the busiest are drawn, the table below has them all. */
export const DRAWN_MAX = 150;

export const NODE_HEIGHT = 48;
export const LABEL_HEIGHT = 18;

/** Wide enough for the figures of any node, and of any edge: places do not change with them. */
const NODE_WIDTH_MIN = 172;
const LABEL_WIDTH = 124;

const NODE_WIDTH_MAX = 236;
const MARGIN = 12;

/** Pixels of a letter, about, and of what stands around the words. */
const LETTER = 7.2;
const LETTER_SMALL = 5.6;
const NODE_PADDING = 44;
const LABEL_PADDING = 12;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedNode {
  readonly node: GraphNode;
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly label: string;
  /** From the client's border to the server's. */
  readonly points: readonly Point[];
  /** The label's middle. */
  readonly x: number;
  readonly y: number;
  readonly labelWidth: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** As wide as words that are set in letters of about that size. */
function wide(words: string, letter: number): number {
  // Han and the like are twice as wide.
  const letters = Array.from(words, (char) => ((char.codePointAt(0) ?? 0) > 0x2e80 ? 1.8 : 1));
  return letters.reduce((sum, size) => sum + size, 0) * letter;
}

/** Cuts words that are wider. */
export function fitted(words: string, width: number): string {
  let cut = words;
  while (cut.length > 1 && wide(`${cut}…`, LETTER) > width - NODE_PADDING) {
    cut = cut.slice(0, -1);
  }
  return wide(words, LETTER) <= width - NODE_PADDING ? words : `${cut}…`;
}

/**
 * Places who calls on the left of who is called, layer by layer. The same graph is always drawn in the same way,
 * whatever its figures: nodes and edges are laid out by name.
 *
 * @param nameOf what a node is called
 * @param labelOf what stands on an edge
 */
export function layoutOf(
  graph: ServiceGraph,
  nameOf: (node: GraphNode) => string,
  labelOf: (edge: GraphEdge) => string,
): MapLayout {
  const drawn = graph.edges.slice(0, DRAWN_MAX).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const shown = new Set(drawn.flatMap(({ client, server }) => [client, server]));
  const alone = graph.edges.length <= DRAWN_MAX;
  const nodes = graph.nodes.filter(({ id }) => alone || shown.has(id));
  const placed = new Graph({ multigraph: true });
  placed.setGraph({ rankdir: "LR", nodesep: 22, ranksep: 20, edgesep: 14, marginx: MARGIN, marginy: MARGIN });
  for (const node of nodes) {
    const width = Math.ceil(wide(nameOf(node), LETTER) + NODE_PADDING);
    placed.setNode(node.id, {
      width: Math.min(Math.max(width, NODE_WIDTH_MIN), NODE_WIDTH_MAX),
      height: NODE_HEIGHT,
    });
  }
  for (const edge of drawn) {
    const place = { width: LABEL_WIDTH, height: LABEL_HEIGHT, labelpos: "c" };
    placed.setEdge(edge.client, edge.server, place, edge.kind);
  }
  layout(placed);
  const { width = 0, height = 0 } = placed.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map((node) => {
      const at = placed.node(node.id);
      return { node, x: at.x, y: at.y, width: at.width };
    }),
    edges: drawn.map((edge) => {
      const at = placed.edge(edge.client, edge.server, edge.kind);
      const label = labelOf(edge);
      const labelWidth = Math.ceil(wide(label, LETTER_SMALL) + LABEL_PADDING);
      return { edge, label, points: at.points, x: at.x, y: at.y, labelWidth };
    }),
  };
}

export function keyOf({ client, server, kind }: GraphEdge): string {
  return JSON.stringify([client, server, kind]);
}

/** A smooth line through the points, as an SVG path. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) {
    return "";
  }
  const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const curves = rest.map((point, i) => {
    const next = rest[i + 1] ?? last;
    return `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return `M${at(first)}${curves.join("")}L${at(last)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
