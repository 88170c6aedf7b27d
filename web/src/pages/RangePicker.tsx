import { type FormEvent, useId, useRef, useState } from "react";
import { fromLocalInput, toLocalInput } from "../format/time";
import { useText } from "../i18n";
import {
  LASTS,
  LAST_DEFAULT,
  type Last,
  type Range,
  type RangeSearch,
  absolute,
  isAbsolute,
  rangeAt,
} from "./range";
import { Icon } from "../ui/Icon";
import { Segmented } from "../ui/Segmented";

interface RangePickerProps {
  readonly range: RangeSearch;
  readonly change: (range: RangeSearch) => void;
}

/** The time that a page shows: until now, or from one moment to another. */
export function RangePicker({ range, change }: RangePickerProps) {
  const text = useText().range;
  const lasts = Object.keys(LASTS) as Last[];
  const options = lasts.map((value) => ({
    value,
    label: text.lastLong[value],
    face: text.last[value],
  }));
  const chosen = isAbsolute(range) ? undefined : (range.last ?? LAST_DEFAULT);
  return (
    <div className="range">
      <Segmented
        label={text.label}
        options={options}
        value={chosen}
        choose={(last) => change(last === LAST_DEFAULT ? {} : { last })}
      />
      <CustomRange range={range} change={change} />
    </div>
  );
}

/** A popover with two date inputs; the browser's own, so that they speak the reader's language. */
function CustomRange({ range, change }: RangePickerProps) {
  const text = useText().range;
  const id = useId();
  const popover = useRef<HTMLDivElement>(null);
  const [wrong, setWrong] = useState(false);
  // What the inputs start from: the range shown at the moment in which they are opened.
  const [shown, setShown] = useState<Range>();
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const fromMs = fromLocalInput(String(form.get("from")));
    const toMs = fromLocalInput(String(form.get("to")));
    if (fromMs === undefined || toMs === undefined || fromMs >= toMs) {
      setWrong(true);
      return;
    }
    setWrong(false);
    popover.current?.hidePopover();
    change(absolute({ fromMs, toMs }));
  };
  return (
    <>
      <button
        type="button"
        className="button range-custom"
        popoverTarget={id}
        aria-pressed={isAbsolute(range)}
      >
        <Icon name="clock" size={14} />
        <span className="tabular">{isAbsolute(range) ? rangeWords(rangeAt(range, 0)) : text.custom}</span>
      </button>
      <div
        id={id}
        ref={popover}
        popover="auto"
        className="popover"
        onToggle={(event) => setShown(event.newState === "open" ? rangeAt(range, Date.now()) : undefined)}
      >
        <form className="range-form" onSubmit={apply} key={shown?.toMs}>
          <Moment name="from" label={text.from} ms={shown?.fromMs} />
          <Moment name="to" label={text.to} ms={shown?.toMs} />
          {wrong && (
            <p className="field-error" role="alert">
              {text.wrong}
            </p>
          )}
          <button type="submit" className="button primary">
            {text.apply}
          </button>
        </form>
      </div>
    </>
  );
}

interface MomentProps {
  readonly name: string;
  readonly label: string;
  readonly ms: number | undefined;
}

function Moment({ name, label, ms }: MomentProps) {
  return (
    <label>
      {label}
      <input
        type="datetime-local"
        name={name}
        step="0.001"
        required
        defaultValue={ms === undefined ? undefined : toLocalInput(ms)}
      />
    </label>
  );
}

function rangeWords({ fromMs, toMs }: Range): string {
  const [from, to] = [toLocalInput(fromMs), toLocalInput(toMs)].map((words) => words.slice(0, 19).split("T"));
  const sameDay = from?.[0] === to?.[0];
  return `${from?.join(" ")} – ${sameDay ? to?.[1] : to?.join(" ")}`;
}
