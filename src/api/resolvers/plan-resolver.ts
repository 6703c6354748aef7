/** Every plan of a run, and what was forecast when it was made. */
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { IntensityReadingType, readingView } from '../types/grid-types.js';
import { ForecastBehindType, forecastBehindView, PlanMadeType, planMadeView } from '../types/plan-made-type.js';
import { RunType } from '../types/run-type.js';

@Resolver(() => RunType)
export class RunPlansResolver {
  @FieldResolver(() => [PlanMadeType], { description: 'Every plan it was given, in order; the last one is `plan`.' })
  async plans(@Root() { stored }: RunType, @Ctx() { lowtide }: Context): Promise<PlanMadeType[]> {
    return (await lowtide.plansMade(stored)).map(planMadeView);
  }

  @FieldResolver(() => [IntensityReadingType], {
    description:
      'What the grid really was in every zone it was planned to train in or did, from its submission to its end or the end of its last plan, as known now; at most 31 days.',
    complexity: ({ childComplexity }) => 5 + childComplexity,
  })
  async gridDuring(@Root() { stored }: RunType, @Ctx() { lowtide }: Context): Promise<IntensityReadingType[]> {
    return (await lowtide.gridDuring(stored)).map(readingView);
  }
}

@Resolver(() => PlanMadeType)
export class PlanMadeResolver {
  @FieldResolver(() => [ForecastBehindType], {
    description:
      "What was expected then of the run's own zone and of those it was planned to train in; empty when the plan rests on no forecast.",
    complexity: ({ childComplexity }) => 5 + childComplexity,
  })
  async forecasts(@Root() { made }: PlanMadeType, @Ctx() { lowtide }: Context): Promise<ForecastBehindType[]> {
    return (await lowtide.forecastsBehind(made)).map(forecastBehindView);
  }
}
