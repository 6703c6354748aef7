/** Seeded tensors for tests, and how far two lie apart. */
import type { TrainingSpec } from '../../src/experiment/training-spec.js';
import { parseRun } from '../../src/experiment/spec.js';
import { seededRandom } from '../../src/units/random.js';

export const valuesOf = (shape: readonly number[], seed: number): Float32Array => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: shape.reduce((size, length) => size * length, 1) }, () => random.next() - 0.5);
};

export const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
};

/** 1, or the largest magnitude where that is more. */
export const scaleOf = (a: ArrayLike<number>): number => Array.from(a).reduce((most, value) => Math.max(most, Math.abs(value)), 1);

/** A parsed training spec: a small MNIST, batch 64, and what is given. */
export const trainingSpecOf = (model: string, over: object = {}): TrainingSpec => {
  const training = {
    model: { name: model },
    dataset: { name: 'mnist', trainImages: 200, testImages: 100 },
    evaluation: { images: 100 },
    batchSize: 64,
    ...over,
  };
  const parsed = parseRun({ name: 'x', zone: 'X', training });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.training;
};
