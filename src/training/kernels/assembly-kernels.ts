/** The kernels compiled from AssemblyScript, with the scratch memory they need on the heap. */
import fs from 'node:fs';
import v8 from 'node:v8';
import { builtKernel } from './built-kernel.js';
import type { convolutionArguments, ConvolutionGeometry, Kernels } from './kernels.js';

type ScratchFirst<F> = F extends (...args: infer A) => void ? (scratch: number, ...args: A) => void : never;

type WinogradScratch = (IC: number, OC: number, OH: number, OW: number, PH: number, PW: number) => number;

/** What `assembly/index.ts` exports. */
interface AssemblyExports extends Omit<Kernels, 'gemm' | 'convolve' | 'filterGradient' | 'winogradConvolve' | 'winogradGradientPoints'> {
  readonly gemm: ScratchFirst<Kernels['gemm']>;
  readonly gemmScratch: () => number;
  readonly convolve: ScratchFirst<Kernels['convolve']>;
  readonly convolveScratch: (KH: number, KW: number, IC: number, OC: number, PH: number, PW: number) => number;
  readonly filterGradient: ScratchFirst<Kernels['filterGradient']>;
  readonly filterGradientScratch: (IC: number, PH: number, PW: number, OW: number) => number;
  readonly winogradConvolve: ScratchFirst<Kernels['convolve']>;
  readonly winogradConvolveScratch: WinogradScratch;
  readonly winogradGradientPoints: ScratchFirst<Kernels['filterGradient']>;
  readonly winogradGradientPointsScratch: WinogradScratch;
}

/** Instructions with one rounding per multiply-add (`relaxed`) or two (`plain`). */
export type AssemblyBuild = 'relaxed' | 'plain';

/** A module of one function that uses f32x4.relaxed_madd. */
const RELAXED_PROBE = Buffer.from('0061736d0100000001080160037b7b7b017b030201000a0d010b00200020012002fd85020b', 'hex');

/** Node 20 has relaxed SIMD behind a flag, later ones without. */
export const bestAssemblyBuild = (): AssemblyBuild => {
  if (!WebAssembly.validate(RELAXED_PROBE)) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(RELAXED_PROBE) ? 'relaxed' : 'plain';
};

/** @param scratch at least so many bytes on the heap, valid until the next call */
export const assemblyKernels = async (
  memory: WebAssembly.Memory,
  build: AssemblyBuild,
  scratch: (bytes: number) => number,
): Promise<Kernels> => {
  const file = builtKernel(`${build}.wasm`);
  if (!fs.existsSync(file)) throw new Error(`the training kernels are not built: ${file} is missing; run npm run build`);
  const module = await WebAssembly.compile(fs.readFileSync(file));
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  const exported = instance.exports as unknown as AssemblyExports;
  return {
    ...exported,
    gemm: (...args) => {
      exported.gemm(scratch(exported.gemmScratch()), ...args);
    },
    convolve: (x, filter, y, bias, relu, flipped, ...geometry) => {
      const { KH, KW, IC, OC, PH, PW } = named(geometry);
      exported.convolve(scratch(exported.convolveScratch(KH, KW, IC, OC, PH, PW)), x, filter, y, bias, relu, flipped, ...geometry);
    },
    filterGradient: (x, dy, dFilter, ...geometry) => {
      const { IC, PH, PW, OW } = named(geometry);
      exported.filterGradient(scratch(exported.filterGradientScratch(IC, PH, PW, OW)), x, dy, dFilter, ...geometry);
    },
    winogradConvolve: (x, filter, y, bias, relu, flipped, ...geometry) => {
      const { IC, OC, OH, OW, PH, PW } = named(geometry);
      const bytes = exported.winogradConvolveScratch(IC, OC, OH, OW, PH, PW);
      exported.winogradConvolve(scratch(bytes), x, filter, y, bias, relu, flipped, ...geometry);
    },
    winogradGradientPoints: (x, dy, sums, ...geometry) => {
      const { IC, OC, OH, OW, PH, PW } = named(geometry);
      exported.winogradGradientPoints(scratch(exported.winogradGradientPointsScratch(IC, OC, OH, OW, PH, PW)), x, dy, sums, ...geometry);
    },
  };
};

const named = ([N, H, W, IC, KH, KW, OC, OH, OW, SH, SW, top, left, PH, PW, DH, DW]: ReturnType<
  typeof convolutionArguments
>): ConvolutionGeometry => ({ N, H, W, IC, KH, KW, OC, OH, OW, SH, SW, top, left, PH, PW, DH, DW });
