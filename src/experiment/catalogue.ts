/**
 * Models, datasets and optimisers by name, with the parameters a spec may give. No tfjs here: the API and the command
 * line check names against this table, the trainer thread builds what they stand for.
 */

export interface ModelEntry {
  readonly title: string;
  /** Weights and biases that training changes. */
  readonly trainableParameters: number;
}

export interface DatasetEntry {
  readonly title: string;
  readonly trainImages: number;
  readonly testImages: number;
  readonly classes: number;
  /** Accuracy of guessing, the zero point of "accuracy points gained". */
  readonly chanceAccuracy: number;
  /** Height, width and channels of one image. */
  readonly imageShape: readonly [number, number, number];
}

export const MODELS = {
  'simple-cnn': {
    title: 'SimpleCNN: conv 3×3×32, conv 3×3×64, max-pool 2, dropout 0.25, dense 128, dropout 0.5, dense 10',
    trainableParameters: 1_199_882,
  },
  mlp: {
    title: 'MLP: dense 256, dense 128, dense 10',
    trainableParameters: 235_146,
  },
} as const satisfies Record<string, ModelEntry>;

export const DATASETS = {
  mnist: {
    title: 'MNIST handwritten digits (LeCun, Cortes, Burges), 28×28 grey',
    trainImages: 60_000,
    testImages: 10_000,
    classes: 10,
    chanceAccuracy: 0.1,
    imageShape: [28, 28, 1],
  },
} as const satisfies Record<string, DatasetEntry>;

export const OPTIMIZERS = ['adam'] as const;

export type ModelName = keyof typeof MODELS;
export type DatasetName = keyof typeof DATASETS;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export const modelNames = Object.keys(MODELS) as readonly ModelName[];
export const datasetNames = Object.keys(DATASETS) as readonly DatasetName[];
