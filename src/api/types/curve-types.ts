/** What accuracy cost along a training, and accuracy against carbon over several, as the API shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { accuracyRange95 } from '../../emissions/accuracy.js';
import type { CarbonCurve, Priced, Rise } from '../../emissions/carbon-curve.js';
import type { ThroughputSpan } from '../../emissions/throughput.js';
import type { SpentBy } from '../../policy/budget-book.js';
import type { EvaluationPoint } from '../../record/run-summary.js';
import type { PlacedRun } from '../../workflows/trade-off.js';
import { RunType, runView } from './run-type.js';
import { kwh } from './kwh.js';

@ObjectType('CarbonCurvePoint', { description: 'An evaluation along the way, and what the run had emitted by then.' })
export class CarbonCurvePointType {
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => DateTime, { description: 'Real time.' })
  at!: Date;
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
  @Field(() => Float, { description: 'Share of images classified right, 0 to 1.' })
  accuracy!: number;
  @Field(() => [Float], { description: 'Where it lies with 95 % confidence, given the number of test images (Wilson).' })
  accuracyRange95!: number[];
  @Field(() => Float, { description: 'gCO2eq emitted by then, overhead included; a power sample that spans the moment counts pro rata.' })
  emissionsGco2eq!: number;
  @Field(() => Float, { nullable: true, description: 'gCO2eq per accuracy point above guessing so far; null at or below guessing.' })
  carbonPerAccuracyPointGco2eq!: number | null;
}

@ObjectType('AccuracyRise', { description: 'A new best accuracy, and everything that was emitted since the best before.' })
export class AccuracyRiseType {
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Float, { description: 'The best before, 0 to 1; guessing for the first rise.' })
  fromAccuracy!: number;
  @Field(() => Float, { description: 'The new best, 0 to 1.' })
  toAccuracy!: number;
  @Field(() => Float, { description: 'gCO2eq since the best before, evaluations that found nothing better included.' })
  emissionsGco2eq!: number;
  @Field(() => Float, { description: 'gCO2eq per accuracy point of this rise: the marginal price.' })
  carbonPerPointGco2eq!: number;
}

@ObjectType('CarbonCurve', { description: 'Accuracy against carbon along the training of a run.' })
export class CarbonCurveType {
  @Field(() => Int, { description: 'Test images all its points are measured on; evaluations on others are left out.' })
  images!: number;
  @Field(() => [CarbonCurvePointType], { description: 'In time order.' })
  points!: CarbonCurvePointType[];
  @Field(() => [AccuracyRiseType], { description: 'New bests, in time order.' })
  rises!: AccuracyRiseType[];
  @Field(() => CarbonCurvePointType, {
    nullable: true,
    description: 'Where carbon per accuracy point was least: after it, the next points cost more than the average of those before.',
  })
  cheapest!: CarbonCurvePointType | null;
  @Field(() => CarbonCurvePointType, {
    nullable: true,
    description: 'The first one with the best accuracy; null when none was above guessing.',
  })
  best!: CarbonCurvePointType | null;
}

/** @param curve of at least one point */
export const carbonCurveView = ({ points, rises, cheapest, best }: CarbonCurve<EvaluationPoint>): CarbonCurveType => ({
  images: points[0]!.images,
  points: points.map(pointView),
  rises: rises.map(riseView),
  cheapest: cheapest === undefined ? null : pointView(cheapest),
  best: best === undefined ? null : pointView(best),
});

const pointView = (point: Priced<EvaluationPoint>): CarbonCurvePointType => ({
  step: point.step,
  at: new Date(point.at),
  gridAt: new Date(point.gridAt),
  accuracy: point.accuracy,
  accuracyRange95: [...accuracyRange95(point.accuracy, point.images)],
  emissionsGco2eq: point.emissions,
  carbonPerAccuracyPointGco2eq: point.perPoint ?? null,
});

const riseView = ({ from, to, emissions, perPoint }: Rise<EvaluationPoint>): AccuracyRiseType => ({
  step: to.step,
  fromAccuracy: from,
  toAccuracy: to.accuracy,
  emissionsGco2eq: emissions,
  carbonPerPointGco2eq: perPoint,
});

@ObjectType('ThroughputPoint', { description: 'A stretch of training without a pause in it: how fast, on what energy, on what grid.' })
export class ThroughputPointType {
  @Field(() => DateTime, { description: 'Start, grid time.' })
  gridStart!: Date;
  @Field(() => DateTime, { description: 'End, grid time.' })
  gridEnd!: Date;
  @Field(() => Float, { description: 'Images trained, those trained again after a pause included.' })
  images!: number;
  @Field(() => Float, { description: 'Images per real second of training; evaluations and checkpoints are left out.' })
  imagesPerSecond!: number;
  @Field(() => Float, {
    nullable: true,
    description: 'J of the host per image, its evaluations included, before PUE; null where it was not metered.',
  })
  joulesPerImage!: number | null;
  @Field(() => Float, { nullable: true, description: 'Intensity its energy is booked on, weighted by it; null where a part is unknown.' })
  intensityGco2eqPerKwh!: number | null;
}

export const throughputView = ({ grid, images, imagesPerSecond, energy, intensity }: ThroughputSpan): ThroughputPointType => ({
  gridStart: new Date(grid.start),
  gridEnd: new Date(grid.end),
  images,
  imagesPerSecond,
  joulesPerImage: energy === undefined ? null : energy / images,
  intensityGco2eqPerKwh: intensity ?? null,
});

@ObjectType('SpendingPoint', { description: 'What a project had emitted by a moment of a period.' })
export class SpendingPointType {
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
  @Field(() => Float, { description: 'gCO2eq booked since the start of the period, by the ledger as it stands.' })
  spentGco2eq!: number;
  @Field(() => Float, { description: 'kWh drawn since then while the intensity of the grid was unknown: not in what was spent.' })
  unknownEnergyKwh!: number;
}

export const spendingView = ({ at, spent, unknownEnergy }: SpentBy): SpendingPointType => ({
  gridAt: new Date(at),
  spentGco2eq: spent,
  unknownEnergyKwh: kwh(unknownEnergy),
});

@ObjectType('TradeOff', { description: 'A run among others of its task: accuracy against carbon.' })
export class TradeOffType {
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => String, { description: 'The test its accuracy is measured on; only runs of the same one are set against each other.' })
  task!: string;
  @Field(() => Float, { nullable: true, description: 'gCO2eq booked, overhead included.' })
  emissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'Accuracy of the final evaluation, 0 to 1.' })
  accuracy!: number | null;
  @Field(() => [Float], { nullable: true, description: 'Where it lies with 95 % confidence, given the number of test images (Wilson).' })
  accuracyRange95!: number[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether no other run of the task was at least as accurate for no more carbon, and better in one of the two.',
  })
  onFront!: boolean | null;
  @Field(() => RunType, { nullable: true, description: 'The run of least carbon that dominates it; null on the front.' })
  dominatedBy!: RunType | null;
  @Field(() => String, { nullable: true, description: 'Why it cannot be placed, when it cannot.' })
  unknownBecause!: string | null;
}

export const tradeOffView = (placed: PlacedRun): TradeOffType => {
  const { task } = placed;
  const run = runView(placed.run);
  if (placed.kind === 'unknown') {
    const unknown = { emissionsGco2eq: null, accuracy: null, accuracyRange95: null, onFront: null, dominatedBy: null };
    return { run, task, ...unknown, unknownBecause: placed.reason };
  }
  const { emissions, accuracy, testImages, dominatedBy } = placed;
  return {
    run,
    task,
    emissionsGco2eq: emissions,
    accuracy,
    accuracyRange95: [...accuracyRange95(accuracy, testImages)],
    onFront: dominatedBy === undefined,
    dominatedBy: dominatedBy === undefined ? null : runView(dominatedBy),
    unknownBecause: null,
  };
};
