import type { AttributeDifference } from "../../api/differences";

/** Attributes that come and go together: of one service, in as many traces of both sides. */
export interface Alike {
  readonly first: AttributeDifference;
  readonly rest: readonly AttributeDifference[];
}

/**
 * A resource's dozen attributes all differ by the same shares. Shown one by one they would hide the attribute that
 * matters, so those that are alike stand together, in the place of the first.
 */
export function groupAlike(attributes: readonly AttributeDifference[]): readonly Alike[] {
  const groups = new Map<string, AttributeDifference[]>();
  for (const attribute of attributes) {
    const { service, scope, selected, others } = attribute;
    const key = JSON.stringify([service, scope, selected, others]);
    const group = groups.get(key);
    if (group) {
      group.push(attribute);
    } else {
      groups.set(key, [attribute]);
    }
  }
  return Array.from(groups.values(), ([first, ...rest]) => (first ? [{ first, rest }] : [])).flat();
}
