/** A run's parts as the API shows them. Energy is in kWh and power in W at this edge, emissions in gCO2eq. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { accuracyRange95, marginalCarbonPerPoint, type Range } from '../../emissions/accuracy.js';
import type { Estimate, Plan } from '../../plan/plan.js';
import type { TimelinePoint } from '../../record/emissions-timeline.js';
import type { EvaluationPoint, SegmentRecord } from '../../record/run-summary.js';
import type { TrainingPoint } from '../../record/training-curve.js';
import { fromMicrojoules, kilowattHours, meanPower, microjoules } from '../../units/quantities.js';
import type { Savings } from '../../workflows/answers.js';
import { EnergyPurposeEnum, ScheduleModeEnum } from './enums.js';

/** Stored microjoules as kWh. */
export const kwh = (energy: number): number => kilowattHours(fromMicrojoules(microjoules(energy)));

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

@ObjectType('Segment', { description: 'One stretch of a run on one host, between a claim and a pause or the end.' })
export class SegmentType {
  @Field(() => Int, { description: 'From 1.' })
  number!: number;
  @Field(() => String, { description: 'Grid zone.' })
  zone!: string;
  @Field(() => String, { description: 'Host it ran on.' })
  host!: string;
  @Field(() => String, { description: 'Code that computed: backend, kernels and numeric class.' })
  backend!: string;
  @Field(() => DateTime, { description: 'When the trainer was ready, real time.' })
  startedAt!: Date;
  @Field(() => DateTime, { description: 'When the trainer was ready, grid time.' })
  startedGridAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'End, real time; null while it runs.' })
  endedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'End, grid time; null while it runs.' })
  endedGridAt!: Date | null;
  @Field(() => Int, { description: 'Optimiser steps done before.' })
  firstStep!: number;
}

export const segmentView = ({ segment, zone, host, backend, started, ended, firstStep }: SegmentRecord): SegmentType => ({
  number: segment,
  zone,
  host,
  backend: `${backend.name} ${backend.kernels} (${backend.numericClass})`,
  startedAt: new Date(started.at),
  startedGridAt: new Date(started.gridAt),
  endedAt: ended === undefined ? null : new Date(ended.at),
  endedGridAt: ended === undefined ? null : new Date(ended.gridAt),
  firstStep,
});

@ObjectType('Evaluation', { description: 'Accuracy on test images, and what had been emitted by then.' })
export class EvaluationType {
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Int, { description: 'Epoch, from 1.' })
  epoch!: number;
  @Field(() => Float, { description: 'Share of images classified right, 0 to 1.' })
  accuracy!: number;
  @Field(() => [Float], { description: 'Where it lies with 95 % confidence, given the number of test images (Wilson).' })
  accuracyRange95!: number[];
  @Field(() => Float, { description: 'Mean cross-entropy per image.' })
  loss!: number;
  @Field(() => Int, { description: 'Test images looked at.' })
  images!: number;
  @Field(() => Boolean, { description: 'The last one, on all test images of the spec.' })
  final!: boolean;
  @Field(() => DateTime, { description: 'Real time.' })
  at!: Date;
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
  @Field(() => Float, { description: 'gCO2eq booked on the run by then, overhead included.' })
  emissionsSoFarGco2eq!: number;
  @Field(() => Float, { description: 'kWh booked on the run by then, overhead included.' })
  energySoFarKwh!: number;
  @Field(() => Float, {
    nullable: true,
    description:
      'gCO2eq per accuracy point gained since the evaluation before; null for the first one, where accuracy did not rise, and after one on other images.',
  })
  marginalCarbonPerPointGco2eq!: number | null;
}

export const evaluationViews = (points: readonly EvaluationPoint[]): EvaluationType[] =>
  points.map((point, index) => {
    const { at, gridAt, emissionsSoFar, energySoFar, ...rest } = point;
    const before = points[index - 1];
    return {
      ...rest,
      accuracyRange95: [...accuracyRange95(point.accuracy, point.images)],
      at: new Date(at),
      gridAt: new Date(gridAt),
      emissionsSoFarGco2eq: emissionsSoFar,
      energySoFarKwh: kwh(energySoFar),
      marginalCarbonPerPointGco2eq: (before && marginalCarbonPerPoint(before, point)) ?? null,
    };
  });

@ObjectType('Savings', { description: 'A signed saving of a run against itself started at once; negative is a loss.' })
export class SavingsType {
  @Field(() => Float, { nullable: true, description: 'gCO2eq of the counterfactual.' })
  counterfactualEmissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'counterfactual − actual in gCO2eq, overhead included.' })
  savedGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'The same in per cent of the counterfactual.' })
  savedPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq saved by moving the active energy in time, in the home zone.' })
  timingGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq saved by moving it in place, at the time of submission.' })
  placeGco2eq!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: 'gCO2eq that both moves saved beyond the two by themselves; 0 for a run that stayed at home.',
  })
  interactionGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq of start-up, checkpoints and resumes.' })
  overheadGco2eq!: number | null;
  @Field(() => String, { description: 'How it is computed.' })
  method!: string;
  @Field(() => String, { description: 'Meters and grid data behind it.' })
  provenance!: string;
  @Field(() => String, { nullable: true, description: 'Why there is no figure, when there is none.' })
  unknownBecause!: string | null;
}

export const savingsView = (savings: Savings): SavingsType => ({
  counterfactualEmissionsGco2eq: savings.counterfactual ?? null,
  savedGco2eq: savings.saved ?? null,
  savedPercent: savings.savedPercent ?? null,
  timingGco2eq: savings.timing ?? null,
  placeGco2eq: savings.place ?? null,
  interactionGco2eq: savings.interaction ?? null,
  overheadGco2eq: savings.overhead ?? null,
  method: savings.method,
  provenance: savings.provenance,
  unknownBecause: savings.unknownBecause ?? null,
});

@ObjectType('EmissionsPoint', {
  description: "Energy of one purpose in a run's ledger: one entry within one grid step, or entries summed.",
})
export class EmissionsPointType {
  @Field(() => DateTime, { description: 'Start, real time.' })
  startedAt!: Date;
  @Field(() => DateTime, { description: 'End, real time.' })
  endedAt!: Date;
  @Field(() => DateTime, { description: 'Start, grid time.' })
  gridStart!: Date;
  @Field(() => DateTime, { description: 'End, grid time.' })
  gridEnd!: Date;
  @Field(() => EnergyPurposeEnum, { description: 'What it was drawn for.' })
  purpose!: string;
  @Field(() => Float, { description: 'kWh at the host, before PUE.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'Mean power in W.' })
  powerWatts!: number;
  @Field(() => Float, {
    nullable: true,
    description: 'Intensity it is booked on, of several weighted by energy; null where that of any of it is unknown.',
  })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: 'energy × PUE × intensity in gCO2eq; null where the intensity of any of it is unknown.',
  })
  emissionsGco2eq!: number | null;
  @Field(() => Float, { description: 'gCO2eq booked so far, this entry included.' })
  cumulativeEmissionsGco2eq!: number;
}

export const timelineView = (points: readonly TimelinePoint[]): EmissionsPointType[] => {
  let cumulative = 0;
  return points.map(({ purpose, real, grid, meteredMs, energy, intensity, emissions, knownEmissions }) => ({
    startedAt: new Date(real.start),
    endedAt: new Date(real.end),
    gridStart: new Date(grid.start),
    gridEnd: new Date(grid.end),
    purpose,
    energyKwh: kwh(energy),
    powerWatts: meanPower(fromMicrojoules(energy), meteredMs),
    intensityGco2eqPerKwh: intensity ?? null,
    emissionsGco2eq: emissions ?? null,
    cumulativeEmissionsGco2eq: (cumulative += knownEmissions),
  }));
};

@ObjectType('TrainingPoint', { description: "A point of a run's training curve." })
export class TrainingPointType {
  @Field(() => Int, { description: "Its event's sequence in the run's log." })
  sequence!: number;
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Int, { description: 'Epoch, from 1.' })
  epoch!: number;
  @Field(() => DateTime, { description: 'Real time.' })
  at!: Date;
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
  @Field(() => Float, { description: 'Mean training loss per image since the point before in the log.' })
  trainingLoss!: number;
  @Field(() => Float, { description: 'Images trained per real second.' })
  imagesPerSecond!: number;
}

export const trainingPointView = ({ sequence, step, epoch, at, gridAt, loss, imagesPerSecond }: TrainingPoint): TrainingPointType => ({
  sequence,
  step,
  epoch,
  at: new Date(at),
  gridAt: new Date(gridAt),
  trainingLoss: loss,
  imagesPerSecond,
});
