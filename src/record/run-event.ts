/**
 * The run's log: facts in one gap-free sequence per run, from which every summary is folded. What is stored as JSON is
 * exactly these payloads: instants as epoch milliseconds, energy in whole microjoules.
 */
import type { LedgerEntry } from '../emissions/ledger-entry.js';
import type { Restatement } from '../emissions/restate.js';
import type { Hardware } from '../energy/hardware.js';
import type { ComponentEnergy, EnergySample, MeterCoverage } from '../energy/sample.js';
import type { PauseReason, RunState } from '../experiment/run-state.js';
import type { Decision } from '../plan/decision.js';
import type { Estimate, Plan } from '../plan/plan.js';
import type { BackendBuild, TrainerPhase } from '../training/protocol.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import type { Prediction } from './prediction.js';

export type RunFact =
  | {
      readonly kind: 'state';
      readonly from: RunState | undefined;
      readonly to: RunState;
      readonly pauseReason?: PauseReason;
      readonly message: string;
    }
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** The whole run's duration and power as expected now that some of it is measured. */
  | { readonly kind: 'estimated'; readonly estimate: Estimate }
  | { readonly kind: 'budget-raised'; readonly budget: GramsCO2eq }
  | {
      readonly kind: 'segment-started';
      readonly segment: number;
      readonly host: string;
      readonly zone: string;
      readonly backend: BackendBuild;
      /** Of the host; absent in old logs. */
      readonly hardware?: Hardware;
      /** What its meter covers, and how. */
      readonly meter?: MeterCoverage;
      readonly trainableParameters: number;
      readonly totalSteps: number;
      /** Images in memory at once. */
      readonly microBatchSize: number;
      /** Optimiser steps done before. */
      readonly step: number;
      readonly resumedFrom: string | undefined;
    }
  | { readonly kind: 'phase'; readonly phase: TrainerPhase }
  | {
      readonly kind: 'progress';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly imagesPerSecond: number;
      /** Milliseconds spent waiting for examples since the last progress fact; absent in logs from before it was measured. */
      readonly dataMs?: number;
      /** Milliseconds of training since then; absent in older logs. */
      readonly trainingMs?: number;
      readonly peakMemoryBytes: number;
    }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly step: number; readonly loss: number; readonly durationMs: number }
  | {
      readonly kind: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      readonly accuracy: number;
      readonly loss: number;
      readonly images: number;
      readonly final: boolean;
    }
  | {
      readonly kind: 'checkpoint';
      readonly path: string;
      readonly step: number;
      readonly bytes: number;
      readonly sha256: string;
      readonly durationMs: number;
      /** Absent in logs from when training stood still all the while. */
      readonly heldMs?: number;
    }
  /** One power sample, split at grid steps; the entries' energies add up to the components'. Parts of the sample may be absent in old logs. */
  | ({
      readonly kind: 'energy';
      readonly components: readonly ComponentEnergy[];
      readonly entries: readonly LedgerEntry[];
    } & Partial<Pick<EnergySample, 'unknown' | 'gap' | 'cpuLoad' | 'memoryUsedBytes'>>)
  /** After the first epoch; a run that begins again predicts again. */
  | ({ readonly kind: 'predicted' } & Prediction)
  /** Lines of the ledger booked anew on better readings; what they were stays here. */
  | { readonly kind: 'restated'; readonly changes: readonly Restatement[]; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface RunEvent {
  readonly runId: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Real time. */
  readonly at: Instant;
  /** Grid time. */
  readonly gridAt: Instant;
  readonly fact: RunFact;
}
