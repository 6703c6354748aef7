/** The ports over the stored runs: one writer per run, many readers. The adapters are in `store`. */
import type { ExperimentSpec, RunRole, RunSpec } from '../experiment/spec.js';
import type { PauseReason, RunState } from '../experiment/run-state.js';
import type { LedgerEntry } from '../emissions/ledger-entry.js';
import type { Instant } from '../units/time.js';
import type { RunEvent, RunFact } from './run-event.js';
import type { RunSummary } from './run-summary.js';

export interface StoredExperiment {
  readonly id: string;
  readonly name: string;
  readonly submittedAt: Instant;
  readonly submittedGridAt: Instant;
}

export interface StoredRun {
  readonly id: string;
  readonly experimentId: string;
  readonly experimentName: string;
  readonly name: string;
  readonly role: RunRole;
  readonly zone: string;
  readonly spec: RunSpec;
  readonly state: RunState;
  readonly submittedAt: Instant;
  readonly submittedGridAt: Instant;
  /** Grid time to be done by; undefined when the spec names none. */
  readonly deadlineGridAt: Instant | undefined;
  readonly lastSequence: number;
  /** Rises with every claim; a worker with an older one may write nothing. */
  readonly fence: number;
  readonly summary: RunSummary;
}

export interface NewRun {
  readonly id: string;
  readonly spec: RunSpec;
  readonly deadlineGridAt: Instant | undefined;
  /** Facts the log begins with: the plan and the first state. */
  readonly facts: readonly RunFact[];
  /** Real time at which its first segment may start. */
  readonly startAt: Instant;
}

export interface NewExperiment {
  readonly id: string;
  readonly spec: ExperimentSpec;
  readonly submittedAt: Instant;
  readonly submittedGridAt: Instant;
  readonly runs: readonly NewRun[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

export interface RunFilter {
  readonly experimentId?: string;
  readonly states?: readonly RunState[];
  readonly zone?: string;
  readonly role?: RunRole;
}

/** A run's right to be written, taken by the worker that claims it. */
export interface Fence {
  readonly runId: string;
  readonly fence: number;
}

/** The run was claimed by somebody else in the meantime: what was to be written is not. */
export class StaleFence extends Error {
  constructor(readonly runId: string) {
    super(`run ${runId} is now held by another worker; nothing more is written for it here`);
    this.name = 'StaleFence';
  }
}

export interface NewFact {
  readonly at: Instant;
  readonly gridAt: Instant;
  readonly fact: RunFact;
}

export interface RunReader {
  experiment(id: string): Promise<StoredExperiment | undefined>;
  /** The newest of that name. */
  experimentNamed(name: string): Promise<StoredExperiment | undefined>;
  /** Newest first; `after` is the id of the last one already seen. */
  experiments(first: number, after: string | undefined): Promise<Page<StoredExperiment>>;
  run(id: string): Promise<StoredRun | undefined>;
  /** Newest first. */
  runs(filter: RunFilter, first: number, after: string | undefined): Promise<Page<StoredRun>>;
  runsOf(experimentIds: readonly string[]): Promise<readonly StoredRun[]>;
  /** In sequence order, those above `after`. */
  events(runId: string, after: number, limit: number): Promise<readonly RunEvent[]>;
  ledger(runId: string): Promise<readonly LedgerEntry[]>;
}

export interface RunWriter {
  /** One transaction: experiment, runs, first facts, and the queue's jobs. */
  submit(experiment: NewExperiment): Promise<void>;
  /**
   * Moves a run to `running` for a worker on `host`, at most one run at a time per host, and returns its new fence;
   * undefined when the run is not queued or planned any more, or the host is busy.
   */
  claim(runId: string, host: string, worker: string, moment: { at: Instant; gridAt: Instant }): Promise<Fence | undefined>;
  /** Says that the holder is alive. @throws StaleFence */
  renew(fence: Fence): Promise<void>;
  /** Appends facts in order under the next sequence numbers. @throws StaleFence, IllegalMove */
  append(fence: Fence, facts: readonly NewFact[]): Promise<void>;
  /**
   * A move asked for from outside (pause, resume, cancel, recovery): appended only if the run's state is among `from`.
   * Returns the run's state before; a move from `running` takes the fence away from the worker.
   */
  move(runId: string, from: readonly RunState[], facts: readonly NewFact[], startAt: Instant | undefined): Promise<RunState>;
  /** What the user wants of a running run; the worker that holds it hears of it. */
  ask(runId: string, wish: 'pause' | 'cancel'): Promise<void>;
}

export type PauseWish = { readonly to: 'paused'; readonly reason: PauseReason } | { readonly to: 'cancelled' };
