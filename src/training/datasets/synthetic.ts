/** Datasets made from a seed, for trying things out: each class has a pattern, each example its own noise. */
import type { DatasetSpec } from '../../experiment/training-spec.js';
import { derivedSeed, seededRandom } from '../../units/random.js';
import type { Dataset, Examples, LoadDataset } from './dataset.js';

const SIDE = 28;
/** Share of a pixel's value that is its class's pattern. */
const SIGNAL = 0.5;
const WORDS = 32;
const VOCABULARY = 1000;
/** Chance that a word is one of the few its class uses often. */
const TYPICAL = 0.25;
const TYPICAL_WORDS = 20;
const SEED = { patterns: 11, images: 12, texts: 13 } as const;

export const syntheticImages: LoadDataset = (spec): Dataset => {
  const patterns = Array.from({ length: spec.classes }, (_none, label) => {
    const random = seededRandom(derivedSeed(SEED.patterns, label));
    return Float32Array.from({ length: SIDE * SIDE }, () => (random.next() < 0.3 ? 1 : 0));
  });
  return parts(spec, (from, count): Examples => {
    const values = new Uint8Array(count * SIDE * SIDE);
    const labels = new Uint8Array(count);
    for (let row = 0; row < count; row++) {
      const random = seededRandom(derivedSeed(SEED.images, from + row));
      const label = Math.floor(random.next() * spec.classes);
      labels[row] = label;
      for (let pixel = 0; pixel < SIDE * SIDE; pixel++)
        values[row * SIDE * SIDE + pixel] = Math.round(255 * (SIGNAL * patterns[label]![pixel]! + (1 - SIGNAL) * random.next()));
    }
    return { count, shape: [SIDE, SIDE, 1], values, labels };
  });
};

export const syntheticText: LoadDataset = (spec): Dataset => ({
  vocabulary: VOCABULARY,
  ...parts(spec, (from, count): Examples => {
    const values = new Int32Array(count * WORDS);
    const labels = new Uint8Array(count);
    for (let row = 0; row < count; row++) {
      const random = seededRandom(derivedSeed(SEED.texts, from + row));
      const label = Math.floor(random.next() * spec.classes);
      labels[row] = label;
      for (let word = 0; word < WORDS; word++) {
        const typical = random.next() < TYPICAL;
        const drawn = random.next();
        values[row * WORDS + word] = typical ? label * TYPICAL_WORDS + Math.floor(drawn * TYPICAL_WORDS) : Math.floor(drawn * VOCABULARY);
      }
    }
    return { count, shape: [WORDS], values, labels };
  }),
});

/** The test examples follow the training ones. */
const parts = (spec: DatasetSpec, make: (from: number, count: number) => Examples): Dataset => ({
  train: make(0, spec.trainImages),
  test: make(spec.trainImages, spec.testImages),
});
