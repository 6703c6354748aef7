/** Adamax from tfjs' operations, on any backend, with its whole state open to a checkpoint; that of tfjs cannot be saved. */
import * as tf from '@tensorflow/tfjs';
import type { Optimizer, Slot } from './optimizer.js';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** Adamax (Kingma and Ba, 2015, section 7.1) with the defaults of tf.train.adamax. */
export class Adamax implements Optimizer {
  private means: readonly tf.Tensor[];
  /** Gradients' largest magnitudes, decaying. */
  private norms: readonly tf.Tensor[];
  private steps = 0;

  constructor(private readonly variables: readonly tf.Variable[]) {
    const zeros = () => variables.map(({ shape }) => tf.keep(tf.zeros(shape)));
    this.means = zeros();
    this.norms = zeros();
  }

  get stepsTaken(): number {
    return this.steps;
  }

  step(gradients: readonly tf.Tensor[], learningRate: number): void {
    this.steps += 1;
    const rate = learningRate / (1 - BETA_1 ** this.steps);
    const [means, norms] = [this.means, this.norms];
    this.means = gradients.map((gradient, index) => kept(() => tf.add(tf.mul(means[index]!, BETA_1), tf.mul(gradient, 1 - BETA_1))));
    this.norms = gradients.map((gradient, index) => kept(() => tf.maximum(tf.mul(norms[index]!, BETA_2), tf.abs(gradient))));
    tf.dispose([...means, ...norms]);
    this.variables.forEach((variable, index) => {
      const change = () => tf.mul(tf.div(this.means[index]!, tf.add(this.norms[index]!, EPSILON)), rate);
      const updated = tf.tidy(() => tf.sub(variable, change()));
      variable.assign(updated);
      updated.dispose();
    });
  }

  slots(): Promise<readonly Slot[]> {
    const slotOf = async (name: string, tensor: tf.Tensor): Promise<Slot> => ({
      name,
      shape: tensor.shape,
      values: (await tensor.data()) as Float32Array,
    });
    return Promise.all([
      ...this.means.map((mean, index) => slotOf(`mean/${index}`, mean)),
      ...this.norms.map((norm, index) => slotOf(`norm/${index}`, norm)),
    ]);
  }

  restore(steps: number, slots: readonly Slot[]): Promise<void> {
    if (this.steps !== 0) throw new Error(`Adamax has already taken ${this.steps} steps and cannot continue from a checkpoint`);
    this.steps = steps;
    this.dispose();
    const tensors = slots.map(({ values, shape }) => tf.keep(tf.tensor(values, [...shape])));
    this.means = tensors.slice(0, this.variables.length);
    this.norms = tensors.slice(this.variables.length);
    return Promise.resolve();
  }

  dispose(): void {
    tf.dispose([...this.means, ...this.norms]);
  }
}

const kept = (compute: () => tf.Tensor): tf.Tensor => tf.keep(tf.tidy(compute));
