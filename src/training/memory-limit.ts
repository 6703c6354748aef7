/** What a run may use of memory. */
import type { TrainerHost } from './protocol.js';

const MEBIBYTE = 2 ** 20;

/** Bytes of a part of a dataset above which it is not held in memory: a quarter of what a run's tensors may take. */
export const mostHeldOn = ({ memoryLimitBytes }: TrainerHost): number => memoryLimitBytes / 4;

/** More memory than a run may use, or than there is. */
export class MemoryLimitExceeded extends Error {
  constructor(wantedBytes: number, limitBytes: number) {
    super(
      `training needs ${Math.ceil(wantedBytes / MEBIBYTE)} MiB of tensors at once, the limit is ${Math.floor(limitBytes / MEBIBYTE)} MiB; give a smaller microBatchSize, or adaptiveMicroBatch`,
    );
    this.name = 'MemoryLimitExceeded';
  }
}
