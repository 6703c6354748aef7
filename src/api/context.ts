/** What every resolver has at hand during one operation. */
import DataLoader from 'dataloader';
import type { TimelinePoint } from '../record/emissions-timeline.js';
import type { StoredExperiment, StoredRun } from '../record/run-log.js';
import type { TrainingPoint } from '../record/training-curve.js';
import type { CarbonAccount } from '../workflows/answers.js';
import type { Lowtide } from '../workflows/lowtide.js';

export interface Context {
  readonly lowtide: Lowtide;
  readonly runsOf: DataLoader<string, readonly StoredRun[]>;
  readonly experimentOf: DataLoader<string, StoredExperiment | undefined>;
  /** A run's training curve, thinned out where its log is long. */
  readonly curveOf: DataLoader<StoredRun, readonly TrainingPoint[], string>;
  /** The same to choose so many points from: no denser than that needs. */
  curveFor(run: StoredRun, points: number): Promise<readonly TrainingPoint[]>;
  /** A run's ledger summed over so many equal parts of its time. */
  timelineOf(run: StoredRun, points: number): Promise<readonly TimelinePoint[]>;
  /** A run's account, worked out once per operation. */
  account(run: StoredRun): Promise<CarbonAccount>;
}

export const contextFor = (lowtide: Lowtide): Context => {
  const timelines = new Map<number, DataLoader<StoredRun, readonly TimelinePoint[], string>>();
  const curves = new Map<number, DataLoader<StoredRun, readonly TrainingPoint[], string>>();
  const accounts = new Map<string, Promise<CarbonAccount>>();
  return {
    lowtide,
    runsOf: new DataLoader(async (experimentIds) => {
      const runs = await lowtide.runs.runsOf(experimentIds);
      return experimentIds.map((id) => runs.filter(({ experimentId }) => experimentId === id));
    }),
    experimentOf: new DataLoader(async (ids) => {
      const experiments = new Map((await lowtide.runs.experimentsWith(ids)).map((experiment) => [experiment.id, experiment]));
      return ids.map((id) => experiments.get(id));
    }),
    curveOf: curveLoader(lowtide, Infinity),
    curveFor(run, points) {
      const loader = curves.get(points) ?? curveLoader(lowtide, points);
      curves.set(points, loader);
      return loader.load(run);
    },
    timelineOf(run, points) {
      const loader = timelines.get(points) ?? timelineLoader(lowtide, points);
      timelines.set(points, loader);
      return loader.load(run);
    },
    account(run) {
      const known = accounts.get(run.id) ?? lowtide.account(run);
      accounts.set(run.id, known);
      return known;
    },
  };
};

const curveLoader = (lowtide: Lowtide, points: number): DataLoader<StoredRun, readonly TrainingPoint[], string> =>
  new DataLoader(
    async (runs) => {
      const curves = await lowtide.runs.trainingCurves(runs, points);
      return runs.map(({ id }) => curves.get(id)!);
    },
    { cacheKeyFn: ({ id }) => id },
  );

const timelineLoader = (lowtide: Lowtide, points: number): DataLoader<StoredRun, readonly TimelinePoint[], string> =>
  new DataLoader(
    async (runs) => {
      const started = runs.flatMap(({ id, summary: { started, finished } }) =>
        started === undefined ? [] : [{ runId: id, from: started.at, until: finished?.at }],
      );
      const sums = await lowtide.runs.timelines(started, points);
      return runs.map(({ id }) => sums.get(id) ?? []); // A run without energy has no point.
    },
    { cacheKeyFn: ({ id }) => id },
  );
