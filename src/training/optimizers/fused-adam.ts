/** Adam in one kernel per variable, with its whole state open to a checkpoint. */
import * as tf from '@tensorflow/tfjs';
import type { Heap } from '../kernels/heap.js';
import type { Optimizer, Slot } from './optimizer.js';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** Adam (Kingma and Ba, 2015) with the defaults of tf.train.adam. */
export class FusedAdam implements Optimizer {
  private readonly means: readonly tf.Tensor[];
  private readonly squares: readonly tf.Tensor[];
  private steps = 0;

  constructor(
    private readonly heap: Heap,
    private readonly variables: readonly tf.Variable[],
  ) {
    const zeros = () => variables.map(({ shape }) => tf.keep(tf.zeros(shape)));
    this.means = zeros();
    this.squares = zeros();
  }

  get stepsTaken(): number {
    return this.steps;
  }

  step(gradients: readonly tf.Tensor[], learningRate: number): void {
    this.steps += 1;
    const { kernels, addressOf } = this.heap;
    const correction1 = 1 / (1 - BETA_1 ** this.steps);
    const correction2 = 1 / (1 - BETA_2 ** this.steps);
    this.variables.forEach((variable, index) => {
      const [mean, square] = [addressOf(this.means[index]!), addressOf(this.squares[index]!)];
      // To a fresh tensor: the WASM backend caches packed weights by tensor, an update in place would train on stale ones.
      const info = this.heap.output(variable.shape);
      const [old, gradient, fresh] = [addressOf(variable), addressOf(gradients[index]!), addressOf(info)];
      const settings = [BETA_1, BETA_2, learningRate, EPSILON, correction1, correction2] as const;
      kernels.adam(old, gradient, mean, square, fresh, variable.size, ...settings);
      const updated = tf.engine().makeTensorFromTensorInfo(info);
      variable.assign(updated);
      updated.dispose();
    });
  }

  slots(): Promise<readonly Slot[]> {
    const slotOf = (name: string, tensor: tf.Tensor): Slot => ({ name, shape: tensor.shape, values: this.heap.floats(tensor) });
    return Promise.resolve([
      ...this.means.map((mean, index) => slotOf(`mean/${index}`, mean)),
      ...this.squares.map((square, index) => slotOf(`square/${index}`, square)),
    ]);
  }

  restore(steps: number, slots: readonly Slot[]): Promise<void> {
    if (this.steps !== 0) throw new Error(`Adam has already taken ${this.steps} steps and cannot continue from a checkpoint`);
    this.steps = steps;
    [...this.means, ...this.squares].forEach((target, index) => {
      this.heap.floats(target).set(slots[index]!.values);
    });
    return Promise.resolve();
  }

  dispose(): void {
    tf.dispose([...this.means, ...this.squares]);
  }
}
