export interface Choice {
  readonly value: string;
  /** Shown beside it, such as a count. */
  readonly note?: string | undefined;
}

/** More than this nobody reads; typing finds the rest. */
const CHOICES_MOST = 60;

/** Choices in which the words occur, whatever the case: those that begin with them first, otherwise in their order. */
export function matching(choices: readonly Choice[], words: string): readonly Choice[] {
  const wanted = words.trim().toLowerCase();
  const found = choices.filter(({ value }) => value.toLowerCase().includes(wanted));
  const begins = ({ value }: Choice) => Number(!value.toLowerCase().startsWith(wanted));
  return found.sort((a, b) => begins(a) - begins(b)).slice(0, CHOICES_MOST);
}
