/** What the journeys need of the world; bound once in main. */
import type { EnergyMeter } from '../energy/sample.js';
import type { TrainerThreads } from '../execution/trainer-thread.js';
import type { Grid } from '../grid/grid.js';
import type { IntensitySeries } from '../grid/reading.js';
import type { BudgetBook } from '../policy/budget-book.js';
import type { PolicyBook } from '../policy/policy-book.js';
import type { ImportedRuns } from '../record/imported-run.js';
import type { LedgerBook } from '../record/ledger-book.js';
import type { RunReader, RunWriter } from '../record/run-log.js';
import type { Clock, GridClock } from '../units/clock.js';
import type { Interval } from '../units/time.js';

export interface Ports {
  readonly clock: Clock;
  readonly gridClock: GridClock;
  readonly grid: Grid;
  /** The key of a served zone by any of its names. @throws UnknownZone */
  readonly resolveZone: (name: string) => string;
  /** A zone's past as far as it is on record, whatever a replay's time: for looking back over years. */
  record(zone: string, span: Interval): Promise<IntensitySeries>;
  readonly reader: RunReader;
  readonly writer: RunWriter;
  readonly ledgers: LedgerBook;
  readonly imported: ImportedRuns;
  readonly policies: PolicyBook;
  readonly budgets: BudgetBook;
  readonly meter: EnergyMeter;
  /** Real ms between two samples of the meter. */
  readonly sampleIntervalMs: number;
  readonly trainer: TrainerThreads;
  readonly host: string;
  /** Power usage effectiveness of the site, at least 1. */
  readonly pue: number;
  /** The folder of a run's checkpoints. */
  checkpointDirectory(runId: string): string;
}
