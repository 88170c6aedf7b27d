import { useState } from "react";

interface Draft {
  readonly words: string;
  /** What the URL may say before it says these words. */
  readonly passing: readonly string[];
}

/**
 * The words of a field that the URL holds. The URL follows what is typed a moment later; a field that waited for it
 * would be set back in between, so that its caret jumped and an input method lost what it composes. Therefore what is
 * typed counts until the URL says it, or something else.
 *
 * @param held what the URL says
 * @param push puts each change into the URL; without it the words wait until somebody else does
 */
export function useDraft(
  held: string,
  push?: (words: string) => void,
): readonly [words: string, type: (words: string) => void] {
  const [draft, setDraft] = useState<Draft>();
  const counts = draft !== undefined && draft.words !== held && draft.passing.includes(held);
  if (draft !== undefined && !counts) {
    setDraft(undefined);
  }
  const type = (words: string) => {
    const passing = counts ? draft.passing : [held];
    setDraft({ words, passing: push ? [...passing, words] : passing });
    push?.(words);
  };
  return [counts ? draft.words : held, type];
}
