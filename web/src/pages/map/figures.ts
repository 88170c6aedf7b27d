import type { Calls, GraphNode, ServiceGraph } from "../../api/graph";
import { formatDuration } from "../../format/duration";
import { formatRate, formatShare, rateUnit } from "../../format/number";
import type { TracesSearch } from "../traces/search";

export function errorShare({ calls, errors }: Calls): number {
  return calls === 0 ? 0 : errors / calls;
}

/** Enough fail to be looked at: an error now and then is usual, and would paint the whole map. */
export function isFailing(calls: Calls): boolean {
  return errorShare(calls) >= 0.01;
}

/** `12.4/s`, each in the unit that suits it: a map has no column to compare along. */
export function rateOf({ calls }: Calls, seconds: number): string {
  return calls === 0 ? "–" : formatRate(calls / seconds, rateUnit(calls / seconds));
}

/** `12.4/s · 3% · 45.0 ms`: rate, errors if there are some, p95. */
export function figuresOf(calls: Calls, seconds: number): string {
  return [
    rateOf(calls, seconds),
    ...(calls.errors > 0 ? [formatShare(errorShare(calls))] : []),
    ...(calls.p95 === undefined ? [] : [formatDuration(calls.p95)]),
  ].join(" · ");
}

/** What a node was asked to do. Databases and queues send no spans: it is what others say of them. */
export function servedBy(node: GraphNode, { edges }: ServiceGraph): Calls {
  if (node.type === "service") {
    return node;
  }
  const asked = edges.filter(({ server }) => server === node.id);
  const [only] = asked;
  return {
    calls: asked.reduce((sum, { calls }) => sum + calls, 0),
    errors: asked.reduce((sum, { errors }) => sum + errors, 0),
    // Quantiles can't be added up.
    p50: asked.length === 1 ? only?.p50 : undefined,
    p95: asked.length === 1 ? only?.p95 : undefined,
    p99: asked.length === 1 ? only?.p99 : undefined,
  };
}

/** Which traces have spans of a service, or spans that speak of a database (`postgresql/orders`) or a queue (`kafka/mails`). */
export function nodeFilter({ name, type }: GraphNode): TracesSearch {
  const at = name.indexOf("/");
  const system = at < 0 ? name : name.slice(0, at);
  switch (type) {
    case "service":
      return name === "" ? {} : { service: name };
    case "database":
      // What stands behind the slash may be a namespace or an address.
      return { attribute: [`db.system=${system}`] };
    case "queue":
      return {
        attribute: [
          `messaging.system=${system}`,
          ...(at < 0 ? [] : [`messaging.destination.name=${name.slice(at + 1)}`]),
        ],
      };
  }
}

/** Which traces have the spans that an edge counts: those of who is called, or what a service says of a database or queue. */
export function edgeFilter(client: GraphNode, server: GraphNode): TracesSearch {
  return { ...nodeFilter(client), ...nodeFilter(server) };
}
