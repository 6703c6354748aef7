/** One line of a run's ledger: energy of one purpose, within one grid step, with the reading it is booked on. */
import type { Reading } from '../grid/reading.js';
import type { GramsCO2eq, Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';

/** `active`: training and evaluating; `overhead`: start-up, checkpoint, resume. */
export type EnergyPurpose = 'active' | 'overhead';

export interface LedgerEntry {
  readonly purpose: EnergyPurpose;
  /** Real time of the energy. */
  readonly real: Interval;
  /** The same span on the grid's clock. */
  readonly grid: Interval;
  readonly zone: string;
  /** Energy at the host, before PUE. */
  readonly energy: Microjoules;
  /** Power usage effectiveness of the site, at least 1. */
  readonly pue: number;
  /** The reading in force; undefined where the grid's intensity is unknown. */
  readonly reading: Pick<Reading, 'intensity' | 'kind' | 'factorType' | 'source' | 'provenance'> | undefined;
  /** energy × PUE × intensity; undefined, not zero, where the intensity is unknown. */
  readonly emissions: GramsCO2eq | undefined;
}
