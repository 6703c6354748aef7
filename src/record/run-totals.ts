/** The port of what all runs add up to, for whoever watches the service as a whole. The adapter is in `store`. */
import type { RunState } from '../experiment/run-state.js';

/** What was booked of a project's runs in a zone. All but `restated` only ever rise. */
export interface BookedTotal {
  readonly project: string;
  readonly zone: string;
  /** Whole microjoules of the host, before PUE. */
  readonly energy: number;
  /** The part of it whose intensity was unknown when it was booked. */
  readonly uncoveredEnergy: number;
  /** gCO2eq as first booked, PUE included. */
  readonly emissions: number;
  /** What restatements have changed of that since, signed. */
  readonly restated: number;
}

export interface RunTotals {
  /** Every state, 0 included. */
  byState(): Promise<Readonly<Record<RunState, number>>>;
  /** Runs that could start now and wait for a host, by the zone they wait in. */
  waitingByZone(): Promise<Readonly<Record<string, number>>>;
  booked(): Promise<readonly BookedTotal[]>;
  /** Projects that ever submitted. */
  projects(): Promise<readonly string[]>;
}
