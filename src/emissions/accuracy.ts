/** Carbon per accuracy point: what a point above guessing cost, and what the last points did. */
import { grams, type GramsCO2eq } from '../units/quantities.js';

/** g / (100 × (accuracy − chance)), accuracies from 0 to 1; undefined where accuracy is not above chance. */
export const carbonPerAccuracyPoint = (emissions: GramsCO2eq, accuracy: number, chance: number): GramsCO2eq | undefined => {
  const points = 100 * (accuracy - chance);
  return points > 0 ? grams(emissions / points) : undefined;
};

/** Accuracy from 0 to 1, and the gCO2eq emitted until it was measured. */
export interface AccuracyAt {
  readonly accuracy: number;
  readonly emissionsSoFar: number;
}

/** Δg/Δpoint between two evaluations; undefined where accuracy did not rise: not infinite, and not zero. */
export const marginalCarbonPerPoint = (before: AccuracyAt, after: AccuracyAt): GramsCO2eq | undefined => {
  const points = 100 * (after.accuracy - before.accuracy);
  return points > 0 ? grams((after.emissionsSoFar - before.emissionsSoFar) / points) : undefined;
};
