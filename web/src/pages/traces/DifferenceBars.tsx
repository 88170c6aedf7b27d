import { useText } from "../../i18n";

interface BarsProps {
  readonly selected: number;
  readonly others: number;
  /** What fills a bar. */
  readonly most: number;
  readonly format: (value: number) => string;
}

/** One value of both sides. Filled and hatched, so that they are told apart without colour. */
export function Bars({ selected, others, most, format }: BarsProps) {
  const text = useText().differences;
  const bar = (kind: "selected" | "others", value: number, words: string) => (
    <span className="bar-line">
      <span className="bar-frame">
        {value > 0 && <span className={`share ${kind}`} style={{ width: `${(value / most) * 100}%` }} />}
      </span>
      <span className="bar-share tabular">
        <span className="visually-hidden">{words} </span>
        {format(value)}
      </span>
    </span>
  );
  return (
    <span className="bars">
      {bar("selected", selected, text.these)}
      {bar("others", others, text.others)}
    </span>
  );
}

/** Says once which bar is whose. */
export function BarsKey() {
  const text = useText().differences;
  return (
    <p className="difference-key soft" aria-hidden="true">
      <span className="swatch selected" /> {text.these}
      <span className="swatch others" /> {text.others}
    </p>
  );
}
