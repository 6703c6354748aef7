/** A plan with the forecasts it was made on, as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { ForecastBehind, PlanMade } from '../../workflows/forecast-behind.js';
import { forecastView, IntensityForecastType } from './grid-types.js';
import { PlanType, planView } from './plan-types.js';

@ObjectType('ForecastOutcome', { description: 'How a forecast turned out, over its steps until the run ended that are known since.' })
class ForecastOutcomeType {
  @Field(() => Int, { description: 'Steps that are judged.' })
  steps!: number;
  @Field(() => Float, { description: 'Mean of forecast − actual in gCO2eq/kWh; positive: a dirtier grid was expected than came.' })
  biasGco2eqPerKwh!: number;
  @Field(() => Float, { description: 'Mean absolute error in gCO2eq/kWh.' })
  meanAbsoluteErrorGco2eqPerKwh!: number;
  @Field(() => Float, {
    nullable: true,
    description: 'Per cent of the steps that came within their 80 % interval; null without intervals.',
  })
  within80Percent!: number | null;
}

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
  @Field(() => ForecastOutcomeType, { nullable: true, description: 'How it turned out; null while nothing of it is known.' })
  outcome!: ForecastOutcomeType | null;
}

export const forecastBehindView = ({ forecast, asUsed, outcome }: ForecastBehind): ForecastBehindType => ({
  forecast: forecastView(forecast),
  asUsed: asUsed ?? null,
  outcome:
    outcome === undefined
      ? null
      : {
          steps: outcome.steps,
          biasGco2eqPerKwh: outcome.bias,
          meanAbsoluteErrorGco2eqPerKwh: outcome.meanAbsoluteError,
          within80Percent: outcome.within80 === undefined ? null : 100 * outcome.within80,
        },
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
