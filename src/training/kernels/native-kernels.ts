/** The kernels of the native addon, where it was built and the CPU has AVX2. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { builtKernel } from './built-kernel.js';
import type { Kernels } from './kernels.js';

interface Addon {
  instructionSets(): InstructionSet[];
  open(instructionSet: string, threads: number, args: ArrayBuffer): void;
  heap(memory: ArrayBuffer): void;
  run(kernel: number): void;
}

export type InstructionSet = 'avx512' | 'avx2';

/** In the order of the table in `native/kernels.h`. */
const NATIVE_KERNELS = [
  'gemm',
  'convolve',
  'filterGradient',
  'depthwiseInputGradient',
  'depthwiseFilterGradient',
  'maxPool',
  'columnSums',
  'segmentSums',
  'reluGradient',
  'dropout',
  'adam',
  'byteShares',
  'batchNorm',
  'batchNormGradient',
  'winogradConvolve',
  'winogradGradientPoints',
  'winogradFilterGradient',
] as const satisfies readonly (keyof Kernels)[];
const MOST_ARGUMENTS = 64;

/** What the addon can do here, best first; or why there is nothing. */
export const nativeInstructionSets = (): { readonly sets: readonly InstructionSet[]; readonly missing: string } => {
  const file = builtKernel('native.node');
  if (!fs.existsSync(file)) return { sets: [], missing: 'the native kernels are not built here (npm run build says why)' };
  const sets = addonOf(file).instructionSets();
  return { sets, missing: sets.length > 0 ? '' : 'this CPU has neither AVX2 nor AVX-512' };
};

/** Each call takes its arguments as doubles in one shared block; the addon is told when the heap has moved. */
export const nativeKernels = (memory: WebAssembly.Memory, instructionSet: InstructionSet, threads: number): Kernels => {
  const addon = addonOf(builtKernel('native.node'));
  const block = new Float64Array(MOST_ARGUMENTS);
  addon.open(instructionSet, threads, block.buffer);
  let seen: ArrayBuffer | undefined;
  const caller =
    (kernel: number) =>
    (...args: readonly (number | boolean)[]): void => {
      for (let index = 0; index < args.length; index++) block[index] = Number(args[index]);
      if (seen !== memory.buffer) addon.heap((seen = memory.buffer));
      addon.run(kernel);
    };
  return Object.fromEntries(NATIVE_KERNELS.map((name, index) => [name, caller(index)])) as unknown as Kernels;
};

const addonOf = (file: string): Addon => createRequire(import.meta.url)(file) as Addon;
