/** Where the installed package lies: the nearest folder above this file with a package.json. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = (): string => {
  for (let at = path.dirname(fileURLToPath(import.meta.url)); ; at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, 'package.json'))) return at;
    if (at === path.dirname(at)) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
  }
};

/** A file of the training folder as built: what threads and kernels are loaded from, also by a bundle that lies elsewhere. */
export const builtFile = (name: string): string => path.join(packageRoot(), 'dist/src/training', name);
