import type { Trace } from "../otlp/trace";
import type { Tree } from "./tree";

export interface ServiceShare {
  readonly service: string;
  readonly spans: number;
  /** Of the self time of all spans, 0 to 1. */
  readonly share: number;
}

/** Where the time of a trace went, by service, the largest part first. */
export function serviceShares(trace: Trace, tree: Tree): readonly ServiceShare[] {
  const selfTime = new Float64Array(trace.services.length);
  const spans = new Int32Array(trace.services.length);
  for (let span = 0; span < trace.size; span++) {
    const service = trace.service[span] ?? 0;
    selfTime[service] = (selfTime[service] ?? 0) + (tree.selfTime[span] ?? 0);
    spans[service] = (spans[service] ?? 0) + 1;
  }
  const all = selfTime.reduce((sum, ns) => sum + ns, 0);
  return trace.services
    .map((service, i) => ({ service, spans: spans[i] ?? 0, share: all > 0 ? (selfTime[i] ?? 0) / all : 0 }))
    .sort((a, b) => b.share - a.share || b.spans - a.spans);
}
