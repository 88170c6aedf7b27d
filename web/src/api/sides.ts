import { type Json, isObject, text } from "../otlp/value";
import { postForm } from "./http";

/** DeepFlow's tags of a side that are shown, the wider before the narrower. */
const TAGS = [
  "pod_cluster",
  "pod_ns",
  "pod_node",
  "chost",
  "pod_ingress",
  "pod_service",
  "pod_group",
  "pod",
] as const;

export type SideTag = (typeof TAGS)[number];

/** Who was at one side of a span. */
export interface Side {
  readonly tags: readonly (readonly [SideTag, string])[];
  /** What it was found by, or why it was not. */
  readonly source: string;
  /** Where the sender and Kubernetes disagree; empty when they don't. */
  readonly conflicts: string;
}

/** Client and server; undefined while the server has no such span. */
export type Sides = readonly [Side, Side] | undefined;

/**
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 */
export async function readSides(traceId: string, spanId: string, signal: AbortSignal): Promise<Sides> {
  if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) {
    return undefined;
  }
  const columns = [0, 1].flatMap((side) =>
    [...TAGS, "tag_source", "tag_conflicts"].map((tag) => `${tag}_${side}`),
  );
  const sql =
    `SELECT ${columns.join(", ")} FROM l7_flow_log` +
    ` WHERE trace_id = '${traceId}' AND span_id = '${spanId}' LIMIT 1`;
  const answer = await postForm("v1/query/", { db: "flow_log", sql }, signal);
  const result: Json = isObject(answer) && isObject(answer["result"]) ? answer["result"] : {};
  const rows: unknown = result["values"];
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (!Array.isArray(row)) {
    return undefined;
  }
  const words = row.map(text);
  return [side(words, 0), side(words, columns.length / 2)];
}

function side(words: readonly string[], from: number): Side {
  const tags = TAGS.map((tag, i) => [tag, words[from + i] ?? ""] as const);
  return {
    tags: tags.filter(([, value]) => value !== ""),
    source: words[from + TAGS.length] ?? "",
    conflicts: words[from + TAGS.length + 1] ?? "",
  };
}
