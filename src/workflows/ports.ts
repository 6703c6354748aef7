/** What the journeys need of the world; bound once in main. */
import type { EnergyMeter } from '../energy/sample.js';
import type { TrainerThreads } from '../execution/trainer-thread.js';
import type { Grid } from '../grid/grid.js';
import type { ImportedRuns } from '../record/imported-run.js';
import type { RunReader, RunWriter } from '../record/run-log.js';
import type { Clock, GridClock } from '../units/clock.js';

export interface Ports {
  readonly clock: Clock;
  readonly gridClock: GridClock;
  readonly grid: Grid;
  /** The key of a served zone by any of its names. @throws UnknownZone */
  readonly resolveZone: (name: string) => string;
  readonly reader: RunReader;
  readonly writer: RunWriter;
  readonly imported: ImportedRuns;
  readonly meter: EnergyMeter;
  readonly trainer: TrainerThreads;
  readonly host: string;
  /** Power usage effectiveness of the site, at least 1. */
  readonly pue: number;
  /** The folder of a run's checkpoints. */
  checkpointDirectory(runId: string): string;
}
