/** Carbon per accuracy point: what a point above guessing cost. */
import { grams, type GramsCO2eq } from '../units/quantities.js';

/** g / (100 × (accuracy − chance)), accuracies from 0 to 1; undefined where accuracy is not above chance. */
export const carbonPerAccuracyPoint = (emissions: GramsCO2eq, accuracy: number, chance: number): GramsCO2eq | undefined => {
  const points = 100 * (accuracy - chance);
  return points > 0 ? grams(emissions / points) : undefined;
};
