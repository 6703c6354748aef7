/** A line of a run's decision log as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ObjectType } from 'type-graphql';
import type { Decision } from '../../plan/decision.js';
import type { Moment } from '../../record/run-summary.js';
import { DecisionKindEnum } from './enums.js';

@ObjectType('Decision', { description: 'What was decided about a run, and the numbers that decided.' })
export class DecisionType {
  @Field(() => DateTime, { description: 'Real time.' })
  at!: Date;
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
  @Field(() => DecisionKindEnum, { description: 'What.' })
  decision!: string;
  @Field(() => String, { description: 'Grid zone.' })
  zone!: string;
  @Field(() => String, { description: 'Why, in words.' })
  reason!: string;
  @Field(() => Float, { nullable: true, description: 'gCO2eq/kWh in force; null when unknown, or when it did not matter.' })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq/kWh it was compared with.' })
  ceilingGco2eqPerKwh!: number | null;
  @Field(() => DateTime, { nullable: true, description: 'Grid time at which the run next starts or is looked at again.' })
  until!: Date | null;
  @Field(() => String, { nullable: true, description: 'The forecast it rests on.' })
  forecastMethod!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Grid time at which that forecast was made.' })
  forecastIssuedAt!: Date | null;
  @Field(() => Float, { nullable: true, description: 'Expected gCO2eq of the work left by the plan there was.' })
  keptEmissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'Expected gCO2eq of the work left by the new plan.' })
  switchedEmissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq a switch must gain at least.' })
  switchingCostGco2eq!: number | null;
  @Field(() => [String], { description: 'The enforced rules behind it, with the policy each is from.' })
  rules!: string[];
  @Field(() => [String], { description: 'Rules of dry-run policies that would have decided otherwise.' })
  wouldHaveRefused!: string[];
}

export const decisionView = ({ at, gridAt, forecast, expected, ...decision }: Decision & Moment): DecisionType => ({
  at: new Date(at),
  gridAt: new Date(gridAt),
  decision: decision.decision,
  zone: decision.zone,
  reason: decision.reason,
  intensityGco2eqPerKwh: decision.intensity ?? null,
  ceilingGco2eqPerKwh: decision.ceiling ?? null,
  until: decision.until === undefined ? null : new Date(decision.until),
  forecastMethod: forecast?.method ?? null,
  forecastIssuedAt: forecast === undefined ? null : new Date(forecast.issuedAt),
  keptEmissionsGco2eq: expected?.kept ?? null,
  switchedEmissionsGco2eq: expected?.switched ?? null,
  switchingCostGco2eq: expected?.switchingCost ?? null,
  rules: [...(decision.rules ?? [])],
  wouldHaveRefused: [...(decision.wouldHaveRefused ?? [])],
});
