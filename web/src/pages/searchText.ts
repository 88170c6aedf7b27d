/** A search part as the router gives it: texts out of the URL, or the values of a link in the page. */
export type RawSearch = Readonly<Record<string, unknown>>;

/** All values as text, so that a page reads links and URLs in the same way. Of a repeated name the last one. */
export function words(raw: RawSearch): Record<string, string | undefined> {
  const entries = Object.entries(raw)
    .map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value] as const)
    .filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** All values of a name that may be repeated. */
export function list(raw: RawSearch, name: string): readonly string[] {
  const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
  return (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(String);
}

/**
 * The router's own way would read JSON out of every value, so that a span id of digits came back as a
 * rounded number. Ours is plain text both ways, which also makes URLs that people can read. A repeated name
 * gives a list.
 */
export function parseSearch(search: string): Record<string, string | readonly string[]> {
  const query = new URLSearchParams(search);
  const entries = Array.from(new Set(query.keys()), (name) => {
    const values = query.getAll(name);
    return [name, values.length === 1 ? (values[0] ?? "") : values] as const;
  });
  return Object.fromEntries(entries);
}

export function stringifySearch(search: RawSearch): string {
  const query = new URLSearchParams();
  for (const name of Object.keys(search)) {
    for (const value of list(search, name)) {
      query.append(name, value);
    }
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
