/** What is trained and how, as parsed and complete. */
import { DATASETS, type DatasetName, type ModelName, type Monitor, type OptimizerName, type ScheduleName } from './catalogue.js';

export interface ModelSpec {
  readonly name: ModelName;
  /** Of `layers` only: the JSON text of a tfjs layers model. */
  readonly topology?: string;
  /** Penalty on the weights of every convolution and dense layer of a catalogue model. */
  readonly kernelRegularizer?: { readonly l1: number; readonly l2: number };
}

export interface DatasetSpec {
  readonly name: DatasetName;
  readonly trainImages: number;
  readonly testImages: number;
  readonly classes: number;
  readonly path?: string;
  /** Of training images, drawn anew for each epoch and sample: moved by up to `shift` pixels, turned left to right or not. */
  readonly augmentation?: { readonly shift: number; readonly flip: boolean };
}

export interface LearningRateSchedule {
  readonly name: ScheduleName;
  readonly decaySteps: number;
  /** Of exponential-decay: the factor after `decaySteps`. */
  readonly decayRate: number;
  /** Of cosine-decay: the share of the learning rate that is left after `decaySteps`. */
  readonly alpha: number;
  /** Steps of a linear rise before. */
  readonly warmupSteps: number;
}

export interface OptimizerSpec {
  readonly name: OptimizerName;
  readonly learningRate: number;
  /** Of momentum and rmsprop. */
  readonly momentum?: number;
  readonly schedule?: LearningRateSchedule;
}

export interface EarlyStoppingSpec {
  readonly monitor: Monitor;
  /** Evaluations without an improvement of more than `minDelta` after which training ends. */
  readonly patience: number;
  readonly minDelta: number;
}

export interface TrainingSpec {
  readonly model: ModelSpec;
  readonly dataset: DatasetSpec;
  /** Only convert the dataset into the cache of the host that does it, as a run of its own. */
  readonly prepareOnly?: boolean;
  readonly epochs: number;
  /** Effective batch: the images behind one optimiser step. */
  readonly batchSize: number;
  /** Images in memory at once; `batchSize / microBatchSize` gradients are averaged for one step. */
  readonly microBatchSize: number;
  /** Whether the first segment may choose a smaller micro-batch, the fastest that fits the memory limit; it is then kept. */
  readonly adaptiveMicroBatch?: boolean;
  readonly optimizer: OptimizerSpec;
  readonly earlyStopping?: EarlyStoppingSpec;
  readonly seed: number;
  /** Optimiser steps between two evaluations along the way, on the first `images` test images. */
  readonly evaluation: { readonly everySteps: number; readonly images: number };
  /** Optimiser steps between two checkpoints; there is always one at a pause and at the end. */
  readonly checkpointEverySteps: number;
}

/** Optimiser steps of one epoch; the last may hold fewer images. */
export const stepsPerEpoch = (training: TrainingSpec): number => Math.ceil(training.dataset.trainImages / training.batchSize);

export const totalSteps = (training: TrainingSpec): number => training.epochs * stepsPerEpoch(training);

/** Accuracy of guessing, the zero point of "accuracy points gained". */
export const chanceAccuracy = ({ classes }: DatasetSpec): number => 1 / classes;

/** Whether a dataset's images can be moved and turned. */
export const canAugment = (name: DatasetName): boolean => DATASETS[name].input === 'images';
