/** How long a run will take and what it will draw: from an earlier run of the same shape here, else from a short probe. */
import { threadName } from '../energy/run-cpu-time.js';
import type { EnergySample } from '../energy/sample.js';
import type { PlannedSchedule } from '../experiment/schedule.js';
import type { Problem } from '../experiment/parsing.js';
import { CannotTrain } from '../execution/trainer-thread.js';
import { stepsPerEpoch, totalSteps, type RunSpec, type TrainingSpec } from '../experiment/spec.js';
import type { Estimate } from '../plan/plan.js';
import { ratioOf, spreadOf, type EstimateRatio, type Outcome } from '../plan/estimate-spread.js';
import type { StoredRun } from '../record/run-log.js';
import type { RunSummary } from '../record/run-summary.js';
import { grams, fromMicrojoules, joules, meanPower, microjoules, type Watts } from '../units/quantities.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../units/time.js';
import type { EstimateAnswer } from './answers.js';
import { latestForecast } from './expected-grid.js';
import { planWithinRules } from './plan-within-rules.js';
import type { Ports } from './ports.js';
import { rulesOf } from './rules-of.js';
import { withZoneKey } from './zone-keys.js';

/** Real milliseconds of training steps in a probe. */
const PROBE_MS = 1500;
/** Real milliseconds a probe stays good for. */
const PROBE_VALID_MS = 10 * MINUTE_MS;
/** Earlier runs looked at. */
const LOOK_BACK = 50;

/** @throws CannotTrain when the spec cannot be trained on this host */
const estimateTraining = async (ports: Ports, training: TrainingSpec): Promise<Estimate> => {
  const { items } = await ports.reader.runs({ states: ['succeeded'] }, LOOK_BACK, undefined);
  const here = items.filter((run) => ranUndisturbedOn(run, ports.host));
  const earlier = ofEarlierRun(here, training);
  if (earlier !== undefined) return spreadOf(earlier, ratiosOf(here, 'earlier-run'));
  const key = JSON.stringify([ports.host, training]);
  const recent = recentProbes.get(key);
  if (recent !== undefined && ports.clock.now() - recent.at < PROBE_VALID_MS) return recent.estimate;
  const estimate = spreadOf(await probed(ports, training), ratiosOf(here, 'probe'));
  recentProbes.set(key, { at: ports.clock.now(), estimate });
  return estimate;
};

export type Estimation =
  { readonly kind: 'estimated'; readonly estimate: Estimate } | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** The estimate, or why the spec cannot be trained on this host. @param at path of the run, like `runs[0].` */
export const estimateOrProblems = async (ports: Ports, training: TrainingSpec, at: string): Promise<Estimation> => {
  try {
    return { kind: 'estimated', estimate: await estimateTraining(ports, training) };
  } catch (failure) {
    if (!(failure instanceof CannotTrain)) throw failure;
    const { model, dataset } = training;
    const given = `${model.name} on ${dataset.name}${dataset.path === undefined ? '' : ` at ${dataset.path}`}`;
    return { kind: 'invalid', problems: [{ path: `${at}training`, given, allowed: `what ${ports.host} can train: ${failure.message}` }] };
  }
};

/** Probes of this process, so that what was estimated is what is submitted. */
const recentProbes = new Map<string, { readonly at: Instant; readonly estimate: Estimate }>();

/** What would it cost now, and in the best window? Nothing is written. */
export const estimateRun = async (ports: Ports, given: RunSpec, project: string): Promise<EstimateAnswer> => {
  const { gridClock } = ports;
  const { run: spec, problems } = withZoneKey(ports, given, '');
  if (problems.length > 0) return { kind: 'invalid', problems };
  const estimation = await estimateOrProblems(ports, spec.training, '');
  if (estimation.kind === 'invalid') return estimation;
  const { estimate } = estimation;
  const release = gridClock.now();
  const schedule = spec.schedule.mode === 'planned' ? spec.schedule : ANY_TIME_TODAY;
  const rules = await rulesOf(ports, project);
  const question = {
    project,
    runId: undefined,
    spec: { ...spec, schedule },
    ownBudget: spec.budget,
    estimate,
    rules,
    submitted: release,
    release,
    spent: grams(0),
  };
  const planned = await planWithinRules(ports, question);
  if (!planned.ok) return { kind: 'refused', run: spec.name, refusal: planned.refusal };
  const forecast = await latestForecast(ports, spec.zone, release, schedule.forecast);
  return { kind: 'estimated', estimate, immediate: planned.plan.immediate, best: planned.plan, forecast };
};

/** The window a run without one is estimated in. */
const ANY_TIME_TODAY: PlannedSchedule = {
  mode: 'planned',
  finishWithinMs: DAY_MS,
  forecast: 'best',
  interruptible: false,
  minimumSegmentMs: HOUR_MS,
  allowedZones: [],
};

/** Two specs of one shape differ only in how much they train, not in how fast. */
const shapeOf = ({ prepareOnly, model, dataset, batchSize, microBatchSize, adaptiveMicroBatch, optimizer }: TrainingSpec): string =>
  JSON.stringify([
    prepareOnly,
    model,
    dataset.name,
    dataset.path,
    dataset.augmentation,
    batchSize,
    microBatchSize,
    adaptiveMicroBatch,
    optimizer.name,
  ]);

const ofEarlierRun = (runs: readonly StoredRun[], training: TrainingSpec): Omit<Estimate, 'spread'> | undefined => {
  const same = runs.find((run) => shapeOf(run.spec.training) === shapeOf(training));
  if (same === undefined) return undefined;
  const { active, overhead } = same.summary.booked;
  const durationMs = active.durationMs + overhead.durationMs;
  if (active.durationMs <= 0) return undefined;
  // Training and evaluating grow with the images that pass through, start-up does not.
  const scale = imagePasses(training) / imagePasses(same.spec.training);
  return {
    durationMs: active.durationMs * scale + overhead.durationMs,
    power: meanPower(fromMicrojoules(microjoules(active.energy + overhead.energy)), durationMs),
    overheadMs: overhead.durationMs,
    basis: 'earlier-run',
    imagesPerSecond: trainedImages(same.spec.training) / (active.durationMs / 1000),
  };
};

/** What a run took and drew; undefined before anything was metered. */
export const outcomeOf = ({ booked: { active, overhead } }: Pick<RunSummary, 'booked'>): Outcome | undefined => {
  const durationMs = active.durationMs + overhead.durationMs;
  if (durationMs <= 0) return undefined;
  return { durationMs, power: meanPower(fromMicrojoules(microjoules(active.energy + overhead.energy)), durationMs) };
};

const ratiosOf = (runs: readonly StoredRun[], basis: Estimate['basis']): readonly EstimateRatio[] =>
  runs.flatMap(({ summary }) => {
    const { firstEstimate } = summary;
    const outcome = outcomeOf(summary);
    return firstEstimate?.basis !== basis || outcome === undefined ? [] : [ratioOf(firstEstimate, outcome)];
  });

const ranUndisturbedOn = ({ summary }: StoredRun, host: string): boolean =>
  summary.segments.length === 1 && summary.segments[0]?.host === host;

const trainedImages = ({ epochs, dataset, prepareOnly }: TrainingSpec): number =>
  prepareOnly === true ? dataset.trainImages + dataset.testImages : epochs * dataset.trainImages;

const evaluatedImages = (training: TrainingSpec): number => {
  const { evaluation, dataset, epochs, prepareOnly } = training;
  if (prepareOnly === true) return 0;
  const alongTheWay = Math.floor((totalSteps(training) - 1) / evaluation.everySteps);
  const atEpochs = stepsPerEpoch(training) % evaluation.everySteps === 0 ? 0 : epochs - 1;
  return (alongTheWay + atEpochs) * evaluation.images + dataset.testImages;
};

/** A forward pass is about a third of a training step's work. */
export const imagePasses = (training: TrainingSpec): number => trainedImages(training) + evaluatedImages(training) / 3;

/** What a run will take in all, by what it took until an optimiser step; undefined before anything was metered. */
export const refinedEstimate = (training: TrainingSpec, step: number, booked: RunSummary['booked']): Estimate | undefined => {
  const { active, overhead } = booked;
  const outcome = outcomeOf({ booked });
  if (outcome === undefined || active.durationMs <= 0) return undefined;
  const evaluated = Math.floor(step / training.evaluation.everySteps) * training.evaluation.images;
  const trained = Math.min(step * training.batchSize, trainedImages(training));
  const activeMs = (active.durationMs * imagePasses(training)) / (trained + evaluated / 3);
  const overheadMs = overhead.durationMs;
  const imagesPerSecond = trained / (active.durationMs / 1000);
  return spreadOf({ durationMs: activeMs + overheadMs, power: outcome.power, overheadMs, basis: 'this-run', imagesPerSecond }, []);
};

const probed = async (ports: Ports, training: TrainingSpec): Promise<Omit<Estimate, 'spread'>> => {
  const samples: EnergySample[] = [];
  const session = await ports.meter.start(threadName('probe'), (sample) => samples.push(sample));
  let answer;
  try {
    answer = await ports.trainer.probe(training, PROBE_MS, async () => {
      await session.cut();
      samples.length = 0;
    });
  } finally {
    await session.stop();
  }
  const { fact, startupMs } = answer;
  const trainingMs = (trainedImages(training) / fact.trainImagesPerSecond) * 1000;
  const evaluationMs = (evaluatedImages(training) / fact.evaluationImagesPerSecond) * 1000;
  return {
    durationMs: startupMs + trainingMs + evaluationMs,
    power: powerOf(samples),
    overheadMs: startupMs,
    basis: 'probe',
    imagesPerSecond: fact.trainImagesPerSecond,
  };
};

const powerOf = (samples: readonly EnergySample[]): Watts => {
  const durationMs = samples.reduce((sum, { interval }) => sum + interval.end - interval.start, 0);
  const energy = samples.reduce(
    (sum, { components }) => sum + components.reduce((part, component) => part + fromMicrojoules(component.energy), 0),
    0,
  );
  if (durationMs <= 0) throw new Error('the energy meter gave no sample during a probe');
  return meanPower(joules(energy), durationMs);
};
