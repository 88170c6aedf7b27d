import type { GraphEdge } from "../../api/graph";
import { type RangeSearch, parseRange } from "../range";
import { type RawSearch, words } from "../searchText";

/** What the map shows, as it stands in the URL: nothing selected, a node, or an edge. */
export interface MapSearch extends RangeSearch {
  /** Id of a node. */
  readonly node?: string;
  /** Ids of an edge's nodes; both or neither. */
  readonly client?: string;
  readonly server?: string;
  /** The edge is one of links. */
  readonly kind?: "link";
}

/** Reads a URL that anybody may have written: what makes no sense is left out. */
export function parseMapSearch(raw: RawSearch): MapSearch {
  const { node, client, server, kind } = words(raw);
  if (client !== undefined && server !== undefined) {
    return { ...parseRange(raw), client, server, ...(kind === "link" && { kind }) };
  }
  return { ...parseRange(raw), ...(node !== undefined && { node }) };
}

/** With that edge selected. */
export function edgeSearch({ client, server, kind }: GraphEdge): MapSearch {
  return { client, server, ...(kind === "link" && { kind }) };
}

export function isSelected(edge: GraphEdge, search: MapSearch): boolean {
  return (
    edge.client === search.client &&
    edge.server === search.server &&
    edge.kind === (search.kind ?? "call")
  );
}
