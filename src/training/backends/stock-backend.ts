/** Any backend of tfjs that has all gradients itself: cpu (in tests), tfjs-node, tfjs-node-gpu, WebGPU. */
import * as tf from '@tensorflow/tfjs';
import { MemoryLimitExceeded } from '../memory-limit.js';
import { portableOptimizer } from '../optimizers/portable-optimizer.js';
import type { BackendBuild } from '../protocol.js';
import type { TrainingBackend } from './backend.js';
import { stockOperations } from './stock-operations.js';

export const stockBackend = (build: BackendBuild): TrainingBackend => {
  let peak = 0;
  let limit = Infinity;
  const look = (): void => {
    const { numBytes } = tf.memory();
    peak = Math.max(peak, numBytes);
    if (numBytes > limit) throw new MemoryLimitExceeded(numBytes, limit);
  };
  return {
    build,
    // After the forward pass every activation is there: that is where most is held.
    operations: {
      ...stockOperations,
      softmaxLoss(logits, classes) {
        look();
        return stockOperations.softmaxLoss(logits, classes);
      },
    },
    optimizer: portableOptimizer,
    pixels(bytes, indices, size, shape) {
      const values = new Float32Array(indices.length * size);
      for (let row = 0; row < indices.length; row++) {
        for (let at = 0; at < size; at++) values[row * size + at] = bytes[indices[row]! * size + at]! / 255;
      }
      return tf.tensor(values, [...shape]);
    },
    valuesOf: async (tensor) => (await tensor.data()) as Float32Array,
    limitMemory(bytes) {
      limit = bytes;
    },
    get peakBytes() {
      return peak;
    },
    resetPeak() {
      peak = 0;
    },
  };
};
