import type { ReactNode } from "react";

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Shown in place of the label. */
  readonly face?: ReactNode;
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
          aria-label={option.label}
          title={option.label}
          onClick={() => choose(option.value)}
        >
          {option.face ?? option.label}
        </button>
      ))}
    </fieldset>
  );
}
