import { type PointerEvent, useRef, useState } from "react";

/** A press that moves less than this is a click, not a stretch. */
const CLICK_PIXELS = 4;

export interface Stretch {
  /** Pixels from the element's left edge. */
  readonly from: number;
  readonly to: number;
}

/**
 * Dragging along an element to choose a part of it.
 *
 * @param within where a stretch may lie
 * @param choose called when the pointer is let go
 */
export function useStretch(within: Stretch, choose: (stretch: Stretch) => void) {
  const origin = useRef<number>(undefined);
  const dragged = useRef(false);
  const [stretch, setStretch] = useState<Stretch>();
  const xOf = (event: PointerEvent) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.min(Math.max(x, within.from), within.to);
  };
  const onPointerDown = (event: PointerEvent) => {
    dragged.current = false;
    if (event.button === 0 && event.pointerType !== "touch") {
      origin.current = xOf(event);
    }
  };
  const follow = (event: PointerEvent) => {
    const from = origin.current;
    const here = xOf(event);
    if (from !== undefined && (stretch || Math.abs(here - from) >= CLICK_PIXELS)) {
      // Captured only now: a click must still reach what it is on.
      event.currentTarget.setPointerCapture(event.pointerId);
      dragged.current = true;
      setStretch({ from: Math.min(from, here), to: Math.max(from, here) });
    }
  };
  const end = () => {
    origin.current = undefined;
    setStretch(undefined);
    if (stretch && stretch.to - stretch.from >= CLICK_PIXELS) {
      choose(stretch);
    }
  };
  const cancel = () => {
    origin.current = undefined;
    setStretch(undefined);
  };
  return {
    stretch,
    follow,
    /** Whether the click that just came was the end of a drag. */
    wasDragged: () => dragged.current,
    handlers: { onPointerDown, onPointerUp: end, onPointerCancel: cancel },
  };
}
