/** The WASM backend of tfjs with our kernels, native or from AssemblyScript. */
import * as tf from '@tensorflow/tfjs';
import type { OptimizerSpec } from '../../experiment/training-spec.js';
import { loadHeap, type KernelChoice } from '../kernels/heap.js';
import { operationsOn } from '../kernels/operations.js';
import { overrideKernels } from '../kernels/overrides.js';
import { FusedAdam } from '../optimizers/fused-adam.js';
import { StockOptimizer } from '../optimizers/stock-optimizer.js';
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
      spec.name === 'adam' ? new FusedAdam(heap, variables) : new StockOptimizer(spec, variables),
    addScaled(sum, x, factor) {
      heap.kernels.addScaled(heap.addressOf(sum), heap.addressOf(x), sum.size, factor);
      return sum;
    },
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
