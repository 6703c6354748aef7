/**
 * Differentiable operations on our kernels that tfjs has not: convolution and dense layers with bias and ReLU fused also
 * under gradients, dropout keyed by sample, and softmax cross-entropy with its gradient in one pass.
 */
import * as tf from '@tensorflow/tfjs';
import type { Heap } from './heap.js';
import { convolveOnHeap, product, type ConvolutionAttributes } from './overrides.js';

export interface Operations {
  /** x [N,H,W,IC], filter [KH,KW,IC,OC], bias [OC] → [N,OH,OW,OC]. */
  convolve(x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, relu: boolean, attributes: ConvolutionAttributes): tf.Tensor;
  /** x [N,K], weights [K,M], bias [M] → [N,M]. */
  dense(x: tf.Tensor, weights: tf.Tensor, bias: tf.Tensor, relu: boolean): tf.Tensor;
  /** Zeroes a share `rate` of each row's elements by its key (int32 [N]) and scales the rest by 1/(1 − rate). */
  dropout(x: tf.Tensor, keys: tf.Tensor, rate: number): tf.Tensor;
  /** The mean cross-entropy of softmax(logits [N,C]) and the classes (int32 [N]). */
  softmaxLoss(logits: tf.Tensor, classes: tf.Tensor): tf.Tensor;
  /** Normalises x [..., C] over all axes but the last, by gamma and beta [C]. */
  batchNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): Normalised;
}

export interface Normalised {
  readonly y: tf.Tensor;
  /** Of x, [C] each; nothing is differentiated through them. */
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

const NAMES = {
  convolve: 'LowtideConvolve',
  dense: 'LowtideDense',
  dropout: 'LowtideDropout',
  softmaxLoss: 'LowtideSoftmaxLoss',
  batchNorm: 'LowtideBatchNorm',
} as const;

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attributes = Readonly<Record<string, unknown>>;

let registered = false;

/** Registers the kernels and their gradients with tfjs, once per thread. */
export const operationsOn = (heap: Heap): Operations => {
  if (!registered) register(heap);
  registered = true;
  return {
    convolve(x, filter, bias, relu, attributes) {
      expectRank('convolve', x, 4);
      if (x.shape[3] !== filter.shape[2])
        throw new RangeError(`convolve: ${String(x.shape)} has not the ${filter.shape[2]} channels of the filter`);
      return run(NAMES.convolve, { x, filter, bias }, { ...attributes, relu });
    },
    dense(x, weights, bias, relu) {
      expectRank('dense', x, 2);
      if (x.shape[1] !== weights.shape[0]) throw new RangeError(`dense: ${String(x.shape)} does not fit weights ${String(weights.shape)}`);
      return run(NAMES.dense, { x, weights, bias }, { relu });
    },
    dropout(x, keys, rate) {
      if (keys.size !== x.shape[0]) throw new RangeError(`dropout: ${keys.size} keys for ${x.shape[0]} rows`);
      return rate === 0 ? x : run(NAMES.dropout, { x, keys }, { rate });
    },
    softmaxLoss(logits, classes) {
      expectRank('softmaxLoss', logits, 2);
      if (classes.size !== logits.shape[0]) throw new RangeError(`softmaxLoss: ${classes.size} classes for ${logits.shape[0]} rows`);
      const [loss] = tf.engine().runKernel(NAMES.softmaxLoss, { logits, classes }) as unknown as [tf.Tensor];
      return loss;
    },
    batchNorm(x, gamma, beta, epsilon) {
      if (x.dtype !== 'float32' || x.shape.at(-1) !== gamma.size)
        throw new RangeError(`batchNorm: ${x.dtype} of shape [${String(x.shape)}] has not the ${gamma.size} channels of gamma`);
      const made = tf.engine().runKernel(NAMES.batchNorm, { x, gamma, beta }, { epsilon }) as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { y: made[0], mean: made[1], variance: made[2] };
    },
  };
};

const run = (name: string, inputs: Record<string, tf.Tensor>, attributes: Attributes = {}): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;

const expectRank = (operation: string, x: tf.Tensor, rank: number): void => {
  if (x.shape.length !== rank || x.dtype !== 'float32') {
    throw new RangeError(`${operation} takes a float32 tensor of rank ${rank}, got ${x.dtype} of shape [${String(x.shape)}]`);
  }
};

type RegisterKernel = (name: string, compute: (inputs: Inputs, attributes: Attributes) => tf.TensorInfo | tf.TensorInfo[]) => void;

const register = (heap: Heap): void => {
  const kernel: RegisterKernel = (kernelName, compute) => {
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => compute(inputs as Inputs, attrs as unknown as Attributes),
    });
  };
  kernel('LowtideReluGradient', ({ dy, y }) => {
    const dx = heap.output(y!.shape);
    heap.kernels.reluGradient(heap.addressOf(y!), heap.addressOf(dy!), heap.addressOf(dx), tf.util.sizeFromShape(y!.shape));
    return dx;
  });
  registerConvolution(heap, kernel);
  registerDense(heap, kernel);
  registerDropout(heap, kernel);
  registerSoftmaxLoss(heap, kernel);
  registerBatchNorm(heap, kernel);
};

/** The gradient before a fused ReLU. */
const beforeRelu = (dy: tf.Tensor, y: tf.Tensor, relu: unknown): tf.Tensor => (relu === true ? run('LowtideReluGradient', { dy, y }) : dy);

const leadingAxes = (x: tf.Tensor): number[] => Array.from({ length: x.rank - 1 }, (_none, axis) => axis);

const registerConvolution = (heap: Heap, kernel: RegisterKernel): void => {
  kernel(NAMES.convolve, ({ x, filter, bias }, attributes) =>
    convolveOnHeap(heap, x!, filter!, attributes as unknown as ConvolutionAttributes, heap.addressOf(bias!), attributes['relu'] === true),
  );
  tf.registerGradient({
    kernelName: NAMES.convolve,
    inputsToSave: ['x', 'filter'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const { relu, ...rest } = attributes as unknown as ConvolutionAttributes & { readonly relu: boolean };
      const g = beforeRelu(dy as tf.Tensor, y, relu);
      return {
        x: () => run('Conv2DBackpropInput', { dy: g, filter }, { ...rest, inputShape: x.shape }),
        filter: () => run('Conv2DBackpropFilter', { x, dy: g }, { ...rest, filterShape: filter.shape }),
        bias: () => tf.sum(g, leadingAxes(g)),
      };
    },
  });
};

const registerDense = (heap: Heap, kernel: RegisterKernel): void => {
  kernel(NAMES.dense, ({ x, weights, bias }, { relu }) => {
    const y = heap.output([x!.shape[0]!, weights!.shape[1]!]);
    product(heap, x!, weights!, y, false, false, heap.addressOf(bias!), relu === true);
    return y;
  });
  tf.registerGradient({
    kernelName: NAMES.dense,
    inputsToSave: ['x', 'weights'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, weights, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const g = beforeRelu(dy as tf.Tensor, y, (attributes as unknown as Attributes)['relu']);
      return {
        x: () => run('BatchMatMul', { a: g, b: weights }, { transposeA: false, transposeB: true }),
        weights: () => run('BatchMatMul', { a: x, b: g }, { transposeA: true, transposeB: false }),
        bias: () => tf.sum(g, leadingAxes(g)),
      };
    },
  });
};

const registerDropout = (heap: Heap, kernel: RegisterKernel): void => {
  kernel(NAMES.dropout, ({ x, keys }, { rate }) => {
    const y = heap.output(x!.shape);
    const rows = x!.shape[0]!;
    const [source, target, keyed] = [heap.addressOf(x!), heap.addressOf(y), heap.addressOf(keys!)];
    const share = Number(rate);
    const columns = tf.util.sizeFromShape(x!.shape) / rows;
    heap.kernels.dropout(source, target, keyed, rows, columns, Math.round(share * 2 ** 32), 1 / (1 - share));
    return y;
  });
  tf.registerGradient({
    kernelName: NAMES.dropout,
    inputsToSave: ['keys'],
    gradFunc: (dy, saved, attributes) => ({
      x: () => run(NAMES.dropout, { x: dy as tf.Tensor, keys: saved[0]! }, attributes as unknown as Attributes),
    }),
  });
};

const registerBatchNorm = (heap: Heap, kernel: RegisterKernel): void => {
  const { addressOf } = heap;
  kernel(NAMES.batchNorm, ({ x, gamma, beta }, { epsilon }) => {
    const columns = gamma!.shape[0]!;
    const rows = tf.util.sizeFromShape(x!.shape) / columns;
    const made = [heap.output(x!.shape), heap.output([columns]), heap.output([columns])] as const;
    const [y, mean, variance] = [addressOf(made[0]), addressOf(made[1]), addressOf(made[2])];
    heap.kernels.batchNorm(addressOf(x!), addressOf(gamma!), addressOf(beta!), y, mean, variance, rows, columns, Number(epsilon));
    return [...made];
  });
  kernel('LowtideBatchNormGradient', ({ x, dy, gamma, mean, variance }, { epsilon }) => {
    const columns = gamma!.shape[0]!;
    const rows = tf.util.sizeFromShape(x!.shape) / columns;
    const made = [heap.output(x!.shape), heap.output([columns]), heap.output([columns])] as const;
    const [dx, dGamma, dBeta] = [addressOf(made[0]), addressOf(made[1]), addressOf(made[2])];
    const found = [addressOf(gamma!), addressOf(mean!), addressOf(variance!)] as const;
    heap.kernels.batchNormGradient(addressOf(x!), addressOf(dy!), ...found, dx, dGamma, dBeta, rows, columns, Number(epsilon));
    return [...made];
  });
  tf.registerGradient({
    kernelName: NAMES.batchNorm,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dy, saved, attributes) => {
      const [x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const inputs = { x, dy: (dy as tf.Tensor[])[0]!, gamma, mean, variance };
      // All three at once, outside of the functions below: tfjs tidies up after each of those.
      const made = tf.engine().runKernel('LowtideBatchNormGradient', inputs, attributes) as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { x: () => made[0], gamma: () => made[1], beta: () => made[2] };
    },
  });
};

/** In JavaScript: a few hundred exponentials, and Math.exp is the same on every machine and for every kernel set. */
const registerSoftmaxLoss = (heap: Heap, kernel: RegisterKernel): void => {
  kernel(NAMES.softmaxLoss, ({ logits, classes }) => {
    const [rows, columns] = logits!.shape as [number, number];
    const [loss, gradient] = [heap.output([]), heap.output([rows, columns])];
    const [scores, slope] = [heap.floats(logits!), heap.floats(gradient)];
    const labels = new Int32Array(scores.buffer, heap.addressOf(classes!), rows);
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += softmaxRow(scores, slope, row * columns, columns, labels[row]!, rows);
    heap.floats(loss)[0] = sum / rows;
    return [loss, gradient];
  });
  tf.registerGradient({
    kernelName: NAMES.softmaxLoss,
    outputsToSave: [false, true],
    gradFunc: (dy, saved) => ({ logits: () => tf.mul(saved[0]!, (dy as tf.Tensor[])[0]!) }),
  });
};

/** The cross-entropy of one row; its gradient, divided by the rows, goes to `slope`. */
const softmaxRow = (scores: Float32Array, slope: Float32Array, at: number, columns: number, label: number, rows: number): number => {
  let highest = -Infinity;
  for (let column = 0; column < columns; column++) highest = Math.max(highest, scores[at + column]!);
  let total = 0;
  for (let column = 0; column < columns; column++) total += slope[at + column] = Math.exp(scores[at + column]! - highest);
  for (let column = 0; column < columns; column++) slope[at + column]! /= total * rows;
  slope[at + label]! -= 1 / rows;
  return Math.log(total) + highest - scores[at + label]!;
};
