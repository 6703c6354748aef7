/** Rows of a run to what the record knows, and back. */
import type { LedgerEntry, LedgerLine } from '../emissions/ledger-entry.js';
import type { RunRole, RunSpec } from '../experiment/spec.js';
import type { RunState } from '../experiment/run-state.js';
import { numbered } from '../record/ledger-lines.js';
import type { RunEvent, RunFact } from '../record/run-event.js';
import type { StoredExperiment, StoredRun } from '../record/run-log.js';
import type { RunSummary } from '../record/run-summary.js';
import { instant } from '../units/time.js';

export interface ExperimentColumns {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly submitted_at: Date;
  readonly submitted_grid_at: Date;
}

export interface RunColumns {
  readonly id: string;
  readonly experiment_id: string;
  readonly experiment_name: string;
  readonly project: string;
  readonly name: string;
  readonly role: RunRole;
  readonly zone: string;
  readonly spec: RunSpec;
  readonly state: RunState;
  readonly submitted_at: Date;
  readonly submitted_grid_at: Date;
  readonly deadline_grid_at: Date | null;
  readonly start_at: Date;
  readonly last_sequence: number;
  readonly fence: number;
  readonly host: string | null;
  readonly worker: string | null;
  readonly lease_until: Date | null;
  readonly summary: RunSummary;
}

export interface EventColumns {
  readonly run_id: string;
  readonly sequence: number;
  readonly at_ms: number;
  readonly grid_at_ms: number;
  readonly fact: RunFact;
}

export const SELECT_RUN = `
  select run.*, experiment.name as experiment_name, experiment.project, experiment.submitted_at, experiment.submitted_grid_at
  from run join experiment on experiment.id = run.experiment_id`;

export const experimentOf = (row: ExperimentColumns): StoredExperiment => ({
  id: row.id,
  name: row.name,
  project: row.project,
  submittedAt: instant(row.submitted_at.getTime()),
  submittedGridAt: instant(row.submitted_grid_at.getTime()),
});

export const runOf = (row: RunColumns): StoredRun => ({
  id: row.id,
  experimentId: row.experiment_id,
  experimentName: row.experiment_name,
  project: row.project,
  name: row.name,
  role: row.role,
  zone: row.zone,
  spec: row.spec,
  state: row.state,
  submittedAt: instant(row.submitted_at.getTime()),
  submittedGridAt: instant(row.submitted_grid_at.getTime()),
  deadlineGridAt: row.deadline_grid_at === null ? undefined : instant(row.deadline_grid_at.getTime()),
  startAt: instant(row.start_at.getTime()),
  lastSequence: row.last_sequence,
  fence: row.fence,
  holder:
    row.worker === null || row.host === null || row.lease_until === null
      ? undefined
      : { host: row.host, worker: row.worker, leaseUntil: instant(row.lease_until.getTime()) },
  summary: row.summary,
});

export const eventOf = (row: EventColumns): RunEvent => ({
  runId: row.run_id,
  sequence: row.sequence,
  at: instant(row.at_ms),
  gridAt: instant(row.grid_at_ms),
  fact: row.fact,
});

/** The ledger's lines of an event, as columns of `ledger_entry`; empty for any other fact. */
export const ledgerRowsOf = (event: RunEvent): readonly (readonly unknown[])[] =>
  bookedLines(event).map(({ piece, entry }) => [event.runId, event.sequence, piece, ...entryColumns(entry)]);

const bookedLines = ({ sequence, fact }: RunEvent): readonly LedgerLine[] => {
  if (fact.kind === 'energy') return fact.entries.map((entry, piece) => ({ sequence, piece, entry }));
  return fact.kind === 'restated' ? numbered(sequence, fact.changes).flatMap(({ after }) => after) : [];
};

const entryColumns = (entry: LedgerEntry): readonly unknown[] => [
  entry.purpose,
  entry.zone,
  new Date(entry.real.start),
  new Date(entry.real.end),
  new Date(entry.grid.start),
  new Date(entry.grid.end),
  entry.energy,
  entry.pue,
  entry.reading?.intensity ?? null,
  entry.reading?.kind ?? null,
  entry.reading?.factorType ?? null,
  entry.reading?.source ?? null,
  entry.reading?.provenance ?? null,
  entry.emissions ?? null,
  entry.attributed ?? null,
];
