/** The WASM backend of tfjs with our kernels, native or from AssemblyScript. */
import * as tf from '@tensorflow/tfjs';
import type { OptimizerSpec } from '../../experiment/training-spec.js';
import { loadHeap, type KernelChoice } from '../kernels/heap.js';
import { operationsOn } from '../kernels/operations.js';
import { overrideKernels } from '../kernels/overrides.js';
import { FusedAdam } from '../optimizers/fused-adam.js';
import { portableOptimizer } from '../optimizers/portable-optimizer.js';
import type { TrainingBackend } from './backend.js';

/** @throws Error when the backend does not start or the kernels asked for are not there */
export const wasmBackend = async (choice: KernelChoice = {}): Promise<TrainingBackend> => {
  tf.enableProdMode();
  const heap = await loadHeap(choice);
  overrideKernels(heap);
  return {
    build: heap.build,
    operations: operationsOn(heap),
    optimizer: (spec: OptimizerSpec, variables) =>
      spec.name === 'adam' ? new FusedAdam(heap, variables) : portableOptimizer(spec, variables),
    pixels(bytes, indices, size, shape) {
      const made = heap.output(shape);
      const uploaded = heap.upload(indices.length * size, (target) => {
        for (let row = 0; row < indices.length; row++)
          target.set(bytes.subarray(indices[row]! * size, (indices[row]! + 1) * size), row * size);
      });
      heap.kernels.byteShares(uploaded, heap.addressOf(made), indices.length * size);
      return tf.engine().makeTensorFromTensorInfo(made);
    },
    valuesOf: (tensor) => Promise.resolve(heap.floats(tensor)),
    limitMemory(bytes) {
      heap.limitBytes = bytes;
    },
    get peakBytes() {
      return heap.peakBytes;
    },
    resetPeak() {
      heap.resetPeak();
    },
  };
};
