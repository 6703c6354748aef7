/** Runs: reading them, their carbon figures, their log as it grows, and control over them. */
import { Arg, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { parseRun } from '../../experiment/spec.js';
import type { RunEvent } from '../../record/run-event.js';
import { timelineOf } from '../../record/emissions-timeline.js';
import type { RunFilter } from '../../record/run-log.js';
import { thinnedCurve } from '../../record/training-curve.js';
import { instant } from '../../units/time.js';
import { badInput, expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import { DecisionType, decisionView } from '../types/decision-type.js';
import { EVENT_TYPES, RunEventType } from '../types/event-types.js';
import { eventView } from '../types/event-view.js';
import { connectionView, ExperimentType, experimentView, RunConnectionType } from '../types/experiment-types.js';
import { controlView, RunControlResult } from '../types/control-types.js';
import { EstimateResult } from '../types/submission-types.js';
import { refusalView } from '../types/refusal-types.js';
import { forecastView } from '../types/grid-types.js';
import { RunFilterInput, RunSpecInput, withoutNulls } from '../types/inputs.js';
import { RunType, runView } from '../types/run-type.js';
import { EmissionsPointType, SavingsType, savingsView, timelineView } from '../types/emissions-types.js';
import { EmissionsRangeType, estimateView, planView, rangeView } from '../types/plan-types.js';
import { TrainingPointType, trainingPointView } from '../types/run-types.js';

/** Of a curve. */
const MOST_POINTS = 2000;

/** Every kind of event is part of the schema, though only their interface is named by a field. */
export const ORPHANED_TYPES = EVENT_TYPES;

@Resolver(() => RunType)
export class RunResolver {
  @Query(() => RunType, { nullable: true, description: 'A run by its id; null when there is none.' })
  async run(@Arg('id', () => ID, { description: 'Id of the run.' }) id: string, @Ctx() { lowtide }: Context): Promise<RunType | null> {
    const run = await lowtide.runs.run(id);
    return run === undefined ? null : runView(run);
  }

  @Query(() => RunConnectionType, { description: 'Runs, newest first.' })
  async runs(
    @Arg('first', () => Int, { defaultValue: 20, description: 'At most so many, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the last one already seen.' }) after: string | null,
    @Arg('filter', () => RunFilterInput, { nullable: true, description: 'Which runs; all when absent.' }) filter: RunFilterInput | null,
    @Ctx() { lowtide }: Context,
  ): Promise<RunConnectionType> {
    expectWithin('first', first, 1, 100);
    return connectionView(await lowtide.runs.runs(filterOf(filter), first, after ?? undefined), runView);
  }

  @Query(() => EstimateResult, {
    description: 'What a run would cost now and in its best window. May take seconds: a spec never run here is probed.',
  })
  async estimate(
    @Arg('spec', () => RunSpecInput, { description: 'The run.' }) spec: RunSpecInput,
    @Arg('project', () => String, { defaultValue: 'default', description: 'Project whose rules hold.' }) project: string,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof EstimateResult> {
    const parsed = parseRun(withoutNulls(spec));
    if (!parsed.ok) throw badInput(parsed.problems, 'spec');
    const answer = await lowtide.estimateRun(parsed.value, project);
    switch (answer.kind) {
      case 'invalid':
        throw badInput(answer.problems, 'spec');
      case 'refused':
        return refusalView(answer.run, answer.refusal);
      case 'estimated':
        return {
          kind: 'Estimate',
          estimate: estimateView(answer.estimate),
          immediateStart: new Date(answer.immediate.interval.start),
          immediateEmissionsGco2eq: answer.immediate.expected ?? null,
          best: planView(answer.best),
          forecast: forecastView(answer.forecast),
        };
    }
  }

  @Mutation(() => RunControlResult, { description: 'Pauses a run: a running one writes a checkpoint and frees its host.' })
  async pauseRun(
    @Arg('id', () => ID, { description: 'Id of the run.' }) id: string,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof RunControlResult> {
    return controlView(id, await lowtide.pauseRun(id));
  }

  @Mutation(() => RunControlResult, { description: 'Lets a paused run go on from its checkpoint.' })
  async resumeRun(
    @Arg('id', () => ID, { description: 'Id of the run.' }) id: string,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof RunControlResult> {
    return controlView(id, await lowtide.resumeRun(id));
  }

  @Mutation(() => RunControlResult, { description: 'Ends a run for good; what was metered stays booked.' })
  async cancelRun(
    @Arg('id', () => ID, { description: 'Id of the run.' }) id: string,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof RunControlResult> {
    return controlView(id, await lowtide.cancelRun(id));
  }

  @Subscription(() => RunEventType, {
    description: "A run's log: what is above `after`, then what comes, without gap or repetition; ends with the run.",
    subscribe: async ({ args, context }: { args: { run?: string; after?: number }; context: Context }) => {
      const { run = '', after = 0 } = args;
      expectWithin('after', after, 0, 2 ** 31 - 1);
      if ((await context.lowtide.runs.run(run)) === undefined)
        throw badInput([{ path: 'run', given: JSON.stringify(run), allowed: 'the id of a run' }]);
      return context.lowtide.tail.follow(run, after);
    },
  })
  runEvents(
    @Arg('run', () => ID, { description: 'Id of the run.' }) _run: string,
    @Arg('after', () => Int, { defaultValue: 0, description: 'Sequence of the last event already seen.' }) _after: number,
    @Root() event: RunEvent,
  ): RunEventType {
    return eventView(event);
  }

  @FieldResolver(() => ExperimentType, { description: 'The experiment it belongs to.' })
  experiment(@Root() { stored }: RunType): ExperimentType {
    const { experimentId, experimentName, project, submittedAt, submittedGridAt } = stored;
    return experimentView({ id: experimentId, name: experimentName, project, submittedAt, submittedGridAt });
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description: 'gCO2eq booked, overhead included; null when none of its energy has a known intensity.',
  })
  async emissionsGco2eq(@Root() { stored }: RunType, @Ctx() context: Context): Promise<number | null> {
    return (await context.account(stored)).emissions ?? null;
  }

  @FieldResolver(() => EmissionsRangeType, {
    nullable: true,
    description:
      'What it may really have emitted: measured energy as it is, modelled energy as far off as published comparisons found such models (up to 40 % of the measured, arXiv 2509.22092).',
  })
  async emissionsRange(@Root() { stored }: RunType, @Ctx() context: Context): Promise<EmissionsRangeType | null> {
    return rangeView((await context.account(stored)).emissionsRange);
  }

  @FieldResolver(() => Float, { nullable: true, description: 'gCO2eq of start-up, checkpoints and resumes.' })
  async overheadEmissionsGco2eq(@Root() { stored }: RunType, @Ctx() context: Context): Promise<number | null> {
    return (await context.account(stored)).overheadEmissions ?? null;
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      'gCO2eq per accuracy point above guessing; null before the final evaluation, and where a part of its energy has no known intensity.',
  })
  async carbonPerAccuracyPointGco2eq(@Root() { stored }: RunType, @Ctx() context: Context): Promise<number | null> {
    return (await context.account(stored)).carbonPerAccuracyPoint ?? null;
  }

  @FieldResolver(() => EmissionsRangeType, {
    nullable: true,
    description:
      'The same at its best and its worst within emissionsRange and the 95 % range of the accuracy; null where accuracy may be no better than guessing.',
  })
  async carbonPerAccuracyPointRange(@Root() { stored }: RunType, @Ctx() context: Context): Promise<EmissionsRangeType | null> {
    return rangeView((await context.account(stored)).carbonPerAccuracyPointRange);
  }

  @FieldResolver(() => SavingsType, { description: 'Signed saving against itself started at once.' })
  async savings(@Root() { stored }: RunType, @Ctx() context: Context): Promise<SavingsType> {
    return savingsView(await (await context.account(stored)).savings());
  }

  @FieldResolver(() => [EmissionsPointType], {
    description: 'Its ledger entry by entry; with `points`, summed by purpose over so many equal parts of its real time.',
    complexity: ({ args, childComplexity }) => (typeof args['points'] === 'number' ? 10 : 50) + childComplexity,
  })
  async emissionsTimeline(
    @Root() { stored }: RunType,
    @Arg('points', () => Int, {
      nullable: true,
      defaultValue: null,
      description: 'Parts of its time, 3 to 2000; every entry by itself when absent.',
    })
    points: number | null,
    @Ctx() context: Context,
  ): Promise<EmissionsPointType[]> {
    if (points === null) return timelineView(timelineOf((await context.lowtide.runs.ledger(stored.id)).map(({ entry }) => entry)));
    expectWithin('points', points, 3, MOST_POINTS);
    return timelineView(await context.timelineOf(stored, points));
  }

  @FieldResolver(() => [TrainingPointType], {
    description: 'Its training curve, with at most so many points that look like all of them (largest triangles, Steinarsson 2013).',
    complexity: ({ childComplexity }) => 10 + childComplexity,
  })
  async trainingCurve(
    @Root() { stored }: RunType,
    @Arg('points', () => Int, { defaultValue: 400, description: 'At most so many, 3 to 2000.' }) points: number,
    @Ctx() context: Context,
  ): Promise<TrainingPointType[]> {
    expectWithin('points', points, 3, MOST_POINTS);
    return thinnedCurve(await context.curveFor(stored, points), points).map(trainingPointView);
  }

  @FieldResolver(() => [DecisionType], {
    description: 'Its decision log: every start, wait, pause and change of plan, with the numbers that decided.',
  })
  async decisions(@Root() { stored }: RunType, @Ctx() { lowtide }: Context): Promise<DecisionType[]> {
    const events = await lowtide.runs.decisions(stored.id);
    return events.flatMap(({ fact, at, gridAt }) => (fact.kind === 'decided' ? [decisionView({ ...fact.decision, at, gridAt })] : []));
  }

  @FieldResolver(() => [RunEventType], {
    description: 'A page of its log.',
    complexity: ({ args, childComplexity }) => (Number(args['first'] ?? 100) * (1 + childComplexity)) / 10,
  })
  async events(
    @Root() { stored }: RunType,
    @Arg('first', () => Int, { defaultValue: 100, description: 'At most so many, 1 to 1000.' }) first: number,
    @Arg('after', () => Int, { defaultValue: 0, description: 'Sequence of the last event already seen.' }) after: number,
    @Ctx() { lowtide }: Context,
  ): Promise<RunEventType[]> {
    expectWithin('first', first, 1, 1000);
    return (await lowtide.runs.events(stored.id, after, first)).map(eventView);
  }
}

const filterOf = (filter: RunFilterInput | null): RunFilter => {
  const { experiment, finishedFrom, finishedBefore } = filter ?? {};
  const { states, zone, project, role } = (withoutNulls(filter ?? {}) ?? {}) as RunFilter;
  const given = {
    states,
    zone,
    project,
    role,
    experimentId: experiment ?? undefined,
    finishedFrom: at(finishedFrom),
    finishedBefore: at(finishedBefore),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
};

const at = (date: Date | null | undefined) => (date === null || date === undefined ? undefined : instant(date.getTime()));
