/**
 * What the main thread and a trainer thread say to each other. Free of tfjs: anyone may import these types.
 *
 * Down: one job as worker data, then only a word in shared memory (run, pause, stop). Up: facts, in order. Errors cross
 * as data; after `finished`, `paused`, `failed` or `probed` the thread sends nothing more and exits.
 */
import type { TrainingSpec } from '../experiment/spec.js';

/** What the main thread asks for, as an Int32 in shared memory at index 0, read between micro-batches. */
export const COMMAND = { run: 0, pause: 1, stop: 2 } as const;

export interface TrainJob {
  readonly kind: 'train';
  readonly training: TrainingSpec;
  /** Where this run's checkpoints live; existing ones are looked for here, the newest sound one is resumed. */
  readonly checkpointDirectory: string;
  /** Int32Array of length 1, see COMMAND. */
  readonly command: SharedArrayBuffer;
  /** Name of the thread and all it starts, by which their processor time is told apart; at most 15 bytes. */
  readonly threads: string;
}

/** Train a few real steps on real images, keep nothing, and say how fast it went. */
export interface ProbeJob {
  readonly kind: 'probe';
  readonly training: TrainingSpec;
  /** Least real time to spend on training steps after the warm-up. */
  readonly leastMs: number;
}

export type TrainerJob = TrainJob | ProbeJob;

/** Which code computes; two builds of one numeric class give the same weights to the bit. */
export interface BackendBuild {
  /** Like `wasm`. */
  readonly name: string;
  /** Like `assemblyscript relaxed-simd`. */
  readonly kernels: string;
  readonly numericClass: 'fma' | 'plain';
}

/** What the thread is busy with: only `training` and `evaluating` are the run's own work, the rest is overhead. */
export type TrainerPhase = 'starting' | 'training' | 'evaluating' | 'checkpointing';

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
  | {
      readonly kind: 'checkpoint';
      readonly path: string;
      readonly step: number;
      readonly bytes: number;
      readonly sha256: string;
      readonly durationMs: number;
    }
  /** Something a reader of the run's log should know, like a damaged checkpoint that was passed over. */
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'paused'; readonly step: number }
  | { readonly kind: 'stopped'; readonly step: number }
  | { readonly kind: 'finished'; readonly step: number }
  | { readonly kind: 'failed'; readonly error: TrainerError }
  | {
      readonly kind: 'probed';
      readonly backend: BackendBuild;
      readonly trainImagesPerSecond: number;
      readonly evaluationImagesPerSecond: number;
      readonly peakMemoryBytes: number;
    };
