import { type Json, isObject, objects, text } from "../otlp/value";
import { getJson } from "./http";
import { strings } from "./server";

/** An attribute's key, with where it was seen: `span`, `resource`. */
export interface Tag {
  readonly key: string;
  readonly scopes: readonly string[];
}

/** Tempo counts in seconds here. */
function seconds(startNs: bigint, endNs: bigint) {
  return { start: String(startNs / 1_000_000_000n), end: String(endNs / 1_000_000_000n + 1n) };
}

/** Keys of attributes in a stretch of time, by name. */
export async function listTags(startNs: bigint, endNs: bigint, signal: AbortSignal): Promise<readonly Tag[]> {
  const answer = await getJson("api/v2/search/tags", seconds(startNs, endNs), signal);
  const scopes = new Map<string, string[]>();
  for (const scope of objects(isObject(answer) ? answer["scopes"] : [])) {
    const name = text(scope["name"]);
    // What a filter means by a key is an attribute of the span or of its resource.
    for (const key of name === "span" || name === "resource" ? strings(scope["tags"]) : []) {
      scopes.set(key, [...(scopes.get(key) ?? []), name]);
    }
  }
  return Array.from(scopes, ([key, found]) => ({ key, scopes: found })).sort((a, b) =>
    a.key.localeCompare(b.key, "en"),
  );
}

/** Values that a key has had, of all its scopes. */
export async function listTagValues(
  tag: Tag,
  startNs: bigint,
  endNs: bigint,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answers = await Promise.all(
    tag.scopes.map((scope) =>
      getJson(
        `api/v2/search/tag/${encodeURIComponent(`${scope}.${tag.key}`)}/values`,
        seconds(startNs, endNs),
        signal,
      ),
    ),
  );
  const values = answers.flatMap((answer) =>
    objects(isObject(answer) ? answer["tagValues"] : []).map(valueOf),
  );
  return [...new Set(values)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

function valueOf(json: Json): string {
  const value = json["value"];
  return typeof value === "number" || typeof value === "boolean" ? String(value) : text(value);
}
