/** The parser of a training spec: names against the catalogue, numbers against their ranges, fields against each other. */
import { z } from 'zod';
import { DATASETS, datasetNames, MODELS, modelNames, MONITORS, OPTIMIZERS, SCHEDULES, type DatasetEntry } from './catalogue.js';
import { oneOf, whole, within } from './schema-parts.js';
import { canAugment, type DatasetSpec, type ModelSpec, type TrainingSpec } from './training-spec.js';

const MOST_TOPOLOGY = 200_000;
const TOPOLOGY = `the JSON text of a tfjs layers model, at most ${MOST_TOPOLOGY} characters`;

type Wrong = (path: readonly string[], message: string, input: unknown) => void;

/** Adds a check that names each field at fault. */
const checked =
  <T>(check: (value: T, wrong: Wrong) => void): z.core.CheckFn<T> =>
  (context) => {
    check(context.value, (path, message, input) => {
      context.issues.push({ code: 'custom', path: [...path], message, input });
    });
  };

const modelSpec = z
  .strictObject({
    name: oneOf(modelNames),
    topology: z.string(TOPOLOGY).max(MOST_TOPOLOGY, TOPOLOGY).optional(),
    kernelRegularizer: z.strictObject({ l1: within(0, 1).default(0), l2: within(0, 1).default(0) }).optional(),
  })
  .check(
    checked(({ name, topology, kernelRegularizer }, wrong) => {
      if (name === 'layers' && topology === undefined) wrong(['topology'], TOPOLOGY, topology);
      if (name !== 'layers' && topology !== undefined) wrong(['topology'], 'nothing: only the model `layers` has one', topology);
      if (name === 'layers' && kernelRegularizer !== undefined)
        wrong(['kernelRegularizer'], 'nothing: the topology of a `layers` model names its own regularisers', kernelRegularizer);
    }),
  )
  .transform((spec): ModelSpec => withoutUndefined(spec));

const PATH = 'a folder or file on the host that trains';

const datasetSpec = z
  .strictObject({
    name: oneOf(datasetNames),
    trainImages: whole(64, 1_000_000).optional(),
    testImages: whole(64, 1_000_000).optional(),
    classes: whole(2, 1000).optional(),
    path: z.string(PATH).min(1, PATH).max(4096, PATH).optional(),
    augmentation: z.strictObject({ shift: whole(0, 16).default(0), flip: z.boolean('true or false').default(false) }).optional(),
  })
  .check(
    checked(({ name, path, augmentation, ...sizes }, wrong) => {
      const entry: DatasetEntry = DATASETS[name];
      if (entry.path === 'required' && path === undefined) wrong(['path'], PATH, path);
      if (entry.path === 'none' && path !== undefined) wrong(['path'], `nothing: ${name} has its own place`, path);
      if (augmentation !== undefined && !canAugment(name)) wrong(['augmentation'], `nothing: ${name} has no images`, augmentation);
      for (const field of ['trainImages', 'testImages'] as const) {
        const most = entry[field];
        if (sizes[field] === undefined && most === undefined)
          wrong([field], 'a whole number from 64 to 1000000: this dataset has no size of its own', undefined);
        if (sizes[field] !== undefined && most !== undefined && sizes[field] > most && entry.path !== 'required' && !isSynthetic(name))
          wrong([field], `a whole number from 64 to ${most}`, sizes[field]);
      }
      if (sizes.classes === undefined && entry.classes === undefined) wrong(['classes'], 'a whole number from 2 to 1000', undefined);
      if (sizes.classes !== undefined && entry.classes !== undefined && sizes.classes !== entry.classes)
        wrong(['classes'], `${entry.classes}, or nothing: ${name} has so many`, sizes.classes);
    }),
  )
  .transform(({ name, trainImages, testImages, classes, ...rest }): DatasetSpec => {
    const entry: DatasetEntry = DATASETS[name];
    return withoutUndefined({
      ...rest,
      name,
      trainImages: trainImages ?? entry.trainImages!,
      testImages: testImages ?? entry.testImages!,
      classes: classes ?? entry.classes!,
    });
  });

const isSynthetic = (name: string): boolean => name.startsWith('synthetic');

/** Absent fields stay absent, so that a spec's hash does not depend on how it was written. */
const withoutUndefined = <T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

const scheduleSpec = z.strictObject({
  name: oneOf(SCHEDULES),
  decaySteps: whole(1, 10_000_000),
  decayRate: within(0, 1, true).default(0.96),
  alpha: within(0, 1).default(0),
  warmupSteps: whole(0, 1_000_000).default(0),
});

const optimizerSpec = z
  .strictObject({
    name: oneOf(OPTIMIZERS),
    learningRate: within(0, 1, true).default(0.001),
    momentum: within(0, 1).optional(),
    schedule: scheduleSpec.optional(),
  })
  .check(
    checked(({ name, momentum }, wrong) => {
      if (momentum !== undefined && name !== 'momentum' && name !== 'rmsprop')
        wrong(['momentum'], 'nothing: only momentum and rmsprop have one', momentum);
    }),
  );

export const trainingSpec = z
  .strictObject({
    model: modelSpec,
    dataset: datasetSpec,
    prepareOnly: z.boolean('true or false').optional(),
    epochs: whole(1, 1000).default(1),
    batchSize: whole(1, 4096),
    microBatchSize: whole(1, 4096).optional(),
    adaptiveMicroBatch: z.boolean('true or false').optional(),
    optimizer: optimizerSpec.default({ name: 'adam', learningRate: 0.001 }),
    earlyStopping: z
      .strictObject({
        monitor: oneOf(MONITORS).default('val_loss'),
        patience: whole(1, 1000).default(5),
        minDelta: within(0, 1).default(0),
      })
      .optional(),
    seed: whole(0, 2 ** 31 - 1).default(42),
    evaluation: z
      .strictObject({ everySteps: whole(1, 1_000_000).default(50), images: whole(64, 1_000_000).default(1000) })
      .default({ everySteps: 50, images: 1000 }),
    checkpointEverySteps: whole(1, 1_000_000).default(100),
  })
  .check(
    checked(({ batchSize, microBatchSize, model, dataset, evaluation }, wrong) => {
      if (microBatchSize !== undefined && batchSize % microBatchSize !== 0)
        wrong(['microBatchSize'], `a divisor of batchSize ${batchSize}`, microBatchSize);
      if (batchSize > dataset.trainImages) wrong(['batchSize'], `at most dataset.trainImages ${dataset.trainImages}`, batchSize);
      if (evaluation.images > dataset.testImages)
        wrong(['evaluation', 'images'], `at most dataset.testImages ${dataset.testImages}`, evaluation.images);
      const { input } = MODELS[model.name];
      const given = DATASETS[dataset.name].input;
      if ((input !== 'any' && input !== given) || (model.name === 'mlp' && given === 'tokens'))
        wrong(['model', 'name'], `a model for ${given}, which ${dataset.name} holds`, model.name);
    }),
  )
  .transform((spec): TrainingSpec =>
    withoutUndefined({ ...spec, microBatchSize: spec.microBatchSize ?? spec.batchSize, optimizer: withoutUndefined(spec.optimizer) }),
  );
