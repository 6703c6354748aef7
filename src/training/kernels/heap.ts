/** Loads our training kernels onto the linear memory of the tfjs WASM backend. */
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import type { BackendBuild } from '../protocol.js';
import { packageRoot } from '../package-root.js';

/** What `assembly/index.ts` exports; addresses in bytes, sizes in elements. */
export interface Kernels {
  readonly convolve: (
    scratch: number,
    x: number,
    filter: number,
    y: number,
    bias: number,
    relu: boolean,
    flipped: boolean,
    ...geometry: number[]
  ) => void;
  readonly convolveScratch: (KH: number, KW: number, IC: number, OC: number, PH: number, PW: number) => number;
  readonly filterGradient: (scratch: number, x: number, dy: number, dFilter: number, ...geometry: number[]) => void;
  readonly filterGradientScratch: (IC: number, PH: number, PW: number, KW: number) => number;
  readonly columnSums: (x: number, out: number, rows: number, columns: number) => void;
  readonly gemm: (
    scratch: number,
    a: number,
    lda: number,
    transposeA: boolean,
    b: number,
    ldb: number,
    transposeB: boolean,
    c: number,
    M: number,
    N: number,
    K: number,
    bias: number,
    relu: boolean,
  ) => void;
  readonly gemmScratch: () => number;
  readonly adam: (
    w: number,
    g: number,
    m: number,
    v: number,
    out: number,
    n: number,
    beta1: number,
    beta2: number,
    rate: number,
    epsilon: number,
    correction1: number,
    correction2: number,
  ) => void;
  readonly addScaled: (sum: number, x: number, n: number, factor: number) => void;
  readonly dropout: (x: number, y: number, keys: number, rows: number, columns: number, threshold: number, scale: number) => void;
  readonly reluGradient: (y: number, dy: number, dx: number, n: number) => void;
  readonly maxPool: (x: number, dy: number, y: number, N: number, H: number, W: number, C: number, F: number, S: number) => void;
}

/** The parts of the tfjs WASM backend that are not in its types. */
interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory }; _malloc(bytes: number): number; _free(address: number): void };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
}

export interface Heap {
  readonly build: BackendBuild;
  readonly kernels: Kernels;
  readonly addressOf: (tensor: tf.TensorInfo) => number;
  /** A fresh tensor, its content undefined. */
  output(shape: readonly number[]): tf.TensorInfo;
  /** At least this many bytes, valid until the next call. */
  scratch(bytes: number): number;
  /** The most bytes that tensors held at once, as seen whenever one of our kernels made its output; since the last reset. */
  readonly peakBytes: number;
  resetPeak(): void;
}

let loaded: Promise<Heap> | undefined;

/** The one heap of this thread: sets tfjs to the WASM backend and loads the best build this Node can run. */
export const loadHeap = (): Promise<Heap> => (loaded ??= load());

/** A module of one function that uses a relaxed SIMD instruction (f32x4.relaxed_madd). */
const RELAXED_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  8,
  1,
  96,
  3,
  123,
  123,
  123,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  13,
  1,
  11,
  0,
  32,
  0,
  32,
  1,
  32,
  2,
  253,
  133,
  2,
  11,
);

const load = async (): Promise<Heap> => {
  tf.enableProdMode();
  if (!(await tf.setBackend('wasm'))) throw new Error('the WASM backend of tfjs does not start on this machine; it needs WebAssembly SIMD');
  await tf.ready();
  const backend = tf.backend() as unknown as WasmBackend;
  // Node 20 has relaxed SIMD behind a flag, later ones without.
  if (!WebAssembly.validate(RELAXED_PROBE)) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  const relaxed = WebAssembly.validate(RELAXED_PROBE);
  const file = path.join(packageRoot(), 'dist/src/training/kernels', relaxed ? 'relaxed.wasm' : 'plain.wasm');
  if (!fs.existsSync(file)) throw new Error(`the training kernels are not built: ${file} is missing; run npm run build`);
  const module = await WebAssembly.compile(fs.readFileSync(file));
  const instance = await WebAssembly.instantiate(module, { env: { memory: backend.wasm.asm.memory } });
  const kernels = instance.exports as unknown as Kernels;

  let scratchAddress = 0;
  let scratchBytes = 0;
  let peakBytes = 0;
  return {
    build: { name: 'wasm', kernels: `assemblyscript ${relaxed ? 'relaxed-simd' : 'simd'}`, numericClass: relaxed ? 'fma' : 'plain' },
    kernels,
    addressOf: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
    output(shape) {
      const made = backend.makeOutput(shape, 'float32');
      peakBytes = Math.max(peakBytes, tf.memory().numBytes + 4 * shape.reduce((size, length) => size * length, 1));
      return made;
    },
    scratch(bytes) {
      if (bytes > scratchBytes) {
        if (scratchAddress !== 0) backend.wasm._free(scratchAddress);
        scratchAddress = backend.wasm._malloc(bytes) >>> 0;
        if (scratchAddress === 0) throw new Error(`the WASM heap has no room for ${bytes} bytes of scratch`);
        scratchBytes = bytes;
      }
      return scratchAddress;
    },
    get peakBytes() {
      return peakBytes + scratchBytes;
    },
    resetPeak() {
      peakBytes = 0;
    },
  };
};
