/**
 * Models, datasets and optimisers by name, with the parameters a spec may give. No tfjs here: the API and the command
 * line check names against these tables, the trainer thread builds what they stand for.
 */

export interface ModelEntry {
  readonly title: string;
  /** What its input must be. */
  readonly input: 'images' | 'tokens' | 'any';
}

export interface DatasetEntry {
  readonly title: string;
  readonly input: 'images' | 'tokens' | 'numbers';
  /** Undefined: what a spec must state. */
  readonly trainImages?: number;
  readonly testImages?: number;
  readonly classes?: number;
  /** Whether a spec must say where it lies (`required`), or may (`optional`). */
  readonly path: 'required' | 'optional' | 'none';
}

export const MODELS = {
  'simple-cnn': {
    title: 'SimpleCNN: conv 3×3×32, conv 3×3×64, max-pool 2, dropout 0.25, dense 128, dropout 0.5, dense to the classes',
    input: 'images',
  },
  mlp: { title: 'MLP: dense 256, dense 128, dense to the classes', input: 'any' },
  'small-resnet': {
    title:
      'Small ResNet: conv 3×3×16, three stages of one residual block (16, 32, 64 filters, batch normalisation), global average pooling',
    input: 'images',
  },
  'text-classifier': {
    title: 'Text classifier: embedding 32, mean over the text, dense 32, dropout 0.5, dense to the classes',
    input: 'tokens',
  },
  layers: { title: 'A layers model of TensorFlow.js, as the JSON of its `toJSON()`', input: 'any' },
} as const satisfies Record<string, ModelEntry>;

export const DATASETS = {
  mnist: {
    title: 'MNIST handwritten digits (LeCun, Cortes, Burges), 28×28 grey',
    input: 'images',
    trainImages: 60_000,
    testImages: 10_000,
    classes: 10,
    path: 'none',
  },
  'fashion-mnist': {
    title: 'Fashion-MNIST (Zalando Research, MIT licence), 28×28 grey; by default where the Debian package dataset-fashion-mnist puts it',
    input: 'images',
    trainImages: 60_000,
    testImages: 10_000,
    classes: 10,
    path: 'optional',
  },
  idx: { title: 'Any folder of the four IDX files of MNIST, plain or gzipped', input: 'images', path: 'required' },
  'image-folder': { title: 'PNG images of one size in <path>/train/<class>/ and <path>/test/<class>/', input: 'images', path: 'required' },
  csv: {
    title: 'A CSV file of numbers with a header, the class (0, 1, ...) in its last column; first the training rows',
    input: 'numbers',
    path: 'required',
  },
  synthetic: {
    title: 'Seeded noisy patterns, 28×28 grey',
    input: 'images',
    trainImages: 4096,
    testImages: 1024,
    classes: 10,
    path: 'none',
  },
  'synthetic-text': {
    title: 'Seeded texts of 32 words out of 1000',
    input: 'tokens',
    trainImages: 4096,
    testImages: 1024,
    classes: 4,
    path: 'none',
  },
} as const satisfies Record<string, DatasetEntry>;

/** In the words of tf.train. */
export const OPTIMIZERS = ['adam', 'adamax', 'sgd', 'momentum', 'rmsprop', 'adagrad', 'adadelta'] as const;

/** Keras' learning-rate schedules. */
export const SCHEDULES = ['exponential-decay', 'cosine-decay'] as const;

/** What early stopping may watch, in the words of tf.callbacks.earlyStopping. */
export const MONITORS = ['val_loss', 'val_acc'] as const;

export type ModelName = keyof typeof MODELS;
export type DatasetName = keyof typeof DATASETS;
export type OptimizerName = (typeof OPTIMIZERS)[number];
export type ScheduleName = (typeof SCHEDULES)[number];
export type Monitor = (typeof MONITORS)[number];

export const modelNames = Object.keys(MODELS) as readonly ModelName[];
export const datasetNames = Object.keys(DATASETS) as readonly DatasetName[];
