import type { Tree } from "./tree";

/**
 * What is folded: every span at `depth` or deeper, except that the spans in `toggled` are the other way
 * round. So "all", "none" and "all but these" each fit in a URL.
 */
export interface Folding {
  readonly depth: number | undefined;
  readonly toggled: ReadonlySet<number>;
}

export const UNFOLDED: Folding = { depth: undefined, toggled: new Set() };

export function isFolded(tree: Tree, folding: Folding, span: number): boolean {
  if ((tree.childCount[span] ?? 0) === 0) {
    return false;
  }
  const level = tree.levelAt[tree.row[span] ?? 0] ?? 0;
  const byDepth = folding.depth !== undefined && level >= folding.depth;
  return byDepth !== folding.toggled.has(span);
}

/**
 * The rows of the tree that are to be seen, in order.
 *
 * @param keep when given, only these spans and what leads to them; then nothing is folded
 */
export function visibleRows(tree: Tree, folding: Folding, keep?: Uint8Array): Int32Array {
  const size = tree.spanAt.length;
  const rows = new Int32Array(size);
  const wanted = keep && withAncestors(tree, keep);
  let count = 0;
  for (let row = 0; row < size;) {
    const span = tree.spanAt[row] ?? 0;
    if (wanted) {
      if (wanted[span] === 1) {
        rows[count++] = row;
      }
      row++;
    } else {
      rows[count++] = row;
      row = isFolded(tree, folding, span) ? (tree.endAt[row] ?? row + 1) : row + 1;
    }
  }
  return rows.subarray(0, count);
}

function withAncestors(tree: Tree, keep: Uint8Array): Uint8Array {
  const wanted = keep.slice();
  for (let row = tree.spanAt.length - 1; row >= 0; row--) {
    const span = tree.spanAt[row] ?? 0;
    const above = tree.parent[span] ?? -1;
    if (wanted[span] === 1 && above !== -1) {
      wanted[above] = 1;
    }
  }
  return wanted;
}

/** The folding under which a span's row is seen: its folded ancestors are unfolded, nothing else changes. */
export function revealing(tree: Tree, folding: Folding, span: number): Folding {
  const toggled = new Set(folding.toggled);
  let changed = false;
  for (let above = tree.parent[span] ?? -1; above !== -1; above = tree.parent[above] ?? -1) {
    if (isFolded(tree, folding, above)) {
      flip(toggled, above);
      changed = true;
    }
  }
  return changed ? { ...folding, toggled } : folding;
}

export function toggling(folding: Folding, span: number): Folding {
  const toggled = new Set(folding.toggled);
  flip(toggled, span);
  return { ...folding, toggled };
}

function flip(set: Set<number>, member: number): void {
  if (!set.delete(member)) {
    set.add(member);
  }
}
