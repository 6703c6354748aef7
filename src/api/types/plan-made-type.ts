/** A plan with the forecasts it was made on, as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import type { ForecastBehind, PlanMade } from '../../workflows/forecast-behind.js';
import { forecastView, IntensityForecastType } from './grid-types.js';
import { PlanType, planView } from './run-types.js';

@ObjectType('ForecastBehind', { description: 'A forecast a plan was made on, from what was known then.' })
export class ForecastBehindType {
  @Field(() => IntensityForecastType, { description: 'The forecast, up to 72 hours ahead.' })
  forecast!: IntensityForecastType;
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether method and time of issue are those the plan names; null of another zone than the run's own, of which it names none.",
  })
  asUsed!: boolean | null;
}

export const forecastBehindView = ({ forecast, asUsed }: ForecastBehind): ForecastBehindType => ({
  forecast: forecastView(forecast),
  asUsed: asUsed ?? null,
});

@ObjectType('PlanMade', { description: 'A plan, and when it was made.' })
export class PlanMadeType {
  /** Not a field: what the resolvers work on. */
  made!: PlanMade;
  @Field(() => DateTime, { description: 'Real time.' })
  at!: Date;
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
  @Field(() => PlanType, { description: 'The plan.' })
  plan!: PlanType;
}

export const planMadeView = (made: PlanMade): PlanMadeType => ({
  made,
  at: new Date(made.at),
  gridAt: new Date(made.gridAt),
  plan: planView(made.plan),
});
