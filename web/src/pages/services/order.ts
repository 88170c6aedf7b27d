import type { ServiceSummary } from "../../api/services";
import { type Column, SORT_DEFAULT, type ServicesSearch } from "./search";

/** Errors of all requests, 0 to 1. */
export function errorShare({ requests, errors }: Pick<ServiceSummary, "requests" | "errors">): number {
  return requests === 0 ? 0 : errors / requests;
}

/** Larger comes first; a service without requests has no quantiles and comes last. */
function weight(service: ServiceSummary, column: Exclude<Column, "name">): number {
  switch (column) {
    case "rate":
      return service.requests;
    case "errors":
      return errorShare(service);
    case "p50":
    case "p95":
    case "p99":
      return service[column] ?? -1;
  }
}

/** The services whose names hold the words, in the order asked for; equal ones by requests, then by name. */
export function listed(
  services: readonly ServiceSummary[],
  { find = "", sort = SORT_DEFAULT, reverse }: ServicesSearch,
): readonly ServiceSummary[] {
  const wanted = find.trim().toLowerCase();
  const sign = reverse ? -1 : 1;
  const byName = (a: ServiceSummary, b: ServiceSummary) => a.name.localeCompare(b.name, "en");
  const compare = (a: ServiceSummary, b: ServiceSummary) =>
    sort === "name" ? byName(a, b) : weight(b, sort) - weight(a, sort);
  return services
    .filter((service) => service.name.toLowerCase().includes(wanted))
    .sort((a, b) => sign * compare(a, b) || b.requests - a.requests || byName(a, b));
}
