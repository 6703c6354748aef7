/** What the training loop and a checkpoint need of an optimiser. */
import type * as tf from '@tensorflow/tfjs';

/** A named array of an optimiser's state. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Optimizer {
  readonly stepsTaken: number;
  /** @param gradients one per variable, in the variables' order */
  step(gradients: readonly tf.Tensor[], learningRate: number): void;
  /** Their values may be the tensors' own memory: they hold until the next step. */
  slots(): Promise<readonly Slot[]>;
  /** Continues from a checkpoint to the bit; only before the first step. */
  restore(steps: number, slots: readonly Slot[]): Promise<void>;
  dispose(): void;
}
