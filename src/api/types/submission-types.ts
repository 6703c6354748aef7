/** Answers to submitting an experiment and to asking what a run would cost. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, ObjectType } from 'type-graphql';
import { ExperimentType } from './experiment-types.js';
import { IntensityForecastType } from './grid-types.js';
import { PlanType, RunEstimateType } from './plan-types.js';
import { BudgetExceededType, ForecastUnknownType, NoWindowBeforeDeadlineType, PolicyForbidsType } from './refusal-types.js';

@ObjectType('ExperimentSubmitted', { description: 'The experiment is stored, its runs are planned and queued.' })
export class ExperimentSubmittedType {
  kind!: string;
  @Field(() => ExperimentType, { description: 'The experiment.' })
  experiment!: ExperimentType;
}

@ObjectType('Estimate', { description: 'What a run would cost now and in its best window; nothing is stored.' })
export class EstimateType {
  kind!: string;
  @Field(() => RunEstimateType, { description: 'Duration and power.' })
  estimate!: RunEstimateType;
  @Field(() => DateTime, { description: 'Start when started at once, grid time.' })
  immediateStart!: Date;
  @Field(() => Float, { nullable: true, description: 'Expected gCO2eq when started at once.' })
  immediateEmissionsGco2eq!: number | null;
  @Field(() => PlanType, { description: 'The best window before the deadline (24 h when the spec names none).' })
  best!: PlanType;
  @Field(() => IntensityForecastType, { description: 'The forecast both rest on.' })
  forecast!: IntensityForecastType;
}

export const SubmitExperimentResult = createUnionType({
  name: 'SubmitExperimentResult',
  description: 'An experiment that was submitted, or why it was refused.',
  types: () => [ExperimentSubmittedType, NoWindowBeforeDeadlineType, ForecastUnknownType, PolicyForbidsType, BudgetExceededType] as const,
  resolveType: ({ kind }: { kind: string }) => kind,
});

export const EstimateResult = createUnionType({
  name: 'EstimateResult',
  description: 'An estimate, or why there is none.',
  types: () => [EstimateType, NoWindowBeforeDeadlineType, ForecastUnknownType, PolicyForbidsType, BudgetExceededType] as const,
  resolveType: ({ kind }: { kind: string }) => kind,
});
