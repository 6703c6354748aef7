import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { MODELS } from '../../src/experiment/catalogue.js';
import { parseRun, type TrainingSpec } from '../../src/experiment/spec.js';
import { Adam } from '../../src/training/adam.js';
import { ForeignCheckpoint, readNewestCheckpoint, writeCheckpoint } from '../../src/training/checkpoint.js';
import { DatasetError } from '../../src/training/datasets/dataset.js';
import { readIdx } from '../../src/training/datasets/idx.js';
import { mnistDirectory } from '../../src/training/datasets/mnist.js';
import { loadHeap, type Heap } from '../../src/training/kernels/heap.js';
import { operationsOn } from '../../src/training/kernels/operations.js';
import { Trainer } from '../../src/training/trainer.js';
import { seededRandom } from '../../src/units/random.js';

const specOf = (model: string, over: object = {}): TrainingSpec => {
  const training = {
    model: { name: model },
    dataset: { name: 'mnist', trainImages: 200, testImages: 100 },
    evaluation: { images: 100 },
    batchSize: 64,
    ...over,
  };
  const parsed = parseRun({ name: 'x', zone: 'X', training });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.training;
};

const random = seededRandom(7);
const values = (shape: readonly number[]) => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.next() - 0.5);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
const largest = (a: ArrayLike<number>) => Array.from(a).reduce((most, value) => Math.max(most, Math.abs(value)), 1);

/** Shapes with odd sizes and channels: x [N,H,W,IC], filter [3 or 1 or 2, …], then dense. */
const CASES = [
  { x: [2, 9, 10, 3], filter: [3, 3, 3, 5], dense: 7 },
  { x: [3, 8, 7, 1], filter: [3, 2, 1, 9], dense: 10 },
  { x: [1, 6, 6, 8], filter: [1, 1, 8, 16], dense: 33 },
  { x: [5, 12, 12, 4], filter: [3, 3, 4, 32], dense: 9 },
] as const;

interface Reference {
  readonly inputs: readonly Float32Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly outputs: readonly Float32Array[];
}

let heap: Heap;
let references: readonly Reference[];

beforeAll(async () => {
  await tf.setBackend('cpu');
  references = CASES.map(({ x, filter, dense }) => {
    const [n, h, w] = x;
    const [kh, kw, , oc] = filter;
    const flat = Math.floor((h - kh + 1) / 2) * Math.floor((w - kw + 1) / 2) * oc;
    const shapes = [[...x], [...filter], [oc], [flat, dense], [dense]];
    const inputs = shapes.map(values);
    const stock = (...t: tf.Tensor[]) => {
      const conv = tf.relu(tf.add(tf.conv2d(t[0] as tf.Tensor4D, t[1] as tf.Tensor4D, 1, 'valid'), t[2]!));
      const pooled = tf.maxPool(conv as tf.Tensor4D, 2, 2, 'valid').reshape([n, flat]);
      return tf.sum(tf.square(tf.add(tf.matMul(pooled as tf.Tensor2D, t[3] as tf.Tensor2D), t[4]!)));
    };
    const { value, grads } = tf.valueAndGrads(stock)(inputs.map((input, index) => tf.tensor(input, shapes[index]!)));
    return { inputs, shapes, outputs: [value, ...grads].map((tensor) => tensor.dataSync().slice() as Float32Array) };
  });
  heap = await loadHeap();
});

test.each(CASES.map((_case, index) => index))(
  'case %i: our convolution, pooling and dense layer and all their gradients agree with tfjs',
  (index) => {
    const { inputs, shapes, outputs } = references[index]!;
    const operations = operationsOn(heap);
    const ours = (...t: tf.Tensor[]) => {
      const pooled = operations.maxPool(operations.convolve(t[0]!, t[1]!, t[2]!, true), 2);
      return tf.sum(tf.square(operations.dense(pooled.reshape([shapes[0]![0]!, shapes[3]![0]!]), t[3]!, t[4]!, false)));
    };
    const { value, grads } = tf.valueAndGrads(ours)(inputs.map((input, place) => tf.tensor(input, shapes[place]!)));
    [value, ...grads].forEach((tensor, place) => {
      const expected = outputs[place]!;
      expect(apart(tensor.dataSync(), expected)).toBeLessThanOrEqual(1e-5 * largest(expected));
    });
  },
);

test('our Adam takes the steps of tf.train.adam', () => {
  const start = values([37]);
  const [mine, theirs] = [tf.variable(tf.tensor(start), true, 'mine'), tf.variable(tf.tensor(start), true, 'theirs')];
  const adam = new Adam(heap, [mine], 0.01);
  const stock = tf.train.adam(0.01);
  for (let step = 0; step < 6; step++) {
    const gradient = tf.tensor(values([37]));
    adam.step([gradient]);
    stock.applyGradients({ theirs: gradient });
  }
  expect(apart(mine.dataSync(), theirs.dataSync())).toBeLessThan(1e-6);
  tf.dispose([mine, theirs]);
});

test('a sample loses the same elements wherever it stands in a batch, about as many as the rate says', () => {
  const operations = operationsOn(heap);
  const ones = tf.ones([3, 4001]);
  const rows = (keys: number[]) => operations.dropout(ones, tf.tensor1d(keys, 'int32'), 0.25).arraySync() as number[][];
  const [first, second] = [rows([11, 22, 33]), rows([33, 11, 22])];
  expect(second).toEqual([first[2], first[0], first[1]]);
  const kept = first[0]!.filter((value) => value > 0);
  expect(kept.length / 4001).toBeGreaterThan(0.72);
  expect(kept.length / 4001).toBeLessThan(0.78);
  expect(kept[0]).toBeCloseTo(1 / 0.75, 5);
});

test.each(['simple-cnn', 'mlp'] as const)('%s has the parameters its catalogue entry states', (name) => {
  const trainer = new Trainer(heap, specOf(name));
  expect(trainer.trainableParameters).toBe(MODELS[name].trainableParameters);
  trainer.dispose();
});

test('micro-batches of 16 give the gradient of the whole batch of 64, dropout included, and of a ragged one', () => {
  const [whole, parts] = [new Trainer(heap, specOf('simple-cnn')), new Trainer(heap, specOf('simple-cnn', { microBatchSize: 16 }))];
  for (const size of [64, 37]) {
    const batch = Uint32Array.from({ length: size }, (_none, index) => index * 3);
    const [a, b] = [whole.averagedGradients(batch, 0), parts.averagedGradients(batch, 0)];
    expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-5);
    a.gradients.forEach((gradient, index) => {
      const expected = gradient.dataSync();
      expect(apart(b.gradients[index]!.dataSync(), expected)).toBeLessThanOrEqual(1e-5 * largest(expected));
    });
    tf.dispose([...a.gradients, ...b.gradients]);
  }
  whole.dispose();
  parts.dispose();
});

const steps = (trainer: Trainer, count: number): void => {
  for (let step = 0; step < count; step++) trainer.step();
};
const PROGRESS = { evaluated: true, epochLossSum: 0, epochImages: 0 };

test('training leaves no tensor behind, and the loss falls', () => {
  const trainer = new Trainer(heap, specOf('mlp', { microBatchSize: 16 }));
  const { loss } = trainer.step();
  const before = tf.memory().numTensors;
  steps(trainer, 30);
  expect(tf.memory().numTensors).toBe(before);
  expect(trainer.step().loss).toBeLessThan(loss / 2);
  trainer.dispose();
});

const newDirectory = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-checkpoint-'));

test.each([
  ['mlp', [11, 13]],
  ['simple-cnn', [1, 3]],
] as const)('%s paused after steps %j ends with the weights of a run that never paused, to the bit', (model, pauses) => {
  const spec = specOf(model, { batchSize: 16, microBatchSize: 8, dataset: { name: 'mnist', trainImages: 100, testImages: 100 } });
  const last = pauses[1] + 3;
  const straight = new Trainer(heap, spec);
  steps(straight, last);
  const directory = newDirectory();
  let trainer = new Trainer(heap, spec);
  for (const pause of pauses) {
    steps(trainer, pause - trainer.stepsTaken);
    writeCheckpoint(directory, spec, heap.build, trainer.state(PROGRESS));
    trainer.dispose();
    trainer = new Trainer(heap, spec);
    trainer.restore(readNewestCheckpoint(directory, spec, heap.build, fail)!.state);
  }
  steps(trainer, last - trainer.stepsTaken);
  const [a, b] = [straight.state(PROGRESS), trainer.state(PROGRESS)];
  a.arrays.forEach((array, index) => {
    expect(Buffer.from(array.buffer).equals(Buffer.from(b.arrays[index]!.buffer))).toBe(true);
  });
  straight.dispose();
  trainer.dispose();
});

const fail = (message: string): never => {
  throw new Error(message);
};

test('a damaged checkpoint is passed over for the one before, another spec’s is refused, two are kept', () => {
  const spec = specOf('mlp');
  const directory = newDirectory();
  const trainer = new Trainer(heap, spec);
  for (let count = 0; count < 3; count++) {
    steps(trainer, 1);
    writeCheckpoint(directory, spec, heap.build, trainer.state(PROGRESS));
  }
  trainer.dispose();
  const files = fs.readdirSync(directory).sort();
  expect(files).toHaveLength(2);
  const newest = path.join(directory, files[1]!);
  const bytes = fs.readFileSync(newest);
  bytes[bytes.length >> 1]! ^= 1;
  fs.writeFileSync(newest, bytes);
  const messages: string[] = [];
  expect(readNewestCheckpoint(directory, spec, heap.build, (message) => messages.push(message))?.state.step).toBe(2);
  expect(messages).toEqual([expect.stringContaining(`${newest} is damaged`)]);
  expect(() => readNewestCheckpoint(directory, specOf('mlp', { seed: 1 }), heap.build, () => undefined)).toThrow(ForeignCheckpoint);
});

test('MNIST is whole, and a file that is not is named with what is wrong', () => {
  const file = (name: string) => path.join(mnistDirectory(), name);
  expect(readIdx(file('t10k-images-idx3-ubyte'), file('t10k-labels-idx1-ubyte'), 10_000)).toMatchObject({ count: 10_000, pixels: 784 });
  const directory = newDirectory();
  const cut = path.join(directory, 'cut');
  fs.writeFileSync(cut, fs.readFileSync(file('t10k-images-idx3-ubyte')).subarray(0, 5000));
  expect(() => readIdx(cut, file('t10k-labels-idx1-ubyte'), 10)).toThrow(`${cut} has 5000 bytes, its header promises 7840016`);
  expect(() => readIdx(file('t10k-labels-idx1-ubyte'), file('t10k-labels-idx1-ubyte'), 10)).toThrow(DatasetError);
  expect(() => readIdx(path.join(directory, 'none'), cut, 10)).toThrow('is missing');
});
