import { type RangeSearch, parseRange } from "../range";
import { type RawSearch, words } from "../searchText";

export const COLUMNS = ["name", "rate", "errors", "p50", "p95", "p99"] as const;

export type Column = (typeof COLUMNS)[number];

/** What needs a look comes first. */
export const SORT_DEFAULT: Column = "errors";

/** What the services page shows, as it stands in the URL. A missing field is the default. */
export interface ServicesSearch extends RangeSearch {
  /** The service looked at; all of them otherwise. May be empty: spans without a service name have one too. */
  readonly service?: string;
  /** Part of a name. */
  readonly find?: string;
  readonly sort?: Column;
  /** The other way round than the column's own: names from A, numbers from the largest. */
  readonly reverse?: true;
}

/** Reads a URL that anybody may have written: what makes no sense is left out. */
export function parseServicesSearch(raw: RawSearch): ServicesSearch {
  const { service, find, sort, reverse } = words(raw);
  const column = COLUMNS.find((candidate) => candidate === sort && candidate !== SORT_DEFAULT);
  return {
    ...parseRange(raw),
    ...(service !== undefined && { service }),
    ...(find !== undefined && find.trim() !== "" && { find }),
    ...(column !== undefined && { sort: column }),
    ...(reverse === "true" && { reverse: true }),
  };
}

/** A click on a column: sorts by it, or turns it round when it was sorted by already. */
export function sortedBy(search: ServicesSearch, column: Column): ServicesSearch {
  const { sort, reverse, ...rest } = search;
  const again = (sort ?? SORT_DEFAULT) === column;
  return {
    ...rest,
    ...(column !== SORT_DEFAULT && { sort: column }),
    ...(again && reverse !== true && { reverse: true }),
  };
}
