/** The micro-batch that trains fastest within the memory limit; the effective batch stays as it is. */
import type { TrainingSpec } from '../experiment/training-spec.js';
import type { TrainingBackend } from './backends/backend.js';
import type { TrainingData } from './datasets/dataset.js';
import { MemoryLimitExceeded } from './memory-limit.js';
import { Trainer } from './trainer.js';

/** Sizes tried: the largest allowed and its halves that divide the batch. */
const TRIED = 5;
/** Optimiser steps timed for each, after one that is not. */
const TIMED_STEPS = 2;

/** Trains a few steps with each size and keeps nothing. @throws MemoryLimitExceeded when none fits */
export const chooseMicroBatch = async (backend: TrainingBackend, training: TrainingSpec, data: TrainingData): Promise<number> => {
  const sizes = candidates(training);
  let best: { readonly size: number; readonly stepMs: number } | undefined;
  let tooLarge: MemoryLimitExceeded | undefined;
  for (const size of sizes) {
    try {
      const stepMs = await timedStep(backend, { ...training, microBatchSize: size }, data);
      if (best === undefined || stepMs < best.stepMs) best = { size, stepMs };
    } catch (failure) {
      if (!(failure instanceof MemoryLimitExceeded)) throw failure;
      tooLarge = failure;
    }
  }
  if (best === undefined) throw tooLarge ?? new Error('no micro-batch was tried');
  return best.size;
};

const candidates = ({ batchSize, microBatchSize }: TrainingSpec): readonly number[] => {
  const sizes: number[] = [];
  for (let size = microBatchSize; size >= 1 && sizes.length < TRIED; size = Math.floor(size / 2)) {
    if (batchSize % size === 0) sizes.push(size);
  }
  return sizes;
};

const timedStep = async (backend: TrainingBackend, training: TrainingSpec, data: TrainingData): Promise<number> => {
  const trainer = await Trainer.open(backend, training, data);
  try {
    await trainer.step();
    const began = performance.now();
    for (let step = 0; step < TIMED_STEPS; step++) await trainer.step();
    return (performance.now() - began) / TIMED_STEPS;
  } finally {
    trainer.dispose();
  }
};
