import { CLIENT, PRODUCER, type Trace } from "../otlp/trace";
import { Oddity } from "./oddity";

type ProcessOf = (span: number) => string;

/** The spans that share an id. */
interface Sharing {
  readonly first: number;
  /** The first that asks another. */
  readonly client: number | undefined;
  /** The first that doesn't, else the first. */
  readonly server: number;
  /** Of each process the first that doesn't, else the first. */
  readonly byProcess: ReadonlyMap<string, number>;
}

/**
 * Span → parent span, or -1, by the rules of the server's L7FlowTracing: of several spans with the id that
 * `parentId` names it is the one of the child's own process, else one that serves, else the first; a span
 * that has its id from a client, as Zipkin's servers do, stands below that client. Marks what is odd.
 */
export function findParents(trace: Trace, oddity: Uint8Array): Int32Array {
  const processOf = processes(trace);
  const named = spansById(trace, processOf);
  const parent = new Int32Array(trace.size).fill(-1);
  for (let i = 0; i < trace.size; i++) {
    const same = named.get(trace.spanId[i] ?? "");
    const client = typeof same === "object" && !isClient(trace, i) ? same.client : undefined;
    const parentId = trace.parentId[i] ?? "";
    const above = client ?? (parentId === "" ? -1 : parentOf(named.get(parentId), i, processOf));
    if (above === undefined) {
      mark(oddity, i, Oddity.orphan);
    }
    if (client === undefined && typeof same === "object" && same.first !== i) {
      mark(oddity, i, Oddity.duplicate);
    }
    parent[i] = above ?? -1;
  }
  return parent;
}

/** Of most ids there is one span, which needs no object. */
function spansById(trace: Trace, processOf: ProcessOf): ReadonlyMap<string, number | Sharing> {
  const named = new Map<string, number | Sharing>();
  const repeated = new Map<string, number[]>();
  for (let i = 0; i < trace.size; i++) {
    const id = trace.spanId[i] ?? "";
    const known = named.get(id);
    if (typeof known === "number") {
      const same = repeated.get(id) ?? [known];
      same.push(i);
      repeated.set(id, same);
    } else if (id !== "") {
      named.set(id, i);
    }
  }
  repeated.forEach((same, id) => named.set(id, sharing(trace, same, processOf)));
  return named;
}

function sharing(trace: Trace, same: readonly number[], processOf: ProcessOf): Sharing {
  const first = same[0] ?? -1;
  const byProcess = new Map<string, number>();
  for (const span of same) {
    const process = processOf(span);
    const known = byProcess.get(process);
    if (known === undefined || (isClient(trace, known) && !isClient(trace, span))) {
      byProcess.set(process, span);
    }
  }
  return {
    first,
    client: same.find((span) => isClient(trace, span)),
    server: same.find((span) => !isClient(trace, span)) ?? first,
    byProcess,
  };
}

function parentOf(
  above: number | Sharing | undefined,
  child: number,
  processOf: ProcessOf,
): number | undefined {
  return typeof above === "object" ? (above.byProcess.get(processOf(child)) ?? above.server) : above;
}

/** What made a span: its resource as text, which is made once of each. */
function processes(trace: Trace): ProcessOf {
  const texts = new Map<unknown, string>();
  return (span) => {
    const from = trace.raw[span]?.resourceSpans;
    let process = texts.get(from);
    if (process === undefined) {
      process = JSON.stringify(from?.["resource"] ?? null);
      texts.set(from, process);
    }
    return process;
  };
}

function isClient(trace: Trace, span: number): boolean {
  const kind = trace.kind[span];
  return kind === CLIENT || kind === PRODUCER;
}

export function mark(oddity: Uint8Array, span: number, bit: number): void {
  oddity[span] = (oddity[span] ?? 0) | bit;
}
