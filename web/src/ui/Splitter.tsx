import { type KeyboardEvent, type PointerEvent, useRef } from "react";

interface SplitterProps {
  readonly label: string;
  /** Pixels. */
  readonly value: number;
  readonly range: { readonly least: number; readonly most: number };
  /** Where the thing whose width it is lies. */
  readonly grows: "left" | "right";
  readonly change: (value: number) => void;
  readonly className?: string;
}

const STEP = 24;

/** A border that can be dragged, or moved with the arrow keys. */
export function Splitter({ label, value, range, grows, change, className = "" }: SplitterProps) {
  const origin = useRef({ x: 0, value: 0 });
  const sign = grows === "right" ? 1 : -1;
  const set = (next: number) => change(Math.round(Math.min(Math.max(next, range.least), range.most)));
  const start = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    origin.current = { x: event.clientX, value };
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      set(origin.current.value + sign * (event.clientX - origin.current.x));
    }
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const direction = event.key === "ArrowRight" ? sign : event.key === "ArrowLeft" ? -sign : 0;
    if (direction !== 0) {
      event.preventDefault();
      event.stopPropagation();
      set(value + direction * STEP);
    }
  };
  return (
    <div
      className={`splitter ${className}`}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={range.least}
      aria-valuemax={range.most}
      onPointerDown={start}
      onPointerMove={drag}
      onKeyDown={press}
    />
  );
}
