import { type Json, bigint, isObject, objects, text, uint32 } from "../otlp/value";
import { getJson } from "./http";

export const NODE_TYPES = ["service", "database", "queue"] as const;

export type NodeType = (typeof NODE_TYPES)[number];

/** Calls, or links: how many, how many of them failed, how long they took. */
export interface Calls {
  readonly calls: number;
  readonly errors: number;
  /** ns; undefined when none took a µs. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export interface GraphNode extends Calls {
  readonly id: string;
  /** May be empty: spans without a service name have one too. */
  readonly name: string;
  readonly type: NodeType;
}

export interface GraphEdge extends Calls {
  /** Ids of nodes. */
  readonly client: string;
  readonly server: string;
  /** `link`: spans of the server have span links to spans of the client. */
  readonly kind: "call" | "link";
}

export interface ServiceGraph {
  /** By type and name. */
  readonly nodes: readonly GraphNode[];
  /** The busiest first. */
  readonly edges: readonly GraphEdge[];
  /** There are more. */
  readonly truncated: boolean;
}

/** Who calls whom in the stretch of time; a call is there a minute or two after it was answered. */
export async function readGraph(startNs: bigint, endNs: bigint, signal: AbortSignal): Promise<ServiceGraph> {
  const query = { start: startNs.toString(), end: endNs.toString() };
  const answer = await getJson("v1/service-graph", query, signal);
  const json: Json = isObject(answer) ? answer : {};
  const nodes = objects(json["nodes"]).map(parseNode);
  const known = new Set(nodes.map(({ id }) => id));
  return {
    nodes,
    edges: objects(json["edges"])
      .map(parseEdge)
      .filter(({ client, server }) => known.has(client) && known.has(server)),
    truncated: json["truncated"] === true,
  };
}

function parseNode(json: Json): GraphNode {
  return {
    id: text(json["id"]),
    name: text(json["name"]),
    type: NODE_TYPES.find((type) => type === json["type"]) ?? "service",
    ...parseCalls(json),
  };
}

function parseEdge(json: Json): GraphEdge {
  return {
    client: text(json["client"]),
    server: text(json["server"]),
    kind: json["kind"] === "link" ? "link" : "call",
    ...parseCalls(json),
  };
}

function parseCalls(json: Json): Calls {
  return {
    calls: uint32(json["calls"]),
    errors: uint32(json["errors"]),
    p50: nanoseconds(json["p50Ns"]),
    p95: nanoseconds(json["p95Ns"]),
    p99: nanoseconds(json["p99Ns"]),
  };
}

function nanoseconds(json: unknown): number | undefined {
  return json === null || json === undefined ? undefined : Number(bigint(json));
}
