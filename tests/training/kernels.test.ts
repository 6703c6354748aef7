/** Every kernel we put in the place of a stock one, on every build of ours that this machine can run, against tfjs' cpu backend. */
import * as tf from '@tensorflow/tfjs';
import { stockOperations } from '../../src/training/backends/stock-operations.js';
import { wasmBackend } from '../../src/training/backends/wasm-backend.js';
import type { KernelChoice } from '../../src/training/kernels/heap.js';
import { nativeInstructionSets } from '../../src/training/kernels/native-kernels.js';
import type { Operations } from '../../src/training/kernels/operations.js';
import { largestGap, scaleOf, valuesOf } from './numbers.js';

/** A function of seeded inputs whose value and gradients are compared. */
interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
}

type Pad = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];

const convolution = (x: number[], filter: number[], strides: number | [number, number], pad: Pad): Case => ({
  name: `conv2d ${String(x)} ∗ ${String(filter)}, strides ${String(strides)}, ${JSON.stringify(pad)}`,
  shapes: [x, filter],
  run: (image, weights) => tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, strides, pad as 'same'),
});

const depthwise = (x: number[], filter: number[], strides: number | [number, number], pad: 'same' | 'valid'): Case => ({
  name: `depthwiseConv2d ${String(x)} ∗ ${String(filter)}, strides ${String(strides)}, ${pad}`,
  shapes: [x, filter],
  run: (image, weights) => tf.depthwiseConv2d(image as tf.Tensor4D, weights as tf.Tensor4D, strides, pad),
});

const separable = (x: number[], multiplier: number, out: number): Case => ({
  name: `separableConv2d ${String(x)}, multiplier ${multiplier}`,
  shapes: [x, [3, 3, x[3]!, multiplier], [1, 1, x[3]! * multiplier, out]],
  run: (image, deep, point) => tf.separableConv2d(image as tf.Tensor4D, deep as tf.Tensor4D, point as tf.Tensor4D, 1, 'same'),
});

const pooling = (x: number[], size: number | [number, number], strides: number | [number, number], pad: 'same' | 'valid'): Case => ({
  name: `maxPool ${String(x)}, ${String(size)}, strides ${String(strides)}, ${pad}`,
  shapes: [x],
  run: (image) => tf.maxPool(image as tf.Tensor4D, size, strides, pad),
});

const product = (a: number[], b: number[], transposeA: boolean, transposeB: boolean): Case => ({
  name: `matMul ${String(a)}${transposeA ? 'ᵀ' : ''} · ${String(b)}${transposeB ? 'ᵀ' : ''}`,
  shapes: [a, b],
  run: (left, right) => tf.matMul(left, right, transposeA, transposeB),
});

const CASES: readonly Case[] = [
  convolution([2, 9, 10, 3], [3, 3, 3, 5], 1, 'valid'),
  convolution([2, 9, 10, 3], [3, 3, 3, 5], 1, 'same'),
  convolution([2, 9, 10, 3], [3, 3, 3, 8], 2, 'same'),
  convolution([3, 11, 8, 4], [5, 3, 4, 16], 2, 'valid'),
  convolution([1, 7, 7, 1], [1, 1, 1, 9], 1, 'same'),
  convolution([2, 8, 8, 6], [2, 4, 6, 7], [2, 1], 'same'),
  convolution([2, 8, 9, 5], [3, 3, 5, 33], [1, 3], 'same'),
  convolution([2, 7, 7, 3], [1, 1, 3, 4], 2, 'valid'),
  convolution([1, 6, 6, 2], [3, 3, 2, 3], 3, 'valid'),
  convolution([2, 6, 5, 2], [3, 3, 2, 3], 1, 2),
  convolution([2, 6, 5, 2], [2, 3, 2, 3], 2, [[0, 0], [2, 1], [0, 3], [0, 0]]), // prettier-ignore
  convolution([2, 12, 12, 32], [3, 3, 32, 64], 1, 'valid'),
  convolution([5, 12, 12, 1], [3, 3, 1, 32], 1, 'valid'),
  convolution([3, 9, 12, 17], [3, 3, 17, 37], 1, 'valid'),
  convolution([2, 7, 8, 64], [3, 3, 64, 16], 1, 'same'),
  convolution([1, 4, 3, 16], [3, 3, 16, 19], 1, 'valid'),
  convolution([2, 1, 5, 18], [3, 3, 18, 16], 1, 'same'),
  convolution([2, 5, 6, 16], [3, 3, 16, 16], 1, [[0, 0], [2, 1], [0, 3], [0, 0]]), // prettier-ignore
  depthwise([2, 9, 8, 5], [3, 3, 5, 1], 1, 'same'),
  depthwise([2, 9, 8, 8], [3, 2, 8, 1], 2, 'same'),
  depthwise([3, 7, 8, 3], [3, 3, 3, 2], [2, 1], 'valid'),
  separable([2, 7, 6, 5], 1, 9),
  separable([2, 7, 6, 3], 2, 4),
  pooling([2, 9, 10, 3], 2, 2, 'valid'),
  pooling([2, 9, 10, 19], 3, 2, 'same'),
  pooling([3, 8, 7, 16], [3, 2], [1, 2], 'same'),
  product([5, 7], [7, 9], false, false),
  product([7, 5], [7, 9], true, false),
  product([5, 7], [9, 7], false, true),
  product([7, 5], [9, 7], true, true),
  product([130, 70], [130, 33], true, false),
  product([13, 1100], [1100, 67], false, false),
  product([13, 1100], [67, 1100], false, true),
  product([2, 5, 7], [2, 7, 3], false, false),
  product([2, 7, 5], [2, 3, 7], true, true),
  {
    name: 'one matrix against many (tfjs has no gradient of the one)',
    shapes: [[3, 4, 5]],
    run: (many) => tf.matMul(many, tf.tensor(valuesOf([1, 5, 6], 9), [1, 5, 6])),
  },
  { name: 'one block repeated', shapes: [[1, 1, 7]], run: (x) => tf.tile(x, [3, 5, 1]) },
  { name: 'blocks repeated within others', shapes: [[2, 3]], run: (x) => tf.tile(x, [2, 2]) },
  { name: 'global max-pooling', shapes: [[3, 5, 6, 7]], run: (x) => tf.max(x, [1, 2]) },
  { name: 'average pooling', shapes: [[2, 6, 7, 5]], run: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid') },
  { name: 'the sum over leading axes', shapes: [[3, 4, 5, 37]], run: (x) => tf.sum(x, [0, 1, 2]) },
  { name: 'the sum over all axes', shapes: [[3, 4]], run: (x) => tf.sum(x) },
  {
    name: 'a look-up (embedding)',
    shapes: [[11, 6]],
    run: (table) => tf.gather(table, tf.tensor2d([[1, 4, 4], [10, 0, 4]], [2, 3], 'int32')), // prettier-ignore
  },
  {
    name: 'batch normalisation',
    shapes: [[4, 3, 5, 7], [7], [7]],
    run: (x, scale, offset) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D);
    },
  },
];

const NATIVE = nativeInstructionSets();
const BUILDS: readonly (KernelChoice & { readonly name: string })[] = [
  { name: 'AssemblyScript, plain SIMD', source: 'assemblyscript', assembly: 'plain' },
  { name: 'AssemblyScript, relaxed SIMD', source: 'assemblyscript', assembly: 'relaxed' },
  ...NATIVE.sets.flatMap((instructionSet) =>
    [1, 3].map((threads) => ({ name: `native ${instructionSet}, ${threads} threads`, source: 'native' as const, instructionSet, threads })),
  ),
];

/** The value, then each input's gradient, of a case; the value is squared first so that gradients differ. */
const outputsOf = ({ shapes, run }: Case, seed: number): readonly Float32Array[] => {
  const inputs = shapes.map((shape, index) => tf.tensor(valuesOf(shape, seed + index), [...shape]));
  const value = tf.tidy(() => run(...inputs));
  const gradients = tf.grads((...given: tf.Tensor[]) => tf.sum(tf.square(run(...given))))(inputs);
  const outputs = [value, ...gradients].map((tensor) => tensor.dataSync().slice() as Float32Array);
  tf.dispose([value, ...gradients, ...inputs]);
  return outputs;
};

let references: readonly (readonly Float32Array[])[];
beforeAll(async () => {
  await tf.setBackend('cpu');
  references = CASES.map((each, index) => outputsOf(each, 100 * index));
});

describe.each(BUILDS)('$name', (build) => {
  beforeAll(async () => {
    await wasmBackend(build);
  });

  test.each(CASES.map(({ name }, index) => [name, index] as const))(
    '%s agrees with the cpu backend to 1e-5, gradients too',
    (_name, index) => {
      outputsOf(CASES[index]!, 100 * index).forEach((found, place) => {
        const expected = references[index]![place]!;
        expect(largestGap(found, expected)).toBeLessThanOrEqual(1e-5 * scaleOf(expected));
      });
    },
  );

  test('convolution and dense layers with bias and ReLU fused agree with tfjs’ own operations, gradients too', async () => {
    const shapes = [[3, 9, 8, 3], [3, 3, 3, 10], [10], [160, 17], [17]]; // prettier-ignore
    const inputs = shapes.map((shape, index) => valuesOf(shape, 7000 + index));
    const fused = (await wasmBackend(build)).operations;
    const stock = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, weights: tf.Tensor, offset: tf.Tensor) => {
      const convolved = tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'), bias));
      return tf.relu(tf.add(tf.matMul(convolved.reshape([3, -1]).slice([0, 0], [3, 160]), weights), offset));
    };
    const ours = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, weights: tf.Tensor, offset: tf.Tensor) => {
      const convolved = fused.convolve(x, filter, bias, true, { strides: 2, pad: 'same' });
      return fused.dense(convolved.reshape([3, -1]).slice([0, 0], [3, 160]), weights, offset, true);
    };
    const results = [stock, ours].map((run) =>
      tf
        .grads((...given: tf.Tensor[]) => tf.sum(tf.square(run(given[0]!, given[1]!, given[2]!, given[3]!, given[4]!))))(
          inputs.map((input, index) => tf.tensor(input, [...shapes[index]!])),
        )
        .map((gradient) => gradient.dataSync().slice()),
    );
    results[0]!.forEach((expected, index) => {
      expect(largestGap(results[1]![index]!, expected)).toBeLessThanOrEqual(1e-5 * scaleOf(expected));
    });
  });
});

/** Value, mean, variance and the gradients of a batch normalisation of 210 rows and 19 channels. */
const normalised = ({ batchNorm }: Pick<Operations, 'batchNorm'>): readonly Float32Array[] => {
  const shapes = [[5, 6, 7, 19], [19], [19]]; // prettier-ignore
  const [x, gamma, beta, weights] = [...shapes, shapes[0]!].map((shape, index) => tf.tensor(valuesOf(shape, 8000 + index), shape));
  const { y, mean, variance } = batchNorm(tf.add(x!, 3), gamma!, beta!, 0.001);
  const gradients = tf.grads((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    tf.sum(tf.mul(tf.square(batchNorm(tf.add(a, 3), b, c, 0.001).y), weights!)),
  )([x!, gamma!, beta!]);
  return [y, mean, variance, ...gradients].map((tensor) => tensor.dataSync().slice() as Float32Array);
};

test('batch normalisation in one kernel agrees with tfjs’ own operations on the cpu backend to 1e-5, gradients too, and all FMA builds to the bit', async () => {
  await tf.setBackend('cpu');
  const expected = normalised(stockOperations);
  const results: (readonly Float32Array[])[] = [];
  for (const build of BUILDS) results.push(normalised((await wasmBackend(build)).operations));
  for (const found of results)
    expected.forEach((values, index) => {
      expect(largestGap(found[index]!, values)).toBeLessThanOrEqual(1e-5 * scaleOf(values));
    });
  const bytes = results.slice(1).map((found) => found.map((values) => Buffer.from(values.buffer).toString('base64')).join());
  for (const each of bytes) expect(each === bytes[0]).toBe(true);
});

test('all builds with fused multiply-add give the same values and gradients to the bit, with any number of threads', async () => {
  const fmaBuilds = BUILDS.slice(1);
  const results: string[] = [];
  for (const build of fmaBuilds) {
    const { build: used } = await wasmBackend(build);
    expect(used.numericClass).toBe('fma');
    const bytes = CASES.flatMap((each, index) =>
      outputsOf(each, 100 * index).map((output) => Buffer.from(output.buffer).toString('base64')),
    );
    results.push(bytes.join());
  }
  for (const result of results.slice(1)) expect(result === results[0]).toBe(true);
});

test('a convolution with dilation goes to the stock kernel', async () => {
  await wasmBackend(BUILDS[1]);
  const [x, filter] = [tf.tensor(valuesOf([1, 9, 9, 2], 1), [1, 9, 9, 2]), tf.tensor(valuesOf([3, 3, 2, 4], 2), [3, 3, 2, 4])];
  const dilated = tf
    .conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid', 'NHWC', 2)
    .dataSync()
    .slice();
  await tf.setBackend('cpu');
  const onCpu = tf.conv2d(
    tf.tensor4d(valuesOf([1, 9, 9, 2], 1), [1, 9, 9, 2]),
    tf.tensor4d(valuesOf([3, 3, 2, 4], 2), [3, 3, 2, 4]),
    1,
    'valid',
    'NHWC',
    2,
  );
  expect(largestGap(dilated, onCpu.dataSync())).toBeLessThan(1e-5);
});
