/** What every backend must do alike: forward pass, gradients, training steps, and a resume that is exact to the bit. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { OPTIMIZERS } from '../../src/experiment/catalogue.js';
import type { TrainingSpec } from '../../src/experiment/training-spec.js';
import type { TrainingBackend } from '../../src/training/backends/backend.js';
import { openBackend } from '../../src/training/backends/open-backend.js';
import { readNewestCheckpoint, snapshotOf, storeSnapshot } from '../../src/training/checkpoint.js';
import { NO_PATIENCE_USED } from '../../src/training/early-stopping.js';
import type { BackendName } from '../../src/training/protocol.js';
import { Trainer } from '../../src/training/trainer.js';
import { largestGap, scaleOf, trainingSpecOf } from './numbers.js';

const GIBIBYTE = 2 ** 30;

export const opened = async (name: BackendName, threads = 2): Promise<TrainingBackend> =>
  (await openBackend({ backend: name, threads, memoryLimitBytes: 2 * GIBIBYTE, dataDirectory: os.tmpdir() })).backend;

/** Every kind of layer that trains, small enough for the cpu backend. */
const TOPOLOGY = (): string => {
  const regularizer = tf.regularizers.l2({ l2: 0.01 });
  return tf
    .sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [28, 28, 1],
          filters: 3,
          kernelSize: 5,
          strides: 2,
          activation: 'relu',
          kernelRegularizer: regularizer,
        }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2 }),
        tf.layers.batchNormalization(),
        tf.layers.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same', activation: 'relu' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.dropout({ rate: 0.3 }),
        tf.layers.conv2d({ filters: 6, kernelSize: 3, activation: 'tanh' }),
        tf.layers.globalMaxPooling2d({}),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    })
    .toJSON(undefined, false) as unknown as string;
};

const specs = (): Readonly<Record<string, TrainingSpec>> => {
  const small = { batchSize: 12, dataset: { name: 'synthetic', trainImages: 64, testImages: 64 }, evaluation: { images: 64 } };
  return {
    'a network of every layer': trainingSpecOf('layers', { ...small, model: { name: 'layers', topology: JSON.stringify(TOPOLOGY()) } }),
    'an MLP': trainingSpecOf('mlp', { ...small, model: { name: 'mlp', kernelRegularizer: { l1: 0.0001, l2: 0.001 } } }),
  };
};

const BATCH = Uint32Array.from({ length: 7 }, (_none, index) => index * 5);

const outcomeOf = async (backend: TrainingBackend, spec: TrainingSpec) => {
  const trainer = await Trainer.open(backend, spec);
  const { lossSum } = await trainer.evaluateBatch(0, 20);
  const { loss, gradients } = await trainer.averagedGradients(BATCH, 0);
  const values = await Promise.all(gradients.map(async (gradient) => (await gradient.data()).slice() as Float32Array));
  tf.dispose([...gradients]);
  trainer.dispose();
  return { lossSum, loss, values };
};

const bytesOf = async (trainer: Trainer): Promise<string> => {
  const { weights, slots } = await trainer.state();
  return [...weights, ...slots.map(({ values }) => values)]
    .map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString('base64'))
    .join();
};

const steps = async (trainer: Trainer, count: number): Promise<void> => {
  for (let step = 0; step < count; step++) await trainer.step();
};

const AROUND = { microBatchSize: 4, evaluated: true, epochLossSum: 0, epochImages: 0, patience: NO_PATIENCE_USED };

/** @param tolerance of gradients, relative to the largest or to 1 */
export const backendContract = (name: BackendName, tolerance: number): void => {
  describe(`backend ${name}`, () => {
    let backend: TrainingBackend;
    beforeAll(async () => {
      backend = await opened(name);
    });

    test.each(['a network of every layer', 'an MLP'])('%s has the losses and gradients of the cpu backend', async (which) => {
      const spec = specs()[which]!;
      const expected = await outcomeOf(await opened('cpu'), spec);
      backend = await opened(name);
      const found = await outcomeOf(backend, spec);
      expect(Math.abs(found.lossSum - expected.lossSum)).toBeLessThanOrEqual(20 * tolerance * Math.max(1, expected.lossSum / 20));
      expect(Math.abs(found.loss - expected.loss)).toBeLessThanOrEqual(tolerance * Math.max(1, expected.loss));
      expected.values.forEach((gradient, index) => {
        expect(largestGap(found.values[index]!, gradient)).toBeLessThanOrEqual(tolerance * scaleOf(gradient));
      });
    });

    test('training leaves no tensor behind, and the loss falls', async () => {
      const trainer = await Trainer.open(backend, { ...specs()['an MLP']!, microBatchSize: 4 });
      const { loss } = await trainer.step();
      const before = tf.memory().numTensors;
      await steps(trainer, 40);
      expect(tf.memory().numTensors).toBe(before);
      expect((await trainer.step()).loss).toBeLessThan(loss);
      trainer.dispose();
    });

    test.each(OPTIMIZERS)(
      'with %s, a run paused after steps 3 and 7 ends with the weights of one that never paused, to the bit',
      async (optimizer) => {
        const [which, every] = optimizer === 'adam' ? ['a network of every layer', specs()] : ['an MLP', specs()];
        const spec: TrainingSpec = { ...every[which]!, microBatchSize: 4, optimizer: { name: optimizer, learningRate: 0.01 } };
        const straight = await Trainer.open(backend, spec);
        await steps(straight, 9);
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-contract-'));
        let trainer = await Trainer.open(backend, spec);
        for (const pause of [3, 7]) {
          await steps(trainer, pause - trainer.stepsTaken);
          storeSnapshot(directory, snapshotOf(spec, backend.build, { ...(await trainer.state()), ...AROUND }));
          trainer.dispose();
          trainer = await Trainer.open(backend, spec);
          await trainer.restore(readNewestCheckpoint(directory, spec, backend.build, () => undefined)!.state);
        }
        await steps(trainer, 9 - trainer.stepsTaken);
        expect((await bytesOf(trainer)) === (await bytesOf(straight))).toBe(true);
        straight.dispose();
        trainer.dispose();
      },
    );
  });
};
