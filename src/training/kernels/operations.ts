/**
 * Differentiable operations on our kernels: convolution and dense layers with bias and ReLU fused, max-pooling, and
 * dropout keyed by sample. The stock WASM backend has no gradient of a convolution or of max-pooling.
 */
import * as tf from '@tensorflow/tfjs';
import type { Heap } from './heap.js';

export interface Operations {
  /** Stride 1, no padding: x [N,H,W,IC], filter [KH,KW,IC,OC], bias [OC] → [N,H−KH+1,W−KW+1,OC]. */
  convolve(x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, relu: boolean): tf.Tensor;
  /** x [N,K], weights [K,M], bias [M] → [N,M]. */
  dense(x: tf.Tensor, weights: tf.Tensor, bias: tf.Tensor, relu: boolean): tf.Tensor;
  /** x [N,H,W,C] → windows of size × size, stride = size. */
  maxPool(x: tf.Tensor, size: number): tf.Tensor;
  /** Zeroes a share `rate` of each row's elements by its key (int32 [N]) and scales the rest by 1/(1 − rate). */
  dropout(x: tf.Tensor, keys: tf.Tensor, rate: number): tf.Tensor;
}

const NAMES = { convolve: 'LowtideConvolve', dense: 'LowtideDense', maxPool: 'LowtideMaxPool', dropout: 'LowtideDropout' } as const;

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attributes = Readonly<Record<string, number | boolean>>;

let registered = false;

/** Registers the kernels and their gradients with tfjs, once per thread. */
export const operationsOn = (heap: Heap): Operations => {
  if (!registered) register(heap);
  registered = true;
  const run = (name: string, inputs: Record<string, tf.Tensor>, attributes: Attributes): tf.Tensor =>
    tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;
  return {
    convolve(x, filter, bias, relu) {
      expectRank('convolve', x, 4);
      if (x.shape[3] !== filter.shape[2])
        throw new RangeError(`convolve: ${String(x.shape)} has not the ${filter.shape[2]} channels of the filter`);
      return run(NAMES.convolve, { x, filter, bias }, { relu });
    },
    dense(x, weights, bias, relu) {
      expectRank('dense', x, 2);
      if (x.shape[1] !== weights.shape[0]) throw new RangeError(`dense: ${String(x.shape)} does not fit weights ${String(weights.shape)}`);
      return run(NAMES.dense, { x, weights, bias }, { relu });
    },
    maxPool(x, size) {
      expectRank('maxPool', x, 4);
      return run(NAMES.maxPool, { x }, { size });
    },
    dropout(x, keys, rate) {
      if (keys.size !== x.shape[0]) throw new RangeError(`dropout: ${keys.size} keys for ${x.shape[0]} rows`);
      return rate === 0 ? x : run(NAMES.dropout, { x, keys }, { rate });
    },
  };
};

const expectRank = (operation: string, x: tf.Tensor, rank: number): void => {
  if (x.shape.length !== rank || x.dtype !== 'float32') {
    throw new RangeError(`${operation} takes a float32 tensor of rank ${rank}, got ${x.dtype} of shape [${String(x.shape)}]`);
  }
};

const register = (heap: Heap): void => {
  const kernel = (kernelName: string, compute: (inputs: Inputs, attributes: Attributes) => tf.TensorInfo) => {
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => compute(inputs as Inputs, attrs as unknown as Attributes),
    });
  };
  const call = (name: string, inputs: Record<string, tf.Tensor>, attributes: Attributes = {}) =>
    tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;
  /** The gradient before a fused ReLU. */
  const beforeRelu = (dy: tf.Tensor, y: tf.Tensor, relu: boolean) => (relu ? call('LowtideReluGradient', { dy, y }) : dy);
  const columnSums = (dy: tf.Tensor) => call('LowtideColumnSums', { dy });

  registerConvolution(heap, kernel);
  tf.registerGradient({
    kernelName: NAMES.convolve,
    inputsToSave: ['x', 'filter'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const g = beforeRelu(dy as tf.Tensor, y, (attributes as unknown as Attributes)['relu'] === true);
      return {
        x: () => call('LowtideConvolveInput', { dy: g, filter }),
        filter: () => call('LowtideConvolveFilter', { x, dy: g }),
        bias: () => columnSums(g),
      };
    },
  });

  registerDense(heap, kernel);
  tf.registerGradient({
    kernelName: NAMES.dense,
    inputsToSave: ['x', 'weights'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, weights, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const g = beforeRelu(dy as tf.Tensor, y, (attributes as unknown as Attributes)['relu'] === true);
      return {
        x: () => call('LowtideProduct', { a: g, b: weights }, { transposeA: false, transposeB: true }),
        weights: () => call('LowtideProduct', { a: x, b: g }, { transposeA: true, transposeB: false }),
        bias: () => columnSums(g),
      };
    },
  });

  registerPooling(heap, kernel);
  tf.registerGradient({
    kernelName: NAMES.maxPool,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => ({
      x: () => call('LowtideMaxPoolGradient', { x: saved[0]!, dy: dy as tf.Tensor }, attributes as unknown as Attributes),
    }),
  });

  kernel(NAMES.dropout, ({ x, keys }, { rate }) => {
    const y = heap.output(x!.shape);
    const rows = x!.shape[0]!;
    const share = Number(rate);
    heap.kernels.dropout(
      heap.addressOf(x!),
      heap.addressOf(y),
      heap.addressOf(keys!),
      rows,
      tf.util.sizeFromShape(x!.shape) / rows,
      Math.round(share * 2 ** 32),
      1 / (1 - share),
    );
    return y;
  });
  tf.registerGradient({
    kernelName: NAMES.dropout,
    inputsToSave: ['keys'],
    gradFunc: (dy, saved, attributes) => ({
      x: () => call(NAMES.dropout, { x: dy as tf.Tensor, keys: saved[0]! }, attributes as unknown as Attributes),
    }),
  });
};

type RegisterKernel = (name: string, compute: (inputs: Inputs, attributes: Attributes) => tf.TensorInfo) => void;

const registerConvolution = (heap: Heap, kernel: RegisterKernel): void => {
  const { kernels, addressOf } = heap;
  kernel(NAMES.convolve, ({ x, filter, bias }, { relu }) => {
    const [N, H, W, IC] = x!.shape as [number, number, number, number];
    const [KH, KW, , OC] = filter!.shape as [number, number, number, number];
    const y = heap.output([N, H - KH + 1, W - KW + 1, OC]);
    const scratch = heap.scratch(kernels.convolveScratch(KH, KW, IC, OC, H, W));
    kernels.convolve(
      scratch,
      addressOf(x!),
      addressOf(filter!),
      addressOf(y),
      addressOf(bias!),
      relu === true,
      false,
      N,
      H,
      W,
      IC,
      KH,
      KW,
      OC,
      0,
      0,
      H,
      W,
    );
    return y;
  });
  kernel('LowtideConvolveInput', ({ dy, filter }) => {
    const [N, OH, OW, OC] = dy!.shape as [number, number, number, number];
    const [KH, KW, IC] = filter!.shape as [number, number, number, number];
    const PH = OH + 2 * (KH - 1);
    const PW = OW + 2 * (KW - 1);
    const dx = heap.output([N, OH + KH - 1, OW + KW - 1, IC]);
    const scratch = heap.scratch(kernels.convolveScratch(KH, KW, OC, IC, PH, PW));
    kernels.convolve(
      scratch,
      addressOf(dy!),
      addressOf(filter!),
      addressOf(dx),
      0,
      false,
      true,
      N,
      OH,
      OW,
      OC,
      KH,
      KW,
      IC,
      KH - 1,
      KW - 1,
      PH,
      PW,
    );
    return dx;
  });
  kernel('LowtideConvolveFilter', ({ x, dy }) => {
    const [N, H, W, IC] = x!.shape as [number, number, number, number];
    const [, OH, OW, OC] = dy!.shape as [number, number, number, number];
    const KH = H - OH + 1;
    const KW = W - OW + 1;
    const dFilter = heap.output([KH, KW, IC, OC]);
    const scratch = heap.scratch(kernels.filterGradientScratch(IC, H, W, KW));
    kernels.filterGradient(scratch, addressOf(x!), addressOf(dy!), addressOf(dFilter), N, H, W, IC, KH, KW, OC, 0, 0, H, W);
    return dFilter;
  });
  kernel('LowtideReluGradient', ({ dy, y }) => {
    const dx = heap.output(y!.shape);
    kernels.reluGradient(addressOf(y!), addressOf(dy!), addressOf(dx), tf.util.sizeFromShape(y!.shape));
    return dx;
  });
};

const registerDense = (heap: Heap, kernel: RegisterKernel): void => {
  const { kernels, addressOf } = heap;
  const scratch = () => heap.scratch(kernels.gemmScratch());
  kernel(NAMES.dense, ({ x, weights, bias }, { relu }) => {
    const [M, K] = x!.shape as [number, number];
    const N = weights!.shape[1]!;
    const y = heap.output([M, N]);
    kernels.gemm(scratch(), addressOf(x!), K, false, addressOf(weights!), N, false, addressOf(y), M, N, K, addressOf(bias!), relu === true);
    return y;
  });
  kernel('LowtideProduct', ({ a, b }, { transposeA, transposeB }) => {
    const [ar, ac] = a!.shape as [number, number];
    const [br, bc] = b!.shape as [number, number];
    const [M, K] = transposeA === true ? [ac, ar] : [ar, ac];
    const N = transposeB === true ? br : bc;
    const c = heap.output([M, N]);
    kernels.gemm(
      scratch(),
      addressOf(a!),
      ac,
      transposeA === true,
      addressOf(b!),
      bc,
      transposeB === true,
      addressOf(c),
      M,
      N,
      K,
      0,
      false,
    );
    return c;
  });
  kernel('LowtideColumnSums', ({ dy }) => {
    const columns = dy!.shape.at(-1)!;
    const sums = heap.output([columns]);
    kernels.columnSums(addressOf(dy!), addressOf(sums), tf.util.sizeFromShape(dy!.shape) / columns, columns);
    return sums;
  });
};

const registerPooling = (heap: Heap, kernel: RegisterKernel): void => {
  const { kernels, addressOf } = heap;
  kernel(NAMES.maxPool, ({ x }, { size }) => {
    const [N, H, W, C] = x!.shape as [number, number, number, number];
    const window = Number(size);
    const y = heap.output([N, Math.floor(H / window), Math.floor(W / window), C]);
    kernels.maxPool(addressOf(x!), 0, addressOf(y), N, H, W, C, window, window);
    return y;
  });
  kernel('LowtideMaxPoolGradient', ({ x, dy }, { size }) => {
    const [N, H, W, C] = x!.shape as [number, number, number, number];
    const dx = heap.output(x!.shape);
    kernels.maxPool(addressOf(x!), addressOf(dy!), addressOf(dx), N, H, W, C, Number(size), Number(size));
    return dx;
  });
};
