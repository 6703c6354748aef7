/** Where the build puts the compiled kernels. */
import path from 'node:path';
import { packageRoot } from '../package-root.js';

export const builtKernel = (name: string): string => path.join(packageRoot(), 'dist/src/training/kernels', name);
