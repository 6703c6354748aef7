/** Where the build puts the compiled kernels. */
import { builtFile } from '../package-root.js';

export const builtKernel = (name: string): string => builtFile(`kernels/${name}`);
