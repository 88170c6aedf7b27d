import { useCallback } from "react";
import type { GraphNode } from "../../api/graph";
import { useText } from "../../i18n";

/** What a node is called. */
export function useNodeName(): (node: GraphNode) => string {
  const { noService } = useText().common;
  return useCallback(({ name }: GraphNode) => name || noService, [noService]);
}
