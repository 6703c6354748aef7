/**
 * What a user asks for: an experiment of one or more runs. A YAML run file and the GraphQL input both become this,
 * through `parseExperiment`, which reports every problem at once with its path, the value given and what is allowed.
 */
import { z } from 'zod';
import { parseDurationMs } from '../units/time.js';
import { DATASETS, datasetNames, modelNames, OPTIMIZERS, type DatasetName, type ModelName, type OptimizerName } from './catalogue.js';

export type RunRole = 'baseline' | 'candidate';
/** `best`: what the zone's own source forecasts if it does, else the built-in forecaster. */
export const FORECASTS = ['best', 'builtin', 'persistence-24h'] as const;
export type ForecastMethod = (typeof FORECASTS)[number];

export interface TrainingSpec {
  readonly model: { readonly name: ModelName };
  readonly dataset: { readonly name: DatasetName; readonly trainImages: number; readonly testImages: number };
  readonly epochs: number;
  /** Effective batch: the images behind one optimiser step. */
  readonly batchSize: number;
  /** Images in memory at once; `batchSize / microBatchSize` gradients are averaged for one step. */
  readonly microBatchSize: number;
  readonly optimizer: { readonly name: OptimizerName; readonly learningRate: number };
  readonly seed: number;
  /** Optimiser steps between two evaluations along the way, on the first `images` test images. */
  readonly evaluation: { readonly everySteps: number; readonly images: number };
  /** Optimiser steps between two checkpoints; there is always one at a pause and at the end. */
  readonly checkpointEverySteps: number;
}

export type ScheduleSpec =
  | { readonly mode: 'immediate' }
  | {
      readonly mode: 'planned';
      /** Grid time from submission to the run's end. */ readonly finishWithinMs: number;
      readonly forecast: ForecastMethod;
    };

export interface RunSpec {
  readonly name: string;
  readonly role: RunRole;
  readonly zone: string;
  readonly training: TrainingSpec;
  readonly schedule: ScheduleSpec;
}

export interface ExperimentSpec {
  readonly name: string;
  readonly runs: readonly RunSpec[];
}

/** One thing wrong with an input. `path` is in the input's own names, like `runs[0].training.batchSize`. */
export interface Problem {
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens, 1 to 64 characters');
const whole = (least: number, most: number) =>
  z
    .int(`a whole number from ${least} to ${most}`)
    .min(least, `a whole number from ${least} to ${most}`)
    .max(most, `a whole number from ${least} to ${most}`);
const oneOf = <T extends string>(names: readonly T[]) => z.enum(names as [T, ...T[]], `one of ${names.join(', ')}`);

const duration = (least: string, most: string) => {
  const allowed = `an ISO-8601 duration from ${least} to ${most}`;
  return z.string(allowed).transform((text, context) => {
    let ms = Number.NaN;
    try {
      ms = parseDurationMs(text);
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
    }
    if (!(ms >= parseDurationMs(least) && ms <= parseDurationMs(most))) {
      context.addIssue({ code: 'custom', message: allowed, input: text });
      return z.NEVER;
    }
    return ms;
  });
};

const datasetSpec = z
  .strictObject({
    name: oneOf(datasetNames),
    trainImages: whole(64, 60_000).optional(),
    testImages: whole(64, 10_000).optional(),
  })
  .transform(({ name, trainImages, testImages }) => ({
    name,
    trainImages: trainImages ?? DATASETS[name].trainImages,
    testImages: testImages ?? DATASETS[name].testImages,
  }));

const LEARNING_RATE = 'a number above 0 and at most 1';

const trainingSpec = z
  .strictObject({
    model: z.strictObject({ name: oneOf(modelNames) }),
    dataset: datasetSpec,
    epochs: whole(1, 1000).default(1),
    batchSize: whole(1, 4096),
    microBatchSize: whole(1, 4096).optional(),
    optimizer: z
      .strictObject({
        name: oneOf(OPTIMIZERS),
        learningRate: z.number(LEARNING_RATE).gt(0, LEARNING_RATE).max(1, LEARNING_RATE).default(0.001),
      })
      .default({ name: 'adam', learningRate: 0.001 }),
    seed: whole(0, 2 ** 31 - 1).default(42),
    evaluation: z
      .strictObject({ everySteps: whole(1, 1_000_000).default(50), images: whole(64, 10_000).default(1000) })
      .default({ everySteps: 50, images: 1000 }),
    checkpointEverySteps: whole(1, 1_000_000).default(100),
  })
  .check((context) => {
    const { batchSize, microBatchSize, dataset, evaluation } = context.value;
    if (microBatchSize !== undefined && batchSize % microBatchSize !== 0) {
      context.issues.push({
        code: 'custom',
        path: ['microBatchSize'],
        message: `a divisor of batchSize ${batchSize}`,
        input: microBatchSize,
      });
    }
    if (batchSize > dataset.trainImages) {
      context.issues.push({
        code: 'custom',
        path: ['batchSize'],
        message: `at most dataset.trainImages ${dataset.trainImages}`,
        input: batchSize,
      });
    }
    if (evaluation.images > dataset.testImages) {
      context.issues.push({
        code: 'custom',
        path: ['evaluation', 'images'],
        message: `at most dataset.testImages ${dataset.testImages}`,
        input: evaluation.images,
      });
    }
  })
  .transform((spec): TrainingSpec => ({ ...spec, microBatchSize: spec.microBatchSize ?? spec.batchSize }));

const scheduleSpec = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({ mode: z.literal('immediate') }),
    z
      .strictObject({
        mode: z.literal('planned'),
        finishWithin: duration('PT10M', 'PT72H').default(24 * 3_600_000),
        forecast: oneOf(FORECASTS).default('best'),
      })
      .transform(({ mode, finishWithin, forecast }) => ({ mode, finishWithinMs: finishWithin, forecast })),
  ],
  'one of immediate, planned',
);

/** A zone's name as text; whether the grid knows it is answered where the grid is known. */
const runSpec = z.strictObject({
  name: slug,
  role: oneOf(['baseline', 'candidate']).default('candidate'),
  zone: z
    .string('the name of a grid zone, like US-CAL-CISO')
    .min(1, 'the name of a grid zone, like US-CAL-CISO')
    .max(64, 'the name of a grid zone, like US-CAL-CISO'),
  training: trainingSpec,
  schedule: scheduleSpec.default({ mode: 'immediate' }),
});

const experimentSpec = z
  .strictObject({ name: slug, runs: z.array(runSpec).min(1, 'from 1 to 32 runs').max(32, 'from 1 to 32 runs') })
  .check((context) => {
    const names = context.value.runs.map((run) => run.name);
    names.forEach((name, index) => {
      if (names.indexOf(name) < index)
        context.issues.push({
          code: 'custom',
          path: ['runs', index, 'name'],
          message: 'a name no other run of the experiment has',
          input: name,
        });
    });
    const baselines = context.value.runs.flatMap((run, index) => (run.role === 'baseline' ? [index] : []));
    for (const index of baselines.slice(1)) {
      context.issues.push({
        code: 'custom',
        path: ['runs', index, 'role'],
        message: 'candidate: an experiment has at most one baseline',
        input: 'baseline',
      });
    }
  });

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');

const given = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    input,
  );

const problemsOf = (issue: z.core.$ZodIssue, input: unknown): Problem[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      given: given(valueAt(input, [...issue.path, key])),
      allowed: 'no such field here',
    }));
  }
  const expected =
    issue.code === 'invalid_type' && issue.message.startsWith('Invalid input') ? `a value of type ${issue.expected}` : issue.message;
  return [{ path: pathText(issue.path), given: given(valueAt(input, issue.path)), allowed: expected }];
};

const parse = <T>(schema: z.ZodType<T>, input: unknown): Parsed<T> => {
  const result = schema.safeParse(input);
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, input)) };
};

/** The one parser of experiments. */
export const parseExperiment = (input: unknown): Parsed<ExperimentSpec> => parse(experimentSpec, input);

/** The same for a run by itself. */
export const parseRun = (input: unknown): Parsed<RunSpec> => parse(runSpec, input);

/** Optimiser steps of one epoch; the last may hold fewer images. */
export const stepsPerEpoch = (training: TrainingSpec): number => Math.ceil(training.dataset.trainImages / training.batchSize);

export const totalSteps = (training: TrainingSpec): number => training.epochs * stepsPerEpoch(training);
