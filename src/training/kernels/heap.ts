/** The linear memory of the tfjs WASM backend, and our training kernels on it. */
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { MemoryLimitExceeded } from '../memory-limit.js';
import type { BackendBuild } from '../protocol.js';
import { assemblyKernels, bestAssemblyBuild, type AssemblyBuild } from './assembly-kernels.js';
import type { Kernels } from './kernels.js';
import { nativeInstructionSets, nativeKernels, type InstructionSet } from './native-kernels.js';

/** The parts of the tfjs WASM backend that are not in its types. */
interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory }; _malloc(bytes: number): number; _free(address: number): void };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  incRef(dataId: object): void;
}

/** Which kernels to use; undefined fields: the best there is. */
export interface KernelChoice {
  readonly source?: 'native' | 'assemblyscript';
  readonly assembly?: AssemblyBuild;
  readonly instructionSet?: InstructionSet;
  /** Threads of the native kernels. */
  readonly threads?: number;
}

export interface Heap {
  readonly build: BackendBuild;
  readonly kernels: Kernels;
  readonly addressOf: (tensor: tf.TensorInfo) => number;
  /** A fresh tensor, its content undefined. @throws MemoryLimitExceeded */
  output(shape: readonly number[]): tf.TensorInfo;
  /** Another tensor on the same values. */
  alias(tensor: tf.TensorInfo): tf.TensorInfo;
  /** The values of a float32 tensor in place; valid until anything is allocated. */
  floats(tensor: tf.TensorInfo): Float32Array;
  /** Room for so many bytes, to be filled by `fill`; valid until the next kernel is called. */
  upload(bytes: number, fill: (target: Uint8Array) => void): number;
  /** Tensors that hold more bytes than this at once end the run. */
  limitBytes: number;
  /** The most bytes that tensors held at once, as seen whenever one of our kernels made its output; since the last reset. */
  readonly peakBytes: number;
  resetPeak(): void;
}

class WasmHeap implements Heap {
  limitBytes = Infinity;
  kernels!: Kernels;
  build!: BackendBuild;
  private readonly backend: WasmBackend;
  private scratchAddress = 0;
  private scratchBytes = 0;
  private peak = 0;

  constructor() {
    this.backend = tf.backend() as unknown as WasmBackend;
  }

  readonly addressOf = ({ dataId }: tf.TensorInfo): number => this.backend.dataIdMap.get(dataId).memoryOffset;

  output(shape: readonly number[]): tf.TensorInfo {
    const bytes = tf.memory().numBytes + 4 * tf.util.sizeFromShape([...shape]);
    if (bytes > this.limitBytes) throw new MemoryLimitExceeded(bytes, this.limitBytes);
    this.peak = Math.max(this.peak, bytes);
    const made = this.backend.makeOutput(shape, 'float32');
    if (bytes > 0 && this.addressOf(made) === 0) throw new MemoryLimitExceeded(bytes, this.memory.buffer.byteLength);
    return made;
  }

  alias({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  floats(tensor: tf.TensorInfo): Float32Array {
    return new Float32Array(this.memory.buffer, this.addressOf(tensor), tf.util.sizeFromShape(tensor.shape));
  }

  upload(bytes: number, fill: (target: Uint8Array) => void): number {
    const address = this.scratch(bytes);
    fill(new Uint8Array(this.memory.buffer, address, bytes));
    return address;
  }

  get peakBytes(): number {
    return this.peak + this.scratchBytes;
  }

  resetPeak(): void {
    this.peak = 0;
  }

  async use(choice: KernelChoice): Promise<void> {
    const native = choice.source === 'assemblyscript' ? undefined : nativeInstructionSets();
    const instructionSet = native?.sets.find((name) => choice.instructionSet === undefined || name === choice.instructionSet);
    if (instructionSet !== undefined) {
      const threads = choice.threads ?? 1;
      this.kernels = nativeKernels(this.memory, instructionSet, threads);
      const kernels = `native ${instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
      this.build = { name: 'wasm', kernels, numericClass: 'fma' };
      return;
    }
    if (choice.source === 'native') throw new Error(`the native kernels cannot be used: ${native?.missing ?? ''}`);
    const best = bestAssemblyBuild();
    const assembly = choice.assembly ?? best;
    if (assembly === 'relaxed' && best === 'plain') throw new Error('this Node.js has no relaxed SIMD');
    this.kernels = await assemblyKernels(this.memory, assembly, (bytes) => this.scratch(bytes));
    const kernels = `assemblyscript ${assembly === 'relaxed' ? 'relaxed-simd' : 'simd'}`;
    this.build = { name: 'wasm', kernels, numericClass: assembly === 'relaxed' ? 'fma' : 'plain' };
  }

  private get memory(): WebAssembly.Memory {
    return this.backend.wasm.asm.memory;
  }

  private scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratchAddress !== 0) this.backend.wasm._free(this.scratchAddress);
      this.scratchAddress = this.backend.wasm._malloc(bytes) >>> 0;
      if (this.scratchAddress === 0) throw new MemoryLimitExceeded(bytes, this.memory.buffer.byteLength);
      this.scratchBytes = bytes;
    }
    return this.scratchAddress;
  }
}

let heap: WasmHeap | undefined;

/** Its binaries lie in the package, also for a bundled trainer, which lies elsewhere. */
const WASM_DIRECTORY = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

/**
 * The one heap of this thread, with the kernels chosen last.
 * @throws Error when the WASM backend does not start or the kernels asked for are not there
 */
export const loadHeap = async (choice: KernelChoice = {}): Promise<Heap> => {
  if (heap === undefined) setWasmPaths(`${WASM_DIRECTORY}${path.sep}`);
  if (!(await tf.setBackend('wasm'))) throw new Error('the WASM backend of tfjs does not start on this machine; it needs WebAssembly SIMD');
  heap ??= new WasmHeap();
  await heap.use(choice);
  return heap;
};
