import * as tf from '@tensorflow/tfjs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TrainingSpec } from '../../src/experiment/training-spec.js';
import type { TrainingBackend } from '../../src/training/backends/backend.js';
import { wasmBackend } from '../../src/training/backends/wasm-backend.js';
import { ForeignCheckpoint, readNewestCheckpoint, snapshotOf, storeSnapshot } from '../../src/training/checkpoint.js';
import { chooseMicroBatch } from '../../src/training/choose-micro-batch.js';
import { loadDataset } from '../../src/training/datasets/load-dataset.js';
import { afterEvaluation, NO_PATIENCE_USED } from '../../src/training/early-stopping.js';
import { nativeInstructionSets } from '../../src/training/kernels/native-kernels.js';
import { learningRateAt } from '../../src/training/learning-rate.js';
import { Adamax } from '../../src/training/optimizers/adamax.js';
import { LossNotFinite, Trainer } from '../../src/training/trainer.js';
import { largestGap, scaleOf, trainingSpecOf, valuesOf } from './numbers.js';

let backend: TrainingBackend;
beforeAll(async () => {
  backend = await wasmBackend();
});

const steps = async (trainer: Trainer, count: number): Promise<void> => {
  for (let step = 0; step < count; step++) await trainer.step();
};

const AROUND = { microBatchSize: 64, evaluated: true, epochLossSum: 0, epochImages: 0, patience: NO_PATIENCE_USED };

test.each([
  ['simple-cnn', 1_199_882],
  ['mlp', 235_146],
  ['small-resnet', 78_090],
])('%s trains %i parameters', async (name, parameters) => {
  const trainer = await Trainer.open(backend, trainingSpecOf(name));
  expect(trainer.trainableParameters).toBe(parameters);
  trainer.dispose();
});

test('micro-batches of 16 give the gradient of the whole batch of 64, dropout included, and of a ragged one', async () => {
  const whole = await Trainer.open(backend, trainingSpecOf('simple-cnn'));
  const parts = await Trainer.open(backend, trainingSpecOf('simple-cnn', { microBatchSize: 16 }));
  for (const size of [64, 37]) {
    const batch = Uint32Array.from({ length: size }, (_none, index) => index * 3);
    const [a, b] = [await whole.averagedGradients(batch, 0), await parts.averagedGradients(batch, 0)];
    expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-5);
    a.gradients.forEach((gradient, index) => {
      const expected = gradient.dataSync();
      expect(largestGap(b.gradients[index]!.dataSync(), expected)).toBeLessThanOrEqual(1e-5 * scaleOf(expected));
    });
    tf.dispose([...a.gradients, ...b.gradients]);
  }
  whole.dispose();
  parts.dispose();
});

test('after five steps SimpleCNN, MLP and the small ResNet have the same weights to the bit with every FMA build and any number of threads', async () => {
  const { sets } = nativeInstructionSets();
  const builds = [
    { source: 'assemblyscript' },
    ...sets.flatMap((instructionSet) => [1, 2, 5].map((threads) => ({ source: 'native' as const, instructionSet, threads }))),
  ] as const;
  for (const [model, batchSize] of [
    ['simple-cnn', 48],
    ['mlp', 48],
    ['small-resnet', 20],
  ] as const) {
    const found: string[] = [];
    for (const build of builds) {
      const trainer = await Trainer.open(
        await wasmBackend(build),
        trainingSpecOf(model, { batchSize, microBatchSize: batchSize === 48 ? 16 : 10 }),
      );
      await steps(trainer, 5);
      found.push(
        (await trainer.state()).weights
          .map((weight) => Buffer.from(weight.buffer, weight.byteOffset, weight.byteLength).toString('base64'))
          .join(),
      );
      trainer.dispose();
    }
    for (const weights of found) expect(weights === found[0]).toBe(true);
  }
  backend = await wasmBackend();
});

test('500 steps leave no tensor behind', async () => {
  const trainer = await Trainer.open(backend, trainingSpecOf('mlp', { batchSize: 16, microBatchSize: 8 }));
  await steps(trainer, 1);
  const before = tf.memory().numTensors;
  await steps(trainer, 500);
  expect(tf.memory().numTensors).toBe(before);
  trainer.dispose();
});

test('augmented examples are the same whichever batch they are in', async () => {
  const spec = (microBatchSize: number) =>
    trainingSpecOf('mlp', {
      microBatchSize,
      dataset: { name: 'mnist', trainImages: 100, testImages: 100, augmentation: { shift: 3, flip: true } },
    });
  const [whole, parts, plain] = [
    await Trainer.open(backend, spec(64)),
    await Trainer.open(backend, spec(8)),
    await Trainer.open(backend, trainingSpecOf('mlp', { dataset: { name: 'mnist', trainImages: 100, testImages: 100 } })),
  ];
  const [a, b, c] = [(await whole.step()).loss, (await parts.step()).loss, (await plain.step()).loss];
  expect(Math.abs(a - b)).toBeLessThan(1e-5);
  expect(Math.abs(a - c)).toBeGreaterThan(1e-3);
  for (const trainer of [whole, parts, plain]) trainer.dispose();
});

/** Three linear layers and a learning rate of 1: the loss overflows within a few steps. */
const diverging = (): TrainingSpec => {
  const layers = [tf.layers.flatten({ inputShape: [28, 28, 1] }), ...[64, 64, 10].map((units) => tf.layers.dense({ units }))];
  const topology = JSON.stringify(tf.sequential({ layers }).toJSON(undefined, false));
  return trainingSpecOf('layers', { model: { name: 'layers', topology }, optimizer: { name: 'sgd', learningRate: 1 }, epochs: 100 });
};

test('a loss that is no number halts training before that step is taken', async () => {
  const trainer = await Trainer.open(backend, diverging());
  await expect(steps(trainer, 300)).rejects.toThrow(LossNotFinite);
  await expect(trainer.step()).rejects.toThrow(`at step ${trainer.stepsTaken + 1}`);
  trainer.dispose();
});

test('a run over its memory limit fails alone: another in the same thread trains on', async () => {
  const spec = trainingSpecOf('simple-cnn');
  const small = await Trainer.open(backend, trainingSpecOf('mlp'));
  backend.limitMemory(20 * 2 ** 20);
  const large = await Trainer.open(backend, spec);
  await expect(large.step()).rejects.toThrow(/training needs \d+ MiB of tensors at once, the limit is 20 MiB/);
  large.dispose();
  await small.step();
  small.dispose();
  backend.limitMemory(Infinity);
});

test('the adaptive micro-batch is the fastest that fits the memory limit', async () => {
  const spec = trainingSpecOf('simple-cnn', { adaptiveMicroBatch: true });
  const data = loadDataset(spec.dataset);
  backend.limitMemory(50 * 2 ** 20);
  const chosen = await chooseMicroBatch(backend, spec, data);
  expect(chosen).toBeLessThanOrEqual(16);
  expect(64 % chosen).toBe(0);
  backend.limitMemory(5 * 2 ** 20);
  await expect(chooseMicroBatch(backend, spec, data)).rejects.toThrow('the limit is 5 MiB');
  backend.limitMemory(Infinity);
});

test('batch normalisation over micro-batches is said to be unequal to the whole batch', async () => {
  const trainer = await Trainer.open(backend, trainingSpecOf('small-resnet', { microBatchSize: 16 }));
  expect(trainer.accumulatesUnequally).toBe(true);
  trainer.dispose();
});

test('learning rates rise, then decay as Keras defines it', () => {
  const base = { name: 'adam', learningRate: 0.1 } as const;
  const schedule = { decaySteps: 10, decayRate: 0.5, alpha: 0.2, warmupSteps: 4 };
  const exponential = { ...base, schedule: { ...schedule, name: 'exponential-decay' } } as const;
  const cosine = { ...base, schedule: { ...schedule, name: 'cosine-decay' } } as const;
  expect(learningRateAt(base, 7)).toBe(0.1);
  expect([1, 2, 4, 5, 15].map((step) => learningRateAt(exponential, step))).toEqual([0.025, 0.05, 0.1, 0.1, 0.05]);
  expect(learningRateAt(cosine, 5)).toBeCloseTo(0.1, 12);
  expect(learningRateAt(cosine, 10)).toBeCloseTo(0.06, 12);
  expect(learningRateAt(cosine, 99)).toBeCloseTo(0.02, 12);
});

test('Adamax takes the steps of tf.train.adamax, to 1e-6 over 30 of them', () => {
  const shape = [7, 9];
  const [ours, theirs] = [tf.variable(tf.tensor(valuesOf(shape, 1), shape)), tf.variable(tf.tensor(valuesOf(shape, 1), shape))];
  const [optimizer, expected] = [new Adamax([ours]), tf.train.adamax(0.02)];
  for (let step = 0; step < 30; step++) {
    const gradient = tf.tensor(valuesOf(shape, 100 + step), shape);
    optimizer.step([gradient], 0.02);
    expected.applyGradients([{ name: theirs.name, tensor: gradient }]);
    expect(largestGap(ours.dataSync(), theirs.dataSync())).toBeLessThanOrEqual(1e-6);
    gradient.dispose();
  }
  expect(largestGap(ours.dataSync(), valuesOf(shape, 1))).toBeGreaterThan(0.1);
  tf.dispose([ours, theirs]);
});

test('patience counts evaluations that are not better by more than minDelta', () => {
  const spec = { monitor: 'val_loss', patience: 2, minDelta: 0.1 } as const;
  const seen = [1, 0.95, 0.7, 0.69].reduce((patience, loss) => afterEvaluation(spec, patience, { loss, accuracy: 0 }), NO_PATIENCE_USED);
  expect(seen).toEqual({ best: 0.7, waited: 1 });
});

const newDirectory = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-checkpoint-'));

const writeSteps = async (directory: string, spec: TrainingSpec, count: number): Promise<void> => {
  const trainer = await Trainer.open(backend, spec);
  for (let step = 0; step < count; step++) {
    await steps(trainer, 1);
    storeSnapshot(directory, snapshotOf(spec, backend.build, { ...(await trainer.state()), ...AROUND }));
  }
  trainer.dispose();
};

test.each([
  ['is changed in the middle', (bytes: Buffer) => ((bytes[bytes.length >> 1]! ^= 1), bytes)],
  ['is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1000)],
  ['is empty', () => Buffer.alloc(0)],
])('a checkpoint that %s is passed over for the one before, and said', async (_how, damage) => {
  const spec = trainingSpecOf('mlp');
  const directory = newDirectory();
  await writeSteps(directory, spec, 4);
  const files = fs.readdirSync(directory).sort();
  expect(files).toHaveLength(3);
  const newest = path.join(directory, files.at(-1)!);
  fs.writeFileSync(newest, damage(fs.readFileSync(newest)));
  const messages: string[] = [];
  expect(readNewestCheckpoint(directory, spec, backend.build, (message) => messages.push(message))?.state.step).toBe(3);
  expect(messages).toEqual([expect.stringContaining(`${newest} is damaged`)]);
});

test('a checkpoint of another spec or another numeric class is refused', async () => {
  const spec = trainingSpecOf('mlp');
  const directory = newDirectory();
  await writeSteps(directory, spec, 1);
  const ignore = () => undefined;
  expect(() => readNewestCheckpoint(directory, trainingSpecOf('mlp', { seed: 1 }), backend.build, ignore)).toThrow(ForeignCheckpoint);
  expect(() => readNewestCheckpoint(directory, spec, { ...backend.build, numericClass: 'webgpu' }, ignore)).toThrow(
    'continuing would not be bit-exact',
  );
});
