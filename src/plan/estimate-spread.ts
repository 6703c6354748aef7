/** How far off estimates are: of one run afterwards, and what to expect of the next one by how far off earlier ones were. */
import { watts, type Watts } from '../units/quantities.js';
import type { Estimate } from './plan.js';

/** What a run really took and drew, real ms and W; measured in the same way as it is estimated. */
export interface Outcome {
  readonly durationMs: number;
  readonly power: Watts;
}

/** Actual over estimated. */
export interface EstimateRatio {
  readonly duration: number;
  readonly power: number;
}

export const ratioOf = (estimate: Pick<Estimate, 'durationMs' | 'power'>, { durationMs, power }: Outcome): EstimateRatio => ({
  duration: durationMs / estimate.durationMs,
  power: power / estimate.power,
});

/** Ratios needed before they are believed. */
const ENOUGH = 5;
/** Assumed until then: that four of five runs are within this share of the estimate. */
const ASSUMED: Readonly<Record<Estimate['basis'], number>> = { probe: 0.35, 'earlier-run': 0.15, 'this-run': 0.1 };

/** The 10th to the 90th percentile of earlier ratios of the same basis, or what is assumed while there are fewer than 5. */
export const spreadOf = (estimate: Omit<Estimate, 'spread'>, earlier: readonly EstimateRatio[]): Estimate => {
  const range = (of: (ratio: EstimateRatio) => number): readonly [number, number] => {
    const assumed = ASSUMED[estimate.basis];
    if (earlier.length < ENOUGH) return [1 - assumed, 1 + assumed];
    const sorted = earlier.map(of).sort((a, b) => a - b);
    return [quantile(sorted, 0.1), quantile(sorted, 0.9)];
  };
  const [shortest, longest] = range(({ duration }) => duration);
  const [least, most] = range(({ power }) => power);
  return {
    ...estimate,
    spread: {
      durationMs: [estimate.durationMs * shortest, estimate.durationMs * longest],
      power: [watts(estimate.power * least), watts(estimate.power * most)],
    },
  };
};

/** With linear interpolation between ranks (Hyndman and Fan 1996, type 7). */
const quantile = (sorted: readonly number[], share: number): number => {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)]!;
  return below + (rank - Math.floor(rank)) * (sorted[Math.ceil(rank)]! - below);
};
