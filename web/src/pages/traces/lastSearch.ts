import type { TracesSearch } from "./search";

let last: TracesSearch = {};

/** What the traces page showed when it was last seen, for the way back from a trace. */
export function lastSearch(): TracesSearch {
  return last;
}

export function rememberSearch(search: TracesSearch): void {
  last = search;
}
