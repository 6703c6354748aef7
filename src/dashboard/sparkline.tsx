/** A small curve without axes, beside the number it ends in. */
import type { Point } from './down-sample.js';

const WIDTH = 120;
const HEIGHT = 30;
const EDGE = 2;

export const Sparkline = ({ points, label }: { readonly points: readonly Point[]; readonly label: string }) => {
  if (points.length < 2) return <span class="sparkline" />;
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={pathOf(points)} vector-effect="non-scaling-stroke" />
    </svg>
  );
};

const pathOf = (points: readonly Point[]): string => {
  const first = points[0]!;
  const last = points.at(-1)!;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { y } of points) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const across = (WIDTH - 2 * EDGE) / (last.x - first.x || 1);
  const up = (HEIGHT - 2 * EDGE) / (high - low || 1);
  return points
    .map(
      ({ x, y }, index) =>
        `${index === 0 ? 'M' : 'L'}${(EDGE + (x - first.x) * across).toFixed(1)} ${(HEIGHT - EDGE - (y - low) * up).toFixed(1)}`,
    )
    .join('');
};
