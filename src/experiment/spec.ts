/**
 * What a user asks for: an experiment of one or more runs. A YAML run file and the GraphQL input both become this,
 * through `parseExperiment`, which reports every problem at once with its path, the value given and what is allowed.
 */
import { z } from 'zod';
import { parseDurationMs } from '../units/time.js';
import { oneOf } from './schema-parts.js';
import { trainingSpec } from './training-schema.js';
import type { TrainingSpec } from './training-spec.js';

export { stepsPerEpoch, totalSteps, type TrainingSpec } from './training-spec.js';

export type RunRole = 'baseline' | 'candidate';
/** `best`: what the zone's own source forecasts if it does, else the built-in forecaster. */
export const FORECASTS = ['best', 'builtin', 'persistence-24h'] as const;
export type ForecastMethod = (typeof FORECASTS)[number];

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
