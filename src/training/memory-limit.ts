/** More memory than a run may use, or than there is. */
const MEBIBYTE = 2 ** 20;

export class MemoryLimitExceeded extends Error {
  constructor(wantedBytes: number, limitBytes: number) {
    super(
      `training needs ${Math.ceil(wantedBytes / MEBIBYTE)} MiB of tensors at once, the limit is ${Math.floor(limitBytes / MEBIBYTE)} MiB; give a smaller microBatchSize, or adaptiveMicroBatch`,
    );
    this.name = 'MemoryLimitExceeded';
  }
}
