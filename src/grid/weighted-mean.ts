/** Means of intensity that say how much of what they stand for is known. */
import { carbonIntensity, type CarbonIntensity } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import { piecesOf, type IntensitySeries } from './reading.js';

export interface Weighted {
  /** Undefined where it is unknown. */
  readonly intensity: CarbonIntensity | undefined;
  /** Energy or time, in any unit, at least 0. */
  readonly weight: number;
}

export interface Mean {
  /** Of the known part; undefined when nothing with a weight is known. */
  readonly intensity: CarbonIntensity | undefined;
  /** Share of the weight whose intensity is known, 0 to 1; 0 when nothing weighs anything. */
  readonly coverage: number;
}

/** Weighted by energy it is what the energy emitted, per kWh; a bare mean of intensities is that of no energy. */
export const weightedMean = (parts: Iterable<Weighted>): Mean => {
  let sum = 0;
  let known = 0;
  let whole = 0;
  for (const { intensity, weight } of parts) {
    whole += weight;
    if (intensity === undefined) continue;
    sum += intensity * weight;
    known += weight;
  }
  return known > 0 ? { intensity: carbonIntensity(sum / known), coverage: known / whole } : { intensity: undefined, coverage: 0 };
};

/** What a steady power would emit over a span, per kWh. */
export const timeWeightedMean = (series: IntensitySeries, span: Interval): Mean =>
  weightedMean(
    piecesOf(series, span).map(({ interval, reading }) => ({ intensity: reading?.intensity, weight: interval.end - interval.start })),
  );
