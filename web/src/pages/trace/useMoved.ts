import { useState } from "react";
import { type Repeats, spanOf } from "../../trace/repeats";
import type { SpanKeys } from "./search";

/** The key of a span, or of the first one of a run. */
interface Mark {
  readonly key: string;
  readonly isRun: boolean;
}

/**
 * Where the keyboard was moved to: a span, or `~run`. Kept by key, because the numbers of spans and runs are others
 * when more of a trace has arrived.
 *
 * @param first where it stands before it was moved
 */
export function useMoved(repeats: Repeats, keys: SpanKeys, first: () => number | undefined) {
  const mark = (target: number | undefined): Mark | undefined =>
    target === undefined ? undefined : { key: keys.key(spanOf(repeats, target)), isRun: target < 0 };
  const [marked, setMarked] = useState(() => mark(first()));
  const move = (target: number | undefined) => setMarked(mark(target));
  return [marked && marking(marked, repeats, keys), move] as const;
}

/** A span that is in no run any more stands for itself. */
function marking({ key, isRun }: Mark, repeats: Repeats, keys: SpanKeys): number | undefined {
  const span = keys.span(key);
  const run = isRun && span !== undefined ? (repeats.runOf[span] ?? -1) : -1;
  return run === -1 ? span : ~run;
}
