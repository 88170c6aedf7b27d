const WIDTH = 180;
const HEIGHT = 26;

interface SparklineProps {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly label: string;
}

/** Requests of each bucket as bars, their errors as the filled foot of the bar. Two paths, however many bars. */
export function Sparkline({ requests, errors, label }: SparklineProps) {
  const most = Math.max(1, ...requests);
  const step = WIDTH / Math.max(1, requests.length);
  const width = Math.max(1, step - Math.min(1, step / 4));
  const height = (count: number, least: number) =>
    count === 0 ? 0 : Math.max(least, (count / most) * (HEIGHT - 1));
  const bars = (counts: readonly number[], least: number) =>
    counts
      .map((count, i) => ({ x: i * step, tall: height(count, least) }))
      .filter(({ tall }) => tall > 0)
      .map(({ x, tall }) => `M${round(x)} ${HEIGHT}v${round(-tall)}h${round(width)}v${round(tall)}z`)
      .join("");
  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={label}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      <path className="sparkline-floor" d={`M0 ${HEIGHT - 0.5}h${WIDTH}`} />
      <path className="requests" d={bars(requests, 1)} />
      <path className="errors" d={bars(errors, 2.5)} />
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
