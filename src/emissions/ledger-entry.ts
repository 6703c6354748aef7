/** One line of a run's ledger: energy of one purpose, within one grid step, with the reading it is booked on. */
import type { Reading } from '../grid/reading.js';
import { emittedBy, fromMicrojoules, grams, type GramsCO2eq, type Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';

/** `active`: training and evaluating; `overhead`: start-up, checkpoint, resume. */
export type EnergyPurpose = 'active' | 'overhead';

export type BookedReading = Pick<Reading, 'intensity' | 'kind' | 'factorType' | 'source' | 'provenance'>;

export interface LedgerEntry {
  readonly purpose: EnergyPurpose;
  /** Real time of the energy. */
  readonly real: Interval;
  /** The same span on the grid's clock. */
  readonly grid: Interval;
  readonly zone: string;
  /** Energy at the host, before PUE. */
  readonly energy: Microjoules;
  /** The run's share of it, above what the host draws at rest; undefined where it cannot be told. */
  readonly attributed: Microjoules | undefined;
  /** Power usage effectiveness of the site, at least 1. */
  readonly pue: number;
  /** The reading in force; undefined where the grid's intensity is unknown. */
  readonly reading: BookedReading | undefined;
  /** energy × PUE × intensity; undefined, not zero, where the intensity is unknown. */
  readonly emissions: GramsCO2eq | undefined;
}

/** An entry with its place in the run's log: the fact that booked it, and which of that fact's entries it is. */
export interface LedgerLine {
  readonly sequence: number;
  readonly piece: number;
  readonly entry: LedgerEntry;
}

/** energy × PUE × intensity; undefined where the intensity is unknown. */
export const bookedEmissions = (energy: Microjoules, pue: number, reading: BookedReading | undefined): GramsCO2eq | undefined =>
  reading && grams(emittedBy(fromMicrojoules(energy), reading.intensity) * pue);

export const bookedReading = ({ intensity, kind, factorType, source, provenance }: Reading): BookedReading => ({
  intensity,
  kind,
  factorType,
  source,
  provenance,
});
