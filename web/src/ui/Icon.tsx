/** Line drawings on a grid of 16; each is one path. */
const PATHS = {
  copy: "M5.5 5.5V3.2c0-.4.3-.7.7-.7h6.6c.4 0 .7.3.7.7v6.6c0 .4-.3.7-.7.7h-2.3M3.2 5.5h6.6c.4 0 .7.3.7.7v6.6c0 .4-.3.7-.7.7H3.2a.7.7 0 0 1-.7-.7V6.2c0-.4.3-.7.7-.7Z",
  check: "m3 8.5 3.2 3.2L13 4.8",
  close: "m4 4 8 8m0-8-8 8",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.3-1.2 3.2 3.2",
  right: "m6 3.5 4.5 4.5L6 12.5",
  down: "m3.5 6 4.5 4.5L12.5 6",
  up: "M3.5 10 8 5.5l4.5 4.5",
  left: "M10 3.5 5.5 8l4.5 4.5",
  error: "M8 1.8 14.6 13.4H1.4L8 1.8Zm0 4.7v3m0 1.7v.6",
  broken:
    "M6.5 9.5 4.9 11a2.1 2.1 0 0 1-3-3l1.6-1.6m6-.9L11 4.9a2.1 2.1 0 0 1 3 3l-1.6 1.6M5 2.5l.6 1.6M2.5 5l1.6.6m6.8 7.9-.6-1.6m3.2-.9-1.6-.6",
  refresh: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
  live: "M4.2 11.8a5.4 5.4 0 0 1 0-7.6m7.6 0a5.4 5.4 0 0 1 0 7.6M6.2 9.8a2.6 2.6 0 0 1 0-3.6m3.6 0a2.6 2.6 0 0 1 0 3.6",
  pause: "M5.5 3.5v9m5-9v9",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm0-9.5v1m0 11v1M1.5 8h1m11 0h1M3.4 3.4l.7.7m7.8 7.8.7.7m0-9.2-.7.7m-7.8 7.8-.7.7",
  moon: "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z",
  screen:
    "M2.2 2.8h11.6c.4 0 .7.3.7.7v6.6c0 .4-.3.7-.7.7H2.2a.7.7 0 0 1-.7-.7V3.5c0-.4.3-.7.7-.7ZM5.5 13.5h5",
  keyboard:
    "M2.2 4h11.6c.4 0 .7.3.7.7v6.6c0 .4-.3.7-.7.7H2.2a.7.7 0 0 1-.7-.7V4.7c0-.4.3-.7.7-.7Zm1.8 2.4h.1m2.6 0h.1m2.5 0h.1m2.5 0h.1M5.5 9.5h5",
  link: "M6.8 9.2a2.4 2.4 0 0 0 3.4 0l2.4-2.4a2.4 2.4 0 0 0-3.4-3.4l-.9.9m.9 2.5a2.4 2.4 0 0 0-3.4 0L3.4 9.2a2.4 2.4 0 0 0 3.4 3.4l.9-.9",
  clock: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm0-9.3V8l2.2 1.4",
  empty: "M2 9.5 4 3h8l2 6.5m-12 0V13h12V9.5m-12 0h3.6c.2 1.1 1.2 2 2.4 2s2.2-.9 2.4-2H14",
  foldAll: "M8 1.8v3.4m0 0L5.9 3.4M8 5.2l2.1-1.8M8 14.2v-3.4m0 0-2.1 1.8M8 10.8l2.1 1.8M2.5 8h11",
  unfoldAll: "M8 5.6V2m0 0L5.9 3.8M8 2l2.1 1.8M8 10.4V14m0 0-2.1-1.8M8 14l2.1-1.8M2.5 8h11",
  cut: "M4 5.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Zm0 8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Zm1.5-8.7 8 6.4M5.5 10.9l8-6.4",
  errorBelow: "M8 2v8.5m0 0L4.6 7.1M8 10.5l3.4-3.4M3 14h10",
  compare: "M3 13.5V7m3.3 6.5v-11m3.4 11V9m3.3 4.5V5",
  filter: "M2.5 3.2h11L9.4 8.3v4.1l-2.8 1.1V8.3L2.5 3.2Z",
  repeat: "M2.5 3.5h11m-11 3h11m-11 3h11m-11 3h11",
  sorted: "M8 3v10m0 0L4.8 9.8M8 13l3.2-3.2",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the words stand beside it, or in the button's label. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
