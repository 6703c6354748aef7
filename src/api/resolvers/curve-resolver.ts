/** What accuracy cost: along the training of a run, and over the runs of an experiment or a project. */
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { carbonCurve } from '../../emissions/carbon-curve.js';
import { throughputOf } from '../../emissions/throughput.js';
import { chanceAccuracy, stepsPerEpoch } from '../../experiment/training-spec.js';
import { instant } from '../../units/time.js';
import { placeRuns } from '../../workflows/trade-off.js';
import { expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import {
  CarbonCurveType,
  carbonCurveView,
  SpendingPointType,
  spendingView,
  ThroughputPointType,
  throughputView,
  TradeOffType,
  tradeOffView,
} from '../types/curve-types.js';
import { ComparisonType } from '../types/comparison-types.js';
import { BudgetComplianceType } from '../types/compliance-types.js';
import { RunType } from '../types/run-type.js';

/** Of a curve; a long run's ledger is summed over so many equal parts of its time before it is laid under one. */
const MOST_POINTS = 2000;

@Resolver(() => RunType)
export class CurveResolver {
  @Query(() => [TradeOffType], {
    description: "A project's newest runs, accuracy against carbon, with the Pareto front of each task.",
    complexity: ({ args, childComplexity }) => (Number(args['first'] ?? 100) * (1 + childComplexity)) / 4,
  })
  async tradeOff(
    @Arg('project', () => String, { defaultValue: 'default', description: 'Name of the project.' }) project: string,
    @Arg('first', () => Int, { defaultValue: 100, description: 'At most so many runs, 1 to 100.' }) first: number,
    @Ctx() { lowtide }: Context,
  ): Promise<TradeOffType[]> {
    expectWithin('first', first, 1, 100);
    return placeRuns((await lowtide.runs.runs({ project }, first, undefined)).items).map(tradeOffView);
  }

  @FieldResolver(() => CarbonCurveType, {
    nullable: true,
    description: 'Accuracy against carbon along its training; null before the first evaluation, and where its emissions are not all known.',
    complexity: 50,
  })
  async carbonCurve(@Root() { stored }: RunType, @Ctx() context: Context): Promise<CarbonCurveType | null> {
    const { evaluations } = stored.summary;
    if (evaluations.length === 0) return null;
    const curve = carbonCurve(evaluations, await context.timelineOf(stored, MOST_POINTS), chanceAccuracy(stored.spec.training.dataset));
    return curve === undefined ? null : carbonCurveView(curve);
  }

  @FieldResolver(() => [ThroughputPointType], {
    description: 'How fast it trained, on what energy and on what grid; pauses are between its points.',
    complexity: ({ childComplexity }) => 50 + childComplexity,
  })
  async throughputTimeline(
    @Root() { stored }: RunType,
    @Arg('points', () => Int, { defaultValue: 200, description: 'About so many, 3 to 2000; neighbours are put together.' }) points: number,
    @Ctx() context: Context,
  ): Promise<ThroughputPointType[]> {
    expectWithin('points', points, 3, MOST_POINTS);
    const { training } = stored.spec;
    const starts = stored.summary.segments.map(({ started, firstStep }) => ({ ...started, firstStep }));
    const energy = await context.timelineOf(stored, MOST_POINTS);
    const perStep = training.dataset.trainImages / stepsPerEpoch(training);
    return throughputOf(await context.curveOf.load(stored), starts, energy, perStep, points).map(throughputView);
  }
}

@Resolver(() => ComparisonType)
export class TradeOffResolver {
  @FieldResolver(() => [TradeOffType], { description: 'Its runs, accuracy against carbon, with the Pareto front of each task.' })
  tradeOff(@Root() { runs }: ComparisonType): TradeOffType[] {
    return placeRuns(runs.map(({ stored }) => stored)).map(tradeOffView);
  }
}

@Resolver(() => BudgetComplianceType)
export class SpendingResolver {
  @FieldResolver(() => [SpendingPointType], {
    nullable: true,
    description: "How the project's spending grew over the period; null for a run's own budget.",
    complexity: ({ childComplexity }) => 10 + childComplexity,
  })
  async spending(
    @Root() { project, start, end }: BudgetComplianceType,
    @Arg('points', () => Int, {
      defaultValue: 200,
      description: 'Equal parts of the period, 3 to 2000; those without energy have no point.',
    })
    points: number,
    @Ctx() { lowtide }: Context,
  ): Promise<SpendingPointType[] | null> {
    expectWithin('points', points, 3, MOST_POINTS);
    if (start === null || end === null) return null;
    const period = { start: instant(start.getTime()), end: instant(end.getTime()) };
    return (await lowtide.spendingCourse(project, period, points)).map(spendingView);
  }
}
