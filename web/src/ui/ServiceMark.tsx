import { serviceColors } from "../theme/serviceColors";

/** One outline for each shape; hue n and n + 5 have the same. */
const SHAPES = [
  "M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z",
  "M2 2h8v8H2z",
  "M6 1.2 11 10H1z",
  "M6 .8 11.2 6 6 11.2.8 6z",
  "M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z",
];

export function serviceHue(service: string): string {
  return `var(--service-${serviceColors.of(service).hue})`;
}

/** The service's colour and shape. Decoration: the name stands beside it. */
export function ServiceMark({ service }: { readonly service: string }) {
  const { hue, shape } = serviceColors.of(service);
  return (
    <svg
      className="service-mark"
      width="10"
      height="10"
      viewBox="0 0 12 12"
      aria-hidden="true"
      focusable="false"
    >
      <path d={SHAPES[(hue + shape) % SHAPES.length]} fill={`var(--service-${hue})`} />
    </svg>
  );
}
