import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";

/** Space that a bar's words need, in pixels. */
const WORDS = 76;

interface BarWordsProps {
  /** Of the bar; shares of the width. */
  readonly left: number;
  readonly width: number;
  readonly timeWidth: number;
  readonly words: string;
}

/** A bar's duration, where there is room for it. */
export function BarWords({ left, width, timeWidth, words }: BarWordsProps) {
  return (
    <span
      className={`bar-words ${wordsSide(left, width, timeWidth)}`}
      style={wordsPlace(left, width, timeWidth)}
    >
      {words}
    </span>
  );
}

/** In place of a bar that lies outside the zoom. */
export function Elsewhere({ side, words }: { readonly side: -1 | 1; readonly words: string }) {
  const text = useText().trace;
  return (
    <span
      className={side < 0 ? "elsewhere before" : "elsewhere after"}
      title={side < 0 ? text.before : text.after}
    >
      <Icon name={side < 0 ? "left" : "right"} size={12} /> {words}
    </span>
  );
}

function wordsSide(left: number, width: number, timeWidth: number): "right" | "left" | "inside" {
  if ((1 - left - width) * timeWidth >= WORDS) {
    return "right";
  }
  return left * timeWidth >= WORDS ? "left" : "inside";
}

function wordsPlace(left: number, width: number, timeWidth: number) {
  switch (wordsSide(left, width, timeWidth)) {
    case "right":
      return { left: `max(${(left + width) * 100}%, ${left * 100}% + 2px)` };
    case "left":
      return { right: `${(1 - left) * 100}%` };
    case "inside":
      return { right: `${(1 - left - width) * 100}%` };
  }
}
