/** What a user sends. Ranges, defaults and every other rule are the spec parser's, which answers with all problems at once. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import { RunRoleEnum, RunStateEnum, ScheduleModeEnum } from './enums.js';

@InputType('RegularizerInput', { description: 'Penalties as tf.regularizers.l1l2 defines them.' })
@ObjectType('RegularizerSpec', { description: 'Penalties as tf.regularizers.l1l2 defines them.' })
export class RegularizerInput {
  @Field(() => Float, { nullable: true, description: 'Of the weights; 0 when absent.' })
  l1?: number | null;
  @Field(() => Float, { nullable: true, description: 'Of their squares; 0 when absent.' })
  l2?: number | null;
}

@InputType('ModelInput', { description: 'A model of the catalogue.' })
@ObjectType('ModelSpec', { description: 'A model of the catalogue.' })
export class ModelInput {
  @Field(() => String, { description: '`simple-cnn`, `mlp`, `small-resnet`, `text-classifier`, or `layers` for a model of your own.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'Of `layers`: the JSON text of a TensorFlow.js layers model.' })
  topology?: string | null;
  @Field(() => RegularizerInput, { nullable: true, description: 'Penalty on the weights of catalogue models; none when absent.' })
  kernelRegularizer?: RegularizerInput | null;
}

@InputType('AugmentationInput', { description: 'How training images are changed anew in each epoch.' })
@ObjectType('AugmentationSpec', { description: 'How training images are changed anew in each epoch.' })
export class AugmentationInput {
  @Field(() => Int, { nullable: true, description: 'Moved by up to so many pixels; 0 when absent.' })
  shift?: number | null;
  @Field(() => Boolean, { nullable: true, description: 'Turned left to right or not; false when absent.' })
  flip?: boolean | null;
}

@InputType('DatasetInput', { description: 'A dataset of the catalogue.' })
@ObjectType('DatasetSpec', { description: 'A dataset of the catalogue.' })
export class DatasetInput {
  @Field(() => String, { description: '`mnist`, `fashion-mnist`, `idx`, `image-folder`, `csv`, `synthetic` or `synthetic-text`.' })
  name!: string;
  @Field(() => Int, { nullable: true, description: 'The first so many training images; all when absent.' })
  trainImages?: number | null;
  @Field(() => Int, { nullable: true, description: 'The first so many test images; all when absent.' })
  testImages?: number | null;
  @Field(() => Int, { nullable: true, description: 'Number of classes; needed where the dataset is your own.' })
  classes?: number | null;
  @Field(() => String, { nullable: true, description: 'Where your own dataset lies on the host that trains.' })
  path?: string | null;
  @Field(() => AugmentationInput, { nullable: true, description: 'Of training images; none when absent.' })
  augmentation?: AugmentationInput | null;
}

@InputType('LearningRateScheduleInput', { description: 'How the learning rate changes over the steps, as Keras defines it.' })
@ObjectType('LearningRateScheduleSpec', { description: 'How the learning rate changes over the steps, as Keras defines it.' })
export class LearningRateScheduleInput {
  @Field(() => String, { description: '`exponential-decay` or `cosine-decay`.' })
  name!: string;
  @Field(() => Int, { description: 'Optimiser steps of the decay.' })
  decaySteps!: number;
  @Field(() => Float, { nullable: true, description: 'Of exponential-decay: the factor after decaySteps; 0.96 when absent.' })
  decayRate?: number | null;
  @Field(() => Float, { nullable: true, description: 'Of cosine-decay: the share that is left after decaySteps; 0 when absent.' })
  alpha?: number | null;
  @Field(() => Int, { nullable: true, description: 'Steps of a linear rise before; 0 when absent.' })
  warmupSteps?: number | null;
}

@InputType('EarlyStoppingInput', { description: 'Ends training when evaluations stop getting better.' })
@ObjectType('EarlyStoppingSpec', { description: 'Ends training when evaluations stop getting better.' })
export class EarlyStoppingInput {
  @Field(() => String, { nullable: true, description: '`val_loss` or `val_acc`; val_loss when absent.' })
  monitor?: string | null;
  @Field(() => Int, { nullable: true, description: 'Evaluations to wait for a better one; 5 when absent.' })
  patience?: number | null;
  @Field(() => Float, { nullable: true, description: 'How much counts as better; 0 when absent.' })
  minDelta?: number | null;
}

@InputType('OptimizerInput', { description: 'An optimiser and its settings.' })
@ObjectType('OptimizerSpec', { description: 'An optimiser and its settings.' })
export class OptimizerInput {
  @Field(() => String, { description: '`adam`, `sgd`, `momentum`, `rmsprop`, `adagrad` or `adadelta`.' })
  name!: string;
  @Field(() => Float, { nullable: true, description: 'Above 0 and at most 1; 0.001 when absent.' })
  learningRate?: number | null;
  @Field(() => Float, { nullable: true, description: 'Of momentum and rmsprop.' })
  momentum?: number | null;
  @Field(() => LearningRateScheduleInput, { nullable: true, description: 'Constant when absent.' })
  schedule?: LearningRateScheduleInput | null;
}

@InputType('EvaluationInput', { description: 'Evaluations along the way; there is always one on all test images at the end.' })
@ObjectType('EvaluationSpec', { description: 'Evaluations along the way; there is always one on all test images at the end.' })
export class EvaluationInput {
  @Field(() => Int, { nullable: true, description: 'Optimiser steps between two; 50 when absent.' })
  everySteps?: number | null;
  @Field(() => Int, { nullable: true, description: 'The first so many test images; 1000 when absent.' })
  images?: number | null;
}

@InputType('TrainingInput', { description: 'What is trained, and how.' })
@ObjectType('TrainingSpec', { description: 'What is trained, and how.' })
export class TrainingInput {
  @Field(() => ModelInput, { description: 'The model.' })
  model!: ModelInput;
  @Field(() => DatasetInput, { description: 'The images.' })
  dataset!: DatasetInput;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Only convert the dataset into the cache of the host that does it; false when absent.',
  })
  prepareOnly?: boolean | null;
  @Field(() => Int, { nullable: true, description: 'Passes over the training images; 1 when absent.' })
  epochs?: number | null;
  @Field(() => Int, { description: 'Effective batch: images behind one optimiser step.' })
  batchSize!: number;
  @Field(() => Int, { nullable: true, description: 'Images in memory at once, a divisor of batchSize; batchSize when absent.' })
  microBatchSize?: number | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the first segment may choose a smaller micro-batch: the fastest that fits the memory limit; it is then kept.',
  })
  adaptiveMicroBatch?: boolean | null;
  @Field(() => EarlyStoppingInput, { nullable: true, description: 'Trains all epochs when absent.' })
  earlyStopping?: EarlyStoppingInput | null;
  @Field(() => OptimizerInput, { nullable: true, description: 'Adam with learning rate 0.001 when absent.' })
  optimizer?: OptimizerInput | null;
  @Field(() => Int, { nullable: true, description: 'Seed of weights, order and dropout; 42 when absent.' })
  seed?: number | null;
  @Field(() => EvaluationInput, { nullable: true, description: 'Evaluations along the way.' })
  evaluation?: EvaluationInput | null;
  @Field(() => Int, { nullable: true, description: 'Optimiser steps between two checkpoints; 100 when absent.' })
  checkpointEverySteps?: number | null;
}

@InputType('ScheduleInput', { description: 'When a run trains.' })
@ObjectType('ScheduleSpec', { description: 'When a run trains.' })
export class ScheduleInput {
  @Field(() => ScheduleModeEnum, { description: 'At once, planned, or at a threshold.' })
  mode!: string;
  @Field(() => String, {
    nullable: true,
    description: 'Planned only: ISO-8601 duration of grid time from submission to the end, PT10M to PT72H; PT24H when absent.',
  })
  finishWithin?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      "Planned only: `best` (the zone's own source if it forecasts, else the built-in forecaster; when absent), `builtin` or `persistence-24h`.",
  })
  forecast?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Planned only: may be cut into segments, each from the checkpoint of the one before.',
  })
  interruptible?: boolean | null;
  @Field(() => String, {
    nullable: true,
    description: 'Interruptible only: least grid time of a segment, PT1M to PT24H; PT1H when absent.',
  })
  minimumSegment?: string | null;
  @Field(() => [String], { nullable: true, description: 'Planned only: zones it may train in besides its own.' })
  allowedZones?: string[] | null;
  @Field(() => Float, { nullable: true, description: 'Threshold only: starts when the intensity is at or below so many gCO2eq/kWh.' })
  ceilingGco2eqPerKwh?: number | null;
  @Field(() => String, {
    nullable: true,
    description: 'Threshold only: ISO-8601 duration of grid time from submission to the last look, PT0S to PT72H; PT24H when absent.',
  })
  maxWait?: string | null;
  @Field(() => String, { nullable: true, description: 'Threshold only: grid time between two looks, PT1M to PT24H; PT1H when absent.' })
  checkInterval?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Threshold only: when the wait is over, `start` or `refuse`; `refuse` when absent.',
  })
  atEnd?: string | null;
}

@InputType('RunSpecInput', { description: 'One run: what to train, where, and when.' })
@ObjectType('RunSpec', { description: 'One run: what to train, where, and when.' })
export class RunSpecInput {
  @Field(() => String, { description: 'Lower-case letters, digits and inner hyphens; unique within the experiment.' })
  name!: string;
  @Field(() => RunRoleEnum, { nullable: true, description: 'CANDIDATE when absent.' })
  role?: string | null;
  @Field(() => String, { description: 'Grid zone the run trains in, see `zones`.' })
  zone!: string;
  @Field(() => TrainingInput, { description: 'What is trained, and how.' })
  training!: TrainingInput;
  @Field(() => ScheduleInput, { nullable: true, description: 'At once when absent.' })
  schedule?: ScheduleInput | null;
  @Field(() => Float, {
    nullable: true,
    description: 'What the run may emit in all; it is halted, with its final checkpoint, before it would pass it.',
  })
  budgetGco2eq?: number | null;
}

@InputType('ExperimentInput', { description: 'Runs that belong together and are compared.' })
export class ExperimentInput {
  @Field(() => String, { description: 'Lower-case letters, digits and inner hyphens.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'Project whose policy and budgets hold; `default` when absent.' })
  project?: string | null;
  @Field(() => [RunSpecInput], { description: 'From 1 to 32 runs.' })
  runs!: RunSpecInput[];
}

@InputType('RunFilter', { description: 'Which runs; conditions add up.' })
export class RunFilterInput {
  @Field(() => String, { nullable: true, description: "An experiment's id." })
  experiment?: string | null;
  @Field(() => [RunStateEnum], { nullable: true, description: 'Any of these states.' })
  states?: string[] | null;
  @Field(() => String, { nullable: true, description: 'Grid zone.' })
  zone?: string | null;
  @Field(() => String, { nullable: true, description: 'Project.' })
  project?: string | null;
  @Field(() => RunRoleEnum, { nullable: true, description: 'Role in the experiment.' })
  role?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Ended at this grid time or later.' })
  finishedFrom?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Ended before this grid time.' })
  finishedBefore?: Date | null;
}

/** An input object without nulls: in a spec absent and null are the same. */
export const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null && each !== undefined)
      .map(([key, each]) => [key, withoutNulls(each)]),
  );
};
