/**
 * What the main thread and a trainer thread say to each other. Free of tfjs: anyone may import these types.
 *
 * Down: one job as worker data, then only words in shared memory (run, pause or stop; checkpoint now; facts handled).
 * Up: facts, in order. Errors cross as data; after `finished`, `paused`, `stopped`, `failed` or `probed` the thread sends
 * nothing more and exits.
 */
import type { TrainingSpec } from '../experiment/spec.js';

/** What the main thread asks for, at WORD.command; read between micro-batches. */
export const COMMAND = { run: 0, pause: 1, stop: 2 } as const;

/** Places in the Int32Array of shared memory between the two. */
export const WORD = {
  command: 0,
  /** Raised by the main thread: a checkpoint is to be written after this step, and training goes on. */
  checkpointNow: 1,
  /** Facts the main thread is done with. */
  handled: 2,
} as const;

/** Bytes of that memory. */
export const SHARED_BYTES = 4 * Object.keys(WORD).length;

/** Facts on their way above which the trainer gathers progress instead of sending more of it. */
export const MOST_UNHANDLED = 64;

/** What a user may force; `auto` takes the first there is of tensorflow-gpu, tensorflow, webgpu, native, wasm. `cpu` is for tests. */
export const BACKENDS = ['auto', 'tensorflow-gpu', 'tensorflow', 'webgpu', 'native', 'wasm', 'wasm-plain', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What `auto` tries, in this order. The WASM backend with kernels from AssemblyScript is there everywhere. */
export const PREFERRED_BACKENDS = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'native', 'wasm'] as const satisfies readonly BackendName[];

/** What this host gives a trainer. */
export interface TrainerHost {
  readonly backend: BackendName;
  /** Of the native kernels. */
  readonly threads: number;
  /** Bytes of tensors a run may hold at once. */
  readonly memoryLimitBytes: number;
  /** Where converted datasets are kept. */
  readonly dataDirectory: string;
}

export interface TrainJob {
  readonly kind: 'train';
  readonly training: TrainingSpec;
  readonly host: TrainerHost;
  /** Where this run's checkpoints live; existing ones are looked for here, the newest sound one is resumed. */
  readonly checkpointDirectory: string;
  /** Of SHARED_BYTES, see WORD. */
  readonly shared: SharedArrayBuffer;
  /** Name of the thread and all it starts, by which their processor time is told apart; at most 15 bytes. */
  readonly threads: string;
}

/** Train a few real steps on real images, keep nothing, and say how fast it went. */
export interface ProbeJob {
  readonly kind: 'probe';
  readonly training: TrainingSpec;
  readonly host: TrainerHost;
  /** Least real time to spend on training steps after the warm-up. */
  readonly leastMs: number;
}

export type TrainerJob = TrainJob | ProbeJob;

/** Two builds of one class give the same weights to the bit; a run does not move between classes. */
export type NumericClass = 'fma' | 'plain' | 'cpu' | 'tensorflow' | 'tensorflow-gpu' | 'webgpu';

/** Which code computes. */
export interface BackendBuild {
  /** Like `wasm`. */
  readonly name: string;
  /** Like `native avx512, 2 threads` or `assemblyscript relaxed-simd`. */
  readonly kernels: string;
  readonly numericClass: NumericClass;
}

/** What the thread is busy with: `preparing` (the dataset), `training` and `evaluating` are the run's own work, the rest is overhead. */
export type TrainerPhase = 'starting' | 'preparing' | 'training' | 'evaluating' | 'checkpointing';

export interface TrainerError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

export type TrainerFact =
  | {
      readonly kind: 'ready';
      readonly backend: BackendBuild;
      readonly trainableParameters: number;
      readonly totalSteps: number;
      /** Images in memory at once, as the spec says or as chosen. */
      readonly microBatchSize: number;
      /** Optimiser steps already done, from the checkpoint; 0 for a fresh start. */
      readonly step: number;
      /** The checkpoint continued from. */
      readonly resumedFrom: string | undefined;
    }
  /** Sent at the moment a phase begins. */
  | { readonly kind: 'phase'; readonly phase: TrainerPhase }
  /** About every half second while training. `step` counts optimiser steps over the whole run, from 1. */
  | {
      readonly kind: 'progress';
      readonly step: number;
      /** From 1. */
      readonly epoch: number;
      /** Mean training loss per image since the last progress fact. */
      readonly loss: number;
      readonly imagesPerSecond: number;
      /** Milliseconds of training spent waiting for examples to be at hand, since the last progress fact. */
      readonly dataMs: number;
      /** Milliseconds of training since then, that included. */
      readonly trainingMs: number;
      /** Memory of this trainer: the tfjs heap in bytes, at its highest so far. */
      readonly peakMemoryBytes: number;
    }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly step: number; readonly loss: number; readonly durationMs: number }
  | {
      readonly kind: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      /** Share of test images classified right, 0 to 1. */
      readonly accuracy: number;
      readonly loss: number;
      readonly images: number;
      /** The last one of a run, on every test image the spec asks for. */
      readonly final: boolean;
    }
  /** A state that is safely on disk. */
  | {
      readonly kind: 'checkpoint';
      readonly path: string;
      readonly step: number;
      readonly bytes: number;
      readonly sha256: string;
      /** Real milliseconds from the copy of the state until it could not be lost any more. */
      readonly durationMs: number;
      /** Real milliseconds that training stood still for it. */
      readonly heldMs: number;
    }
  /** Something a reader of the run's log should know, like a damaged checkpoint that was passed over. */
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'paused'; readonly step: number }
  | { readonly kind: 'stopped'; readonly step: number }
  /** `how`: where that was not by training all steps. */
  | { readonly kind: 'finished'; readonly step: number; readonly how?: string }
  | { readonly kind: 'failed'; readonly error: TrainerError }
  | {
      readonly kind: 'probed';
      readonly backend: BackendBuild;
      readonly trainImagesPerSecond: number;
      readonly evaluationImagesPerSecond: number;
      readonly peakMemoryBytes: number;
    };

/** Asked of a process of its own, see survey-process.ts: whether a backend starts here, or which datasets are here. */
export type SurveyQuestion =
  { readonly kind: 'backend'; readonly name: BackendName; readonly host: TrainerHost } | { readonly kind: 'datasets' };

export type SurveyedBackend =
  | { readonly usable: true; readonly build: BackendBuild }
  /** `installed`: it is there and does not work. */
  | { readonly usable: false; readonly installed: boolean; readonly reason: string };

/** A dataset of the catalogue that needs no path, found or not. */
export interface SurveyedDataset {
  readonly name: string;
  /** Where its files are, or would be. */
  readonly directory: string;
  /** Names of the files that are not there. */
  readonly missing: readonly string[];
}

export type SurveyAnswer =
  | { readonly kind: 'backend'; readonly backend: SurveyedBackend }
  | { readonly kind: 'datasets'; readonly datasets: readonly SurveyedDataset[] };
