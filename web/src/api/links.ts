import { bigint, isObject, objects, text } from "../otlp/value";
import { getJson } from "./http";

/** A span that has a link to the one that was asked about. */
export interface LinkingSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  /** Unix ns. */
  readonly startNs: bigint;
}

export interface LinkingSpans {
  /** By their start. */
  readonly spans: readonly LinkingSpan[];
  /** There are more. */
  readonly truncated: boolean;
}

const NONE: LinkingSpans = { spans: [], truncated: false };

/** Who links to a span; nobody can to one without valid ids. */
export async function listLinkingSpans(
  traceId: string,
  spanId: string,
  signal: AbortSignal,
): Promise<LinkingSpans> {
  if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) {
    return NONE;
  }
  const answer = await getJson(`v1/traces/${traceId}/linked-from`, { spanId }, signal);
  return isObject(answer)
    ? {
        spans: objects(answer["spans"]).map((json) => ({
          traceId: text(json["traceId"]),
          spanId: text(json["spanId"]),
          service: text(json["service"]),
          name: text(json["name"]),
          startNs: bigint(json["start"]),
        })),
        truncated: answer["truncated"] === true,
      }
    : NONE;
}
