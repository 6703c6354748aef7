/** What a run was expected to take, and when it is to train, as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ObjectType } from 'type-graphql';
import type { Range } from '../../emissions/accuracy.js';
import type { Estimate, Plan } from '../../plan/plan.js';
import { ScheduleModeEnum } from './enums.js';

@ObjectType('RunEstimate', { description: 'How long a run was expected to take and what it would draw.' })
export class RunEstimateType {
  @Field(() => Float, { description: 'Real seconds, start-up included.' })
  durationSeconds!: number;
  @Field(() => Float, { description: 'Mean power in W.' })
  powerWatts!: number;
  @Field(() => Float, { description: 'Training speed in images/s.' })
  imagesPerSecond!: number;
  @Field(() => String, {
    description:
      '`probe`: a few real steps just before; `earlier-run`: a finished run of the same shape on this host; `this-run`: what of it is done.',
  })
  basis!: string;
  @Field(() => [Float], { description: 'Least and most seconds that about four of five runs take.' })
  durationRangeSeconds!: number[];
  @Field(() => [Float], { description: 'Least and most W that about four of five runs draw.' })
  powerRangeWatts!: number[];
}

export const estimateView = ({ durationMs, power, imagesPerSecond, basis, spread }: Estimate): RunEstimateType => ({
  durationSeconds: durationMs / 1000,
  powerWatts: power,
  imagesPerSecond,
  basis,
  durationRangeSeconds: spread.durationMs.map((ms) => ms / 1000),
  powerRangeWatts: [...spread.power],
});

@ObjectType('PlannedSegment', { description: 'Where and when a run is planned to train.' })
export class PlannedSegmentType {
  @Field(() => String, { description: 'Grid zone.' })
  zone!: string;
  @Field(() => DateTime, { description: 'Start, grid time.' })
  start!: Date;
  @Field(() => DateTime, { description: 'Expected end, grid time.' })
  end!: Date;
}

@ObjectType('EmissionsRange', { description: 'Bounds of emissions, gCO2eq.' })
export class EmissionsRangeType {
  @Field(() => Float, { description: 'Lower bound, gCO2eq.' })
  lowGco2eq!: number;
  @Field(() => Float, { description: 'Upper bound, gCO2eq.' })
  highGco2eq!: number;
}

export const rangeView = (range: Range | undefined): EmissionsRangeType | null =>
  range === undefined ? null : { lowGco2eq: range[0], highGco2eq: range[1] };

@ObjectType('Plan', { description: 'When a run trains, what that is expected to emit, and why.' })
export class PlanType {
  @Field(() => ScheduleModeEnum, { description: 'At once, planned, or at a threshold.' })
  mode!: string;
  @Field(() => [PlannedSegmentType], { description: 'In time order.' })
  segments!: PlannedSegmentType[];
  @Field(() => Float, { nullable: true, description: 'Expected emissions in gCO2eq; null where the forecast has a gap.' })
  expectedEmissionsGco2eq!: number | null;
  @Field(() => EmissionsRangeType, {
    nullable: true,
    description: 'What 80 % of outcomes lie within by the forecast, for the run as estimated; null when the forecast states no intervals.',
  })
  expectedEmissions80!: EmissionsRangeType | null;
  @Field(() => DateTime, { description: 'Start of the alternative, starting at once; grid time.' })
  immediateStart!: Date;
  @Field(() => DateTime, { description: 'End of the alternative; grid time.' })
  immediateEnd!: Date;
  @Field(() => Float, { nullable: true, description: 'Expected emissions of the alternative in gCO2eq, under the same forecast.' })
  immediateEmissionsGco2eq!: number | null;
  @Field(() => String, { nullable: true, description: 'The forecast that decided.' })
  forecastMethod!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Grid time at which that forecast was made.' })
  forecastIssuedAt!: Date | null;
  @Field(() => RunEstimateType, { description: 'What the plan assumed of the run.' })
  estimate!: RunEstimateType;
  @Field(() => String, { description: 'Why, with the numbers that decided.' })
  reason!: string;
}

export const planView = (plan: Plan): PlanType => ({
  mode: plan.mode,
  segments: plan.segments.map(({ zone, interval }) => ({ zone, start: new Date(interval.start), end: new Date(interval.end) })),
  expectedEmissionsGco2eq: plan.expected ?? null,
  expectedEmissions80: plan.expected80 === undefined ? null : { lowGco2eq: plan.expected80.low, highGco2eq: plan.expected80.high },
  immediateStart: new Date(plan.immediate.interval.start),
  immediateEnd: new Date(plan.immediate.interval.end),
  immediateEmissionsGco2eq: plan.immediate.expected ?? null,
  forecastMethod: plan.forecast?.method ?? null,
  forecastIssuedAt: plan.forecast === undefined ? null : new Date(plan.forecast.issuedAt),
  estimate: estimateView(plan.estimate),
  reason: plan.reason,
});
