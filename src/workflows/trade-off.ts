/** Runs of one task against each other: accuracy against carbon, and which of them are worth their carbon. */
import { dominators } from '../emissions/trade-off.js';
import type { DatasetSpec } from '../experiment/training-spec.js';
import type { StoredRun } from '../record/run-log.js';
import { bookedInAll } from '../record/run-summary.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';

export type PlacedRun = {
  readonly run: StoredRun;
  /** The test its accuracy is measured on. Only runs of the same one are set against each other. */
  readonly task: string;
} & (
  | {
      readonly kind: 'placed';
      readonly emissions: GramsCO2eq;
      readonly accuracy: number;
      readonly testImages: number;
      /** Undefined: it is on the Pareto front of its task. */
      readonly dominatedBy: StoredRun | undefined;
    }
  | { readonly kind: 'unknown'; readonly reason: string }
);

/** In the order given. */
export const placeRuns = (runs: readonly StoredRun[]): readonly PlacedRun[] => {
  const outcomes = runs.map((run) => ({ run, task: taskOf(run.spec.training.dataset), outcome: outcomeOf(run) }));
  const known = outcomes.flatMap(({ run, task, outcome }) => (typeof outcome === 'string' ? [] : [{ run, task, ...outcome }]));
  const dominatorOf = new Map<string, StoredRun | undefined>();
  for (const task of new Set(known.map((each) => each.task))) {
    const rivals = known.filter((each) => each.task === task);
    for (const [index, dominator] of dominators(rivals).entries()) dominatorOf.set(rivals[index]!.run.id, dominator?.run);
  }
  return outcomes.map(({ run, task, outcome }) =>
    typeof outcome === 'string'
      ? { kind: 'unknown', run, task, reason: outcome }
      : { kind: 'placed', run, task, ...outcome, dominatedBy: dominatorOf.get(run.id) },
  );
};

const taskOf = ({ name, path, testImages }: DatasetSpec): string =>
  `${name}${path === undefined ? '' : ` in ${path}`}, ${testImages.toLocaleString('en')} test images`;

/** Why there is none, otherwise: what is unknown is not placed at zero. */
const outcomeOf = ({ state, spec, summary }: StoredRun): { emissions: GramsCO2eq; accuracy: number; testImages: number } | string => {
  const final = summary.evaluations.find((evaluation) => evaluation.final);
  if (final === undefined) return `it is ${state} and has no final evaluation`;
  const { energy, coveredEnergy, emissions } = bookedInAll(summary);
  if (energy === 0) return 'no energy was metered';
  if (coveredEnergy !== energy) return 'part of its energy was drawn while the intensity of the grid was unknown';
  return { emissions: grams(emissions), accuracy: final.accuracy, testImages: spec.training.dataset.testImages };
};
