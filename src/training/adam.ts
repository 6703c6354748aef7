/** Adam in one kernel per variable, with its whole state open to a checkpoint. */
import * as tf from '@tensorflow/tfjs';
import type { Heap } from './kernels/heap.js';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** Adam (Kingma and Ba, 2015) with the defaults of tf.train.adam. */
export class Adam {
  /** First and second moments, one of each per variable, in the variables' order. */
  readonly moments: readonly { readonly mean: tf.Tensor; readonly square: tf.Tensor }[];
  private steps = 0;

  constructor(
    private readonly heap: Heap,
    private readonly variables: readonly tf.Variable[],
    private readonly learningRate: number,
  ) {
    this.moments = variables.map(({ shape }) => ({ mean: tf.keep(tf.zeros(shape)), square: tf.keep(tf.zeros(shape)) }));
  }

  get stepsTaken(): number {
    return this.steps;
  }

  /** @param gradients one per variable, in the variables' order */
  step(gradients: readonly tf.Tensor[]): void {
    this.steps += 1;
    const { kernels, addressOf } = this.heap;
    const correction1 = 1 / (1 - BETA_1 ** this.steps);
    const correction2 = 1 / (1 - BETA_2 ** this.steps);
    this.variables.forEach((variable, index) => {
      const { mean, square } = this.moments[index]!;
      // To a fresh tensor: the WASM backend caches packed weights by tensor, an update in place would train on stale ones.
      const info = this.heap.output(variable.shape);
      kernels.adam(
        addressOf(variable),
        addressOf(gradients[index]!),
        addressOf(mean),
        addressOf(square),
        addressOf(info),
        variable.size,
        BETA_1,
        BETA_2,
        this.learningRate,
        EPSILON,
        correction1,
        correction2,
      );
      const updated = tf.engine().makeTensorFromTensorInfo(info);
      variable.assign(updated);
      updated.dispose();
    });
  }

  /** Continues from a checkpoint's moments; only before the first step, while its own are zero. */
  restore(steps: number, moments: readonly { readonly mean: Float32Array; readonly square: Float32Array }[]): void {
    if (this.steps !== 0) throw new Error(`Adam has already taken ${this.steps} steps and cannot continue from a checkpoint`);
    this.steps = steps;
    this.moments.forEach(({ mean, square }, index) => {
      write(this.heap, mean, moments[index]!.mean);
      write(this.heap, square, moments[index]!.square);
    });
  }

  dispose(): void {
    for (const { mean, square } of this.moments) tf.dispose([mean, square]);
  }
}

const write = (heap: Heap, target: tf.Tensor, values: Float32Array): void => {
  const source = tf.tensor(values, target.shape);
  heap.kernels.addScaled(heap.addressOf(target), heap.addressOf(source), target.size, 1);
  source.dispose();
};
