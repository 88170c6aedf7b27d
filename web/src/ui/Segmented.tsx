import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Shorter words in place of the label, which is then the tooltip. */
  readonly face?: ReactNode;
  /** In place of words. */
  readonly icon?: IconName;
}

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly options: readonly Option<T>[];
  readonly value: T | undefined;
  readonly choose: (value: T) => void;
}

/** One of a few, all in sight. */
export function Segmented<T extends string>({ label, options, value, choose }: SegmentedProps<T>) {
  return (
    <fieldset className="segmented">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          // Who speaks to the browser says what is to be seen, so only an icon has another name.
          aria-label={option.icon && option.label}
          title={option.label}
          onClick={() => choose(option.value)}
        >
          {option.icon ? <Icon name={option.icon} size={14} /> : (option.face ?? option.label)}
        </button>
      ))}
    </fieldset>
  );
}
