/** What is odd about a span's place in the tree; a set of bits. */
export const Oddity = {
  /** It names a parent that the trace doesn't have. */
  orphan: 1,
  /** It was its own ancestor; the tree was cut above it. */
  cycle: 2,
  /** An earlier span has the same id, and is not the client that shares it with its server. */
  duplicate: 4,
} as const;
