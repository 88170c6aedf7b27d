/** A search part as the router gives it: texts out of the URL, or the values of a link in the page. */
export type RawSearch = Readonly<Record<string, unknown>>;

/** All values as text, so that a page reads links and URLs in the same way. */
export function words(raw: RawSearch): Record<string, string | undefined> {
  const entries = Object.entries(raw).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/**
 * The router's own way would read JSON out of every value, so that a span id of digits came back as a
 * rounded number. Ours is plain text both ways, which also makes URLs that people can read.
 */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: RawSearch): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(words(search))) {
    query.set(name, value ?? "");
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
