/** The ports over the stored runs: one writer per run, many readers. The adapters are in `store`. */
import type { ExperimentSpec, RunRole, RunSpec } from '../experiment/spec.js';
import type { PauseReason, RunState } from '../experiment/run-state.js';
import type { LedgerLine } from '../emissions/ledger-entry.js';
import type { LedgerStretch } from '../emissions/ledger-stretches.js';
import type { Restatement } from '../emissions/restate.js';
import type { BudgetVerdict } from '../policy/budget.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import type { TimelinePoint, TimelineSpan } from './emissions-timeline.js';
import type { RunEvent, RunFact } from './run-event.js';
import type { RunSummary } from './run-summary.js';
import type { TrainingPoint } from './training-curve.js';

export interface StoredExperiment {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly submittedAt: Instant;
  readonly submittedGridAt: Instant;
}

export interface StoredRun {
  readonly id: string;
  readonly experimentId: string;
  readonly experimentName: string;
  readonly project: string;
  readonly name: string;
  readonly role: RunRole;
  readonly zone: string;
  readonly spec: RunSpec;
  readonly state: RunState;
  readonly submittedAt: Instant;
  readonly submittedGridAt: Instant;
  /** Grid time to be done by; undefined when the spec names none. */
  readonly deadlineGridAt: Instant | undefined;
  /** Real time from which the next segment may start. */
  readonly startAt: Instant;
  readonly lastSequence: number;
  /** Rises with every claim; a worker with an older one may write nothing. */
  readonly fence: number;
  /** The worker that runs it now; its lease is renewed while it lives. */
  readonly holder: { readonly host: string; readonly worker: string; readonly leaseUntil: Instant } | undefined;
  readonly summary: RunSummary;
}

export interface NewRun {
  readonly id: string;
  readonly spec: RunSpec;
  /** Where its first segment trains. */
  readonly zone: string;
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
  readonly project?: string;
  readonly role?: RunRole;
  /** Ended at this grid time or later. */
  readonly finishedFrom?: Instant;
  /** Ended before this grid time. */
  readonly finishedBefore?: Instant;
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
  experimentsWith(ids: readonly string[]): Promise<readonly StoredExperiment[]>;
  /** The newest of that name. */
  experimentNamed(name: string): Promise<StoredExperiment | undefined>;
  /** Newest first; `after` is the id of the last one already seen. */
  experiments(first: number, after: string | undefined): Promise<Page<StoredExperiment>>;
  run(id: string): Promise<StoredRun | undefined>;
  /** Newest first. */
  runs(filter: RunFilter, first: number, after: string | undefined): Promise<Page<StoredRun>>;
  runsOf(experimentIds: readonly string[]): Promise<readonly StoredRun[]>;
  /** Of these ids, in the order in which they were submitted. */
  runsWith(ids: readonly string[]): Promise<readonly StoredRun[]>;
  /** In sequence order, those above `after`. */
  events(runId: string, after: number, limit: number): Promise<readonly RunEvent[]>;
  /** Runs with lines in a zone, of grid time after `since`, that are booked on a forecast, an estimate or nothing. */
  provisionalRuns(zone: string, since: Instant): Promise<readonly string[]>;
  /**
   * As it stands, restatements included, in time order: every line, which may be many. With `events`, and only for a run
   * nothing was restated of, what the events with these sequences booked.
   */
  ledger(runId: string, events?: { readonly first: number; readonly last: number }): Promise<readonly LedgerLine[]>;
  /** The same in fewer lines. */
  stretches(run: StoredRun): Promise<readonly LedgerStretch[]>;
  /** Each run's training curve in order, thinned out where its log is long. */
  trainingCurves(
    runs: readonly Pick<StoredRun, 'id' | 'lastSequence'>[],
    most: number,
  ): Promise<ReadonlyMap<string, readonly TrainingPoint[]>>;
  /** Each run's ledger as it stands, summed over so many equal parts of its span; runs without entries are absent. */
  timelines(spans: readonly TimelineSpan[], points: number): Promise<ReadonlyMap<string, readonly TimelinePoint[]>>;
  /** Those that have submitted something, by name. */
  projects(): Promise<readonly string[]>;
  /** The run's decision log: its `decided` facts, in order. */
  decisions(runId: string): Promise<readonly RunEvent[]>;
  /** Its `planned` facts, in order. */
  plans(runId: string): Promise<readonly RunEvent[]>;
}

export type Claim =
  | { readonly kind: 'claimed'; readonly fence: Fence }
  /** Not queued any more, or the host is busy. */
  | { readonly kind: 'not-now' }
  /** No budget has room for a start; the run was halted. */
  | { readonly kind: 'halted' };

/** What the enforced budgets say, and what those of dry-run policies would. */
export interface BudgetAnswer {
  readonly enforced: BudgetVerdict;
  readonly dryRun: BudgetVerdict;
}

/** What became of a move asked for from outside. */
export type MoveAnswer =
  | { readonly kind: 'moved'; readonly from: RunState }
  /** The run's state does not allow it; nothing was written. */
  | { readonly kind: 'refused'; readonly state: RunState }
  | { readonly kind: 'not-found' };

export interface Move {
  readonly runId: string;
  /** Only from these states. */
  readonly from: readonly RunState[];
  readonly to: RunState;
  readonly pauseReason?: PauseReason;
  readonly message: string;
  readonly at: Instant;
  readonly gridAt: Instant;
  /** Real time from which its next segment may start; its job is queued in the same transaction. */
  readonly startAt?: Instant;
  /** Zone of its next segment; where it is absent it stays. */
  readonly zone?: string;
  /** Facts that go before the move, of the same moment. */
  readonly facts?: readonly RunFact[];
  /** Only if nothing was added to its log since: it is decided on what was read. */
  readonly ifSequence?: number;
  /** Only if this worker still holds it and its lease has run out before this instant, or the worker is known to be gone. */
  readonly heldBy?: string;
}

export interface RunWriter {
  /** One transaction: experiment, runs, first facts, and the queue's jobs. */
  submit(experiment: NewExperiment): Promise<void>;
  /**
   * Moves a queued run to `running` for a worker on a host, at most one run at a time per host, and reserves on its budgets
   * what its start and a checkpoint may take; a run for which they have no room is moved to `halted` instead.
   */
  claim(
    runId: string,
    holder: { readonly host: string; readonly worker: string },
    moment: { at: Instant; gridAt: Instant },
    reserve: GramsCO2eq,
  ): Promise<Claim>;
  /** Says that the holder is alive. @throws StaleFence */
  renew(fence: Fence): Promise<void>;
  /**
   * Appends facts in order under the next sequence numbers, and books their energy on the run's budgets.
   * @param reserve what the run wants to hold back on its budgets to go on; undefined when it is about to end
   * @returns what the budgets say to that; undefined when there are none
   * @throws StaleFence, IllegalMove
   */
  append(fence: Fence, facts: readonly NewFact[], reserve: GramsCO2eq | undefined): Promise<BudgetAnswer | undefined>;
  /** A fact from outside about a run that has not ended for good; with `ifSequence` only if nothing was added since. */
  note(runId: string, fact: NewFact, ifSequence?: number): Promise<MoveAnswer>;
  /** A move that is not the holder's own. A move out of `running` takes the run away from the worker that holds it. */
  move(move: Move): Promise<MoveAnswer>;
  /**
   * Appends facts and a move of the holder's own together with the job of the next segment, in another zone where one is
   * given. @throws StaleFence, IllegalMove
   */
  requeue(fence: Fence, facts: readonly NewFact[], next: { readonly startAt: Instant; readonly zone?: string }): Promise<void>;
  /** Books lines of the ledger anew, in whatever state the run is; all of them or none. */
  restate(restating: Restating): Promise<RestateAnswer>;
  /** Tells the worker that holds a running run what its user wants. */
  ask(runId: string, wish: RunWish): Promise<void>;
}

export interface Restating {
  readonly runId: string;
  readonly at: Instant;
  readonly gridAt: Instant;
  readonly changes: readonly Restatement[];
  readonly message: string;
}

/** `superseded`: a line was restated by somebody else in the meantime; nothing was written. */
export type RestateAnswer = 'restated' | 'superseded' | 'not-found';

export type RunWish = 'pause' | 'cancel';
