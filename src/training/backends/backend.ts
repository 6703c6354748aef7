/** What the training loop needs of whatever computes. */
import type * as tf from '@tensorflow/tfjs';
import type { OptimizerSpec } from '../../experiment/training-spec.js';
import type { Operations } from '../kernels/operations.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { BackendBuild } from '../protocol.js';

export interface TrainingBackend {
  readonly build: BackendBuild;
  readonly operations: Operations;
  optimizer(spec: OptimizerSpec, variables: readonly tf.Variable[]): Optimizer;
  /** The rows of `size` bytes each that `indices` name, as shares of 255, in a tensor of that shape. */
  pixels(bytes: Uint8Array, indices: ArrayLike<number>, size: number, shape: readonly number[]): tf.Tensor;
  /** A float32 tensor's values, perhaps in place: valid until anything is computed. */
  valuesOf(tensor: tf.Tensor): Promise<Float32Array>;
  /** Tensors that hold more bytes than this at once end the run with MemoryLimitExceeded. */
  limitMemory(bytes: number): void;
  /** The most bytes that tensors held at once since the last reset, as far as this backend sees them. */
  readonly peakBytes: number;
  resetPeak(): void;
}
