/** Carbon per accuracy point: what a point above guessing cost, what the last points did, and how well accuracy is known. */
import { grams, type GramsCO2eq } from '../units/quantities.js';

/** g / (100 × (accuracy − chance)), accuracies from 0 to 1; undefined where accuracy is not above chance. */
export const carbonPerAccuracyPoint = (emissions: GramsCO2eq, accuracy: number, chance: number): GramsCO2eq | undefined => {
  const points = 100 * (accuracy - chance);
  return points > 0 ? grams(emissions / points) : undefined;
};

/** Accuracy from 0 to 1 on so many test images, and the gCO2eq emitted until it was measured. */
export interface AccuracyAt {
  readonly accuracy: number;
  readonly images: number;
  readonly emissionsSoFar: number;
}

/**
 * Δg/Δpoint between two evaluations; undefined where accuracy did not rise (not infinite, and not zero), and where the two
 * looked at different numbers of test images: then the difference is not what training did.
 */
export const marginalCarbonPerPoint = (before: AccuracyAt, after: AccuracyAt): GramsCO2eq | undefined => {
  const points = 100 * (after.accuracy - before.accuracy);
  return points > 0 && before.images === after.images ? grams((after.emissionsSoFar - before.emissionsSoFar) / points) : undefined;
};

/** Lowest and highest, in the unit of what it is the range of. */
export type Range<T extends number = number> = readonly [low: T, high: T];

/** Two-sided 95 % point of the normal distribution. */
const Z_95 = 1.959963984540054;

/** Where the accuracy on all images of the kind lies with 95 % confidence, given the share right of so many (Wilson 1927). */
export const accuracyRange95 = (accuracy: number, images: number): Range => {
  const z2 = Z_95 ** 2;
  const centre = accuracy + z2 / (2 * images);
  const reach = Z_95 * Math.sqrt((accuracy * (1 - accuracy)) / images + z2 / (4 * images ** 2));
  return [Math.max(0, (centre - reach) / (1 + z2 / images)), Math.min(1, (centre + reach) / (1 + z2 / images))];
};

/** The ratio at its best and its worst within both ranges; undefined where accuracy may be no better than chance. */
export const carbonPerAccuracyPointRange = (
  [least, most]: Range<GramsCO2eq>,
  [lowest, highest]: Range,
  chance: number,
): Range<GramsCO2eq> | undefined => {
  const low = carbonPerAccuracyPoint(least, highest, chance);
  const high = carbonPerAccuracyPoint(most, lowest, chance);
  return low === undefined || high === undefined ? undefined : [low, high];
};
