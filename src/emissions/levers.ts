/** Takes a difference apart: what moving in time did, what moving in place did, what configuration did, what overhead cost. */
import { grams, type GramsCO2eq } from '../units/quantities.js';

/** Emissions of one run's active energy in four places and times, and of its overhead. */
export interface RunParts {
  /** Where and when it was really drawn. */
  readonly active: GramsCO2eq;
  /** Of start-up, checkpoints and resumes. */
  readonly overhead: GramsCO2eq;
  /** Laid at submission in the home zone: the counterfactual. */
  readonly atSubmission: GramsCO2eq;
  /** When it was really drawn, but in the home zone. */
  readonly atHome: GramsCO2eq;
  /** Laid at submission, but in the zones where it was really drawn. */
  readonly elsewhereAtSubmission: GramsCO2eq;
}

/** Signed savings of one run against itself at submission. */
export interface Saving {
  /** timing + place + interaction − overhead. */
  readonly saved: GramsCO2eq;
  /** In the home zone, moved in time. */
  readonly timing: GramsCO2eq;
  /** At submission, moved in place. */
  readonly place: GramsCO2eq;
  /** What both moves together did beyond the two by themselves; zero for a run that stayed in its zone. */
  readonly interaction: GramsCO2eq;
}

export interface Levers {
  /** Baseline − candidate; the sum of the five parts. Positive: the candidate emitted less. */
  readonly difference: GramsCO2eq;
  readonly timing: GramsCO2eq;
  readonly place: GramsCO2eq;
  readonly interaction: GramsCO2eq;
  readonly configuration: GramsCO2eq;
  readonly overhead: GramsCO2eq;
}

export const savedBy = ({ active, overhead, atSubmission, atHome, elsewhereAtSubmission }: RunParts): Saving => ({
  saved: grams(atSubmission - active - overhead),
  timing: grams(atSubmission - atHome),
  place: grams(atSubmission - elsewhereAtSubmission),
  interaction: grams(atHome - active - (atSubmission - elsewhereAtSubmission)),
});

/**
 * timing, place, interaction: how much more each saved the candidate than it saved the baseline; configuration: the two
 * active profiles both laid at submission at home; overhead: the difference of the two overheads.
 */
export const leversBetween = (baseline: RunParts, candidate: RunParts): Levers => {
  const [of, by] = [savedBy(baseline), savedBy(candidate)];
  return {
    difference: grams(baseline.active + baseline.overhead - candidate.active - candidate.overhead),
    timing: grams(by.timing - of.timing),
    place: grams(by.place - of.place),
    interaction: grams(by.interaction - of.interaction),
    configuration: grams(baseline.atSubmission - candidate.atSubmission),
    overhead: grams(baseline.overhead - candidate.overhead),
  };
};
