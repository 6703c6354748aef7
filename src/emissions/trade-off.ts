/** Accuracy against carbon: which outcomes are on the Pareto front, and what dominates the others. */
import type { GramsCO2eq } from '../units/quantities.js';

export interface Outcome {
  /** gCO2eq of the whole run. */
  readonly emissions: GramsCO2eq;
  /** Of the final evaluation, 0 to 1. */
  readonly accuracy: number;
}

/** At least as accurate for no more carbon, and better in one of the two. */
export const dominates = (one: Outcome, other: Outcome): boolean =>
  one.emissions <= other.emissions && one.accuracy >= other.accuracy && (one.emissions < other.emissions || one.accuracy > other.accuracy);

/**
 * Of each outcome what dominates it, undefined on the front. Of several the one of least carbon is named, and of those the
 * most accurate: it is on the front itself.
 */
export const dominators = <T extends Outcome>(outcomes: readonly T[]): readonly (T | undefined)[] => {
  const order = outcomes.toSorted((a, b) => a.emissions - b.emissions || b.accuracy - a.accuracy);
  return outcomes.map((outcome) => order.find((other) => dominates(other, outcome)));
};
