/** A run's segments, evaluations and training curve, as the API shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { accuracyRange95, marginalCarbonPerPoint } from '../../emissions/accuracy.js';
import type { EvaluationPoint, SegmentRecord } from '../../record/run-summary.js';
import type { TrainingPoint } from '../../record/training-curve.js';
import { kwh } from './kwh.js';

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
