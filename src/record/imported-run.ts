/** Runs that another tool measured, kept beside an experiment's own to be compared with them. */
import type { CodecarbonRun } from '../emissions/codecarbon-csv.js';
import type { Instant } from '../units/time.js';

export interface ImportedRun {
  readonly id: string;
  readonly experimentId: string;
  readonly importedAt: Instant;
  readonly run: CodecarbonRun;
}

export interface ImportedRuns {
  /** Adds what the experiment does not have yet; returns how many were new. */
  add(experimentId: string, runs: readonly CodecarbonRun[], importedAt: Instant): Promise<number>;
  /** In the order they were imported. */
  of(experimentId: string): Promise<readonly ImportedRun[]>;
}
