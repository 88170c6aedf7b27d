import type { Trace } from "../otlp/trace";
import { type Tree, errorsBelow } from "./tree";

/**
 * The first error that no error below explains: where one looks first.
 *
 * @returns undefined when the trace has no errors
 */
export function firstCause(trace: Trace, tree: Tree): number | undefined {
  return trace.errorCount === 0
    ? undefined
    : tree.spanAt.find((span, row) => trace.error[span] === 1 && errorsBelow(tree, row) === 0);
}
