/** What accuracy cost: along the training of a run, and over the runs of an experiment or a project. */
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { carbonCurve } from '../../emissions/carbon-curve.js';
import { chanceAccuracy } from '../../experiment/training-spec.js';
import { placeRuns } from '../../workflows/trade-off.js';
import { expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import { CarbonCurveType, carbonCurveView, TradeOffType, tradeOffView } from '../types/curve-types.js';
import { ComparisonType } from '../types/experiment-types.js';
import { RunType } from '../types/run-type.js';

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
  async carbonCurve(@Root() { stored }: RunType, @Ctx() { lowtide }: Context): Promise<CarbonCurveType | null> {
    const { evaluations } = stored.summary;
    if (evaluations.length === 0) return null;
    const ledger = (await lowtide.runs.ledger(stored.id)).map(({ entry }) => entry);
    const curve = carbonCurve(evaluations, ledger, chanceAccuracy(stored.spec.training.dataset));
    return curve === undefined ? null : carbonCurveView(curve);
  }
}

@Resolver(() => ComparisonType)
export class TradeOffResolver {
  @FieldResolver(() => [TradeOffType], { description: 'Its runs, accuracy against carbon, with the Pareto front of each task.' })
  tradeOff(@Root() { runs }: ComparisonType): TradeOffType[] {
    return placeRuns(runs.map(({ stored }) => stored)).map(tradeOffView);
  }
}
