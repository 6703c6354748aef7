/**
 * What a user asks for: an experiment of one or more runs. A YAML run file and the GraphQL input both become this,
 * through `parseExperiment`, which reports every problem at once with its path, the value given and what is allowed.
 */
import { z } from 'zod';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { parse, slug, type Parsed } from './parsing.js';
import { scheduleSpec, zoneName, type ScheduleSpec } from './schedule.js';
import { oneOf } from './schema-parts.js';
import { trainingSpec } from './training-schema.js';
import type { TrainingSpec } from './training-spec.js';

export { stepsPerEpoch, totalSteps, type TrainingSpec } from './training-spec.js';

export type RunRole = 'baseline' | 'candidate';

export interface RunSpec {
  readonly name: string;
  readonly role: RunRole;
  readonly zone: string;
  readonly training: TrainingSpec;
  readonly schedule: ScheduleSpec;
  /** What the run may emit in all; undefined when only policies say. */
  readonly budget: GramsCO2eq | undefined;
}

export interface ExperimentSpec {
  readonly name: string;
  /** Whose policy and budgets hold. */
  readonly project: string;
  readonly runs: readonly RunSpec[];
}

const BUDGET = 'a number of gCO2eq above 0';

/** A zone's name as text; whether the grid knows it is answered where the grid is known. */
const runSpec = z
  .strictObject({
    name: slug,
    role: oneOf(['baseline', 'candidate']).default('candidate'),
    zone: zoneName,
    training: trainingSpec,
    schedule: scheduleSpec.default({ mode: 'immediate' }),
    budgetGco2eq: z.number(BUDGET).gt(0, BUDGET).optional(),
  })
  .transform(({ budgetGco2eq, ...run }): RunSpec => ({ ...run, budget: budgetGco2eq === undefined ? undefined : grams(budgetGco2eq) }));

const experimentSpec = z
  .strictObject({
    name: slug,
    project: slug.default('default'),
    runs: z.array(runSpec).min(1, 'from 1 to 32 runs').max(32, 'from 1 to 32 runs'),
  })
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

/** The one parser of experiments. */
export const parseExperiment = (input: unknown): Parsed<ExperimentSpec> => parse(experimentSpec, input);

/** The same for a run by itself. */
export const parseRun = (input: unknown): Parsed<RunSpec> => parse(runSpec, input);
