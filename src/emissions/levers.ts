/** Takes a difference between two runs apart: what moving in time did, what configuration did, what overhead cost. */
import { grams, type GramsCO2eq } from '../units/quantities.js';

/** Emissions of one run by part. */
export interface RunParts {
  /** Of the active energy, where and when it was really drawn. */
  readonly active: GramsCO2eq;
  /** Of start-up, checkpoints and resumes. */
  readonly overhead: GramsCO2eq;
  /** Of the active energy laid at submission (see counterfactual). */
  readonly atSubmission: GramsCO2eq;
}

export interface Levers {
  /** Baseline − candidate; the sum of the three parts. Positive: the candidate emitted less. */
  readonly difference: GramsCO2eq;
  readonly timing: GramsCO2eq;
  readonly configuration: GramsCO2eq;
  readonly overhead: GramsCO2eq;
}

/** Signed savings of one run against itself at submission: timing − overhead (counterfactual − actual). */
export const savedBy = ({ active, overhead, atSubmission }: RunParts): { readonly saved: GramsCO2eq; readonly timing: GramsCO2eq } => ({
  saved: grams(atSubmission - active - overhead),
  timing: grams(atSubmission - active),
});

/**
 * timing: how much more moving in time saved the candidate than it saved the baseline; configuration: the two active
 * profiles both laid at submission; overhead: the difference of the two overheads.
 */
export const leversBetween = (baseline: RunParts, candidate: RunParts): Levers => ({
  difference: grams(baseline.active + baseline.overhead - candidate.active - candidate.overhead),
  timing: grams(savedBy(candidate).timing - savedBy(baseline).timing),
  configuration: grams(baseline.atSubmission - candidate.atSubmission),
  overhead: grams(baseline.overhead - candidate.overhead),
});
