/** The tables as TypeORM sees them. Created only by `migrations/`; decorator types are written out. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import type { CodecarbonRun } from '../emissions/codecarbon-csv.js';
import type { RunRole, RunSpec } from '../experiment/spec.js';
import type { RunState } from '../experiment/run-state.js';
import type { RunFact } from '../record/run-event.js';
import type { RunSummary } from '../record/run-summary.js';
import type { TrainingPoint } from '../record/training-curve.js';
import type { BudgetPeriod, Policy } from '../policy/policy.js';

@Entity('experiment')
export class ExperimentRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;
  /** Order of submission. */
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS', insert: false, update: false })
  ordinal!: string;
  @Column({ type: 'text' })
  name!: string;
  /** Whose policy and budgets hold. */
  @Column({ type: 'text', default: 'default' })
  project!: string;
  @Column({ type: 'timestamptz', name: 'submitted_at' })
  submittedAt!: Date;
  @Column({ type: 'timestamptz', name: 'submitted_grid_at' })
  submittedGridAt!: Date;
}

@Entity('run')
@Index('run_host_busy', ['host'], { unique: true, where: "state = 'running'" })
export class RunRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS', insert: false, update: false })
  ordinal!: string;
  @Column({ type: 'uuid', name: 'experiment_id' })
  experimentId!: string;
  @ManyToOne(() => ExperimentRow, { nullable: false })
  @JoinColumn({ name: 'experiment_id' })
  experiment!: Relation<ExperimentRow>;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'text' })
  role!: RunRole;
  @Column({ type: 'text' })
  zone!: string;
  @Column({ type: 'jsonb' })
  spec!: RunSpec;
  @Column({ type: 'text' })
  state!: RunState;
  @Column({ type: 'timestamptz', name: 'deadline_grid_at', nullable: true })
  deadlineGridAt!: Date | null;
  /** Real time from which the next segment may start. */
  @Column({ type: 'timestamptz', name: 'start_at' })
  startAt!: Date;
  @Column({ type: 'integer', name: 'last_sequence', default: 0 })
  lastSequence!: number;
  @Column({ type: 'integer', default: 0 })
  fence!: number;
  /** Where it runs, and the worker process there, while it runs. */
  @Column({ type: 'text', nullable: true })
  host!: string | null;
  @Column({ type: 'text', nullable: true })
  worker!: string | null;
  @Column({ type: 'timestamptz', name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;
  @Column({ type: 'jsonb' })
  summary!: RunSummary;
  /** Of the summary: when it finished, grid time in epoch milliseconds. Made by the database. */
  @Column({ type: 'double precision', name: 'finished_grid_ms', nullable: true, insert: false, update: false })
  finishedGridMs!: number | null;
}

@Entity('run_event')
export class RunEventRow {
  @PrimaryColumn({ type: 'uuid', name: 'run_id' })
  runId!: string;
  @PrimaryColumn({ type: 'integer' })
  sequence!: number;
  /** Epoch milliseconds on the real and the grid's clock, as exact as they were taken. */
  @Column({ type: 'double precision', name: 'at_ms' })
  atMs!: number;
  @Column({ type: 'double precision', name: 'grid_at_ms' })
  gridAtMs!: number;
  @Column({ type: 'text' })
  kind!: string;
  @Column({ type: 'jsonb' })
  fact!: RunFact;
}

/** The ledger for SQL: one row per entry of an `energy` fact. */
@Entity('ledger_entry')
export class LedgerEntryRow {
  @PrimaryColumn({ type: 'uuid', name: 'run_id' })
  runId!: string;
  @PrimaryColumn({ type: 'integer' })
  sequence!: number;
  @PrimaryColumn({ type: 'integer' })
  piece!: number;
  @Column({ type: 'text' })
  purpose!: string;
  @Column({ type: 'text' })
  zone!: string;
  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;
  @Column({ type: 'timestamptz', name: 'ended_at' })
  endedAt!: Date;
  @Column({ type: 'timestamptz', name: 'grid_start' })
  gridStart!: Date;
  @Column({ type: 'timestamptz', name: 'grid_end' })
  gridEnd!: Date;
  @Column({ type: 'bigint', name: 'energy_uj' })
  energyUj!: string;
  @Column({ type: 'double precision' })
  pue!: number;
  @Column({ type: 'double precision', name: 'intensity_gco2eq_per_kwh', nullable: true })
  intensityGco2eqPerKwh!: number | null;
  @Column({ type: 'text', name: 'intensity_kind', nullable: true })
  intensityKind!: string | null;
  @Column({ type: 'text', name: 'factor_type', nullable: true })
  factorType!: string | null;
  @Column({ type: 'text', nullable: true })
  source!: string | null;
  @Column({ type: 'text', nullable: true })
  provenance!: string | null;
  @Column({ type: 'double precision', name: 'emissions_gco2eq', nullable: true })
  emissionsGco2eq!: number | null;
  /** The run's own share of the energy. */
  @Column({ type: 'bigint', name: 'attributed_uj', nullable: true })
  attributedUj!: string | null;
  /** Sequence of the fact that restated this line; null while it stands. */
  @Column({ type: 'integer', name: 'superseded_by', nullable: true })
  supersededBy!: number | null;
}

/** The replayed grid's clock: one row. `seen_at` rises while a service runs, so that a replay stands still while none does. */
@Entity('replay_clock')
export class ReplayClockRow {
  @PrimaryColumn({ type: 'integer' })
  id!: number;
  @Column({ type: 'timestamptz', name: 'real_at' })
  realAt!: Date;
  @Column({ type: 'timestamptz', name: 'grid_at' })
  gridAt!: Date;
  @Column({ type: 'double precision' })
  speed!: number;
  @Column({ type: 'timestamptz', name: 'seen_at' })
  seenAt!: Date;
}

/** A run that another tool measured, beside an experiment's own. */
@Entity('imported_run')
@Unique(['experimentId', 'digest'])
export class ImportedRunRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS', insert: false, update: false })
  ordinal!: string;
  @Column({ type: 'uuid', name: 'experiment_id' })
  experimentId!: string;
  @Column({ type: 'timestamptz', name: 'imported_at' })
  importedAt!: Date;
  /** SHA-256 of the run, by which it is recognised. */
  @Column({ type: 'text' })
  digest!: string;
  @Column({ type: 'jsonb' })
  run!: CodecarbonRun;
}

/** Policies as they were set; rows are never changed. */
@Entity('policy')
export class PolicyRow {
  /** `organisation`, or `project:` and its name. */
  @PrimaryColumn({ type: 'text' })
  scope!: string;
  @PrimaryColumn({ type: 'integer' })
  version!: number;
  @Column({ type: 'timestamptz', name: 'set_at' })
  setAt!: Date;
  @Column({ type: 'timestamptz', name: 'set_grid_at' })
  setGridAt!: Date;
  @Column({ type: 'jsonb' })
  document!: Policy;
}

/** What a project's runs booked in one period of a budget; periods are grid time. */
@Entity('budget_spending')
export class BudgetSpendingRow {
  @PrimaryColumn({ type: 'text' })
  project!: string;
  @PrimaryColumn({ type: 'text' })
  period!: BudgetPeriod;
  @PrimaryColumn({ type: 'text', name: 'time_zone' })
  timeZone!: string;
  @PrimaryColumn({ type: 'timestamptz', name: 'period_start' })
  periodStart!: Date;
  @Column({ type: 'timestamptz', name: 'period_end' })
  periodEnd!: Date;
  @Column({ type: 'double precision', name: 'spent_gco2eq' })
  spentGco2eq!: number;
}

/** What a run that trains holds back of its project's budgets. */
@Entity('budget_reservation')
export class BudgetReservationRow {
  @PrimaryColumn({ type: 'uuid', name: 'run_id' })
  runId!: string;
  @Column({ type: 'text' })
  project!: string;
  @Column({ type: 'double precision', name: 'reserved_gco2eq' })
  reservedGco2eq!: number;
}

/** Thinned points of one full piece of a run's log; kept when the piece is full. */
@Entity('training_curve_piece')
export class TrainingCurvePieceRow {
  @PrimaryColumn({ type: 'uuid', name: 'run_id' })
  runId!: string;
  @PrimaryColumn({ type: 'integer' })
  piece!: number;
  @Column({ type: 'jsonb' })
  points!: readonly TrainingPoint[];
}

/** What an experiment tracker was told of a run. */
@Entity('tracker_export')
export class TrackerExportRow {
  /** Its address. */
  @PrimaryColumn({ type: 'text' })
  tracker!: string;
  @PrimaryColumn({ type: 'uuid', name: 'run_id' })
  runId!: string;
  /** Sequence of the last event it has. */
  @Column({ type: 'integer', default: 0 })
  told!: number;
  /** Why it is told nothing more. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;
  /** The process that exports it now. */
  @Column({ type: 'text', name: 'lent_to', nullable: true })
  lentTo!: string | null;
  @Column({ type: 'timestamptz', name: 'lent_until', nullable: true })
  lentUntil!: Date | null;
}

/** What was booked of a project in a zone; all but what was restated only rises. */
@Entity('booked_total')
export class BookedTotalRow {
  @PrimaryColumn({ type: 'text' })
  project!: string;
  @PrimaryColumn({ type: 'text' })
  zone!: string;
  @Column({ type: 'numeric', name: 'energy_uj' })
  energyUj!: string;
  /** Drawn while the intensity of the grid was unknown. */
  @Column({ type: 'numeric', name: 'uncovered_energy_uj' })
  uncoveredEnergyUj!: string;
  /** As first booked. */
  @Column({ type: 'double precision', name: 'emissions_gco2eq' })
  emissionsGco2eq!: number;
  /** By what restatements have changed that, signed. */
  @Column({ type: 'double precision', name: 'restated_gco2eq' })
  restatedGco2eq!: number;
}

/** A run's ledger in fewer lines, as it stood after the event `through`. */
@Entity('ledger_stretches')
export class LedgerStretchesRow {
  @PrimaryColumn({ type: 'uuid', name: 'run_id' })
  runId!: string;
  @Column({ type: 'integer' })
  through!: number;
  @Column({ type: 'json' })
  stretches!: object;
}
