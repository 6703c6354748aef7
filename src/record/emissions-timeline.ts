/** A run's ledger along time: entry by entry, or summed over equal spans of real time. */
import type { EnergyPurpose, LedgerEntry } from '../emissions/ledger-entry.js';
import { grams, type CarbonIntensity, type GramsCO2eq, type Microjoules } from '../units/quantities.js';
import type { Instant, Interval } from '../units/time.js';

/** Energy of one purpose, booked in one span of time. */
export interface TimelinePoint {
  readonly purpose: EnergyPurpose;
  /** From the first entry's start to the last one's end. */
  readonly real: Interval;
  readonly grid: Interval;
  /** Real milliseconds metered in it. */
  readonly meteredMs: number;
  readonly energy: Microjoules;
  /** Weighted by energy; undefined where that of any of the energy is unknown. */
  readonly intensity: CarbonIntensity | undefined;
  /** Undefined where those of any of the energy are unknown. */
  readonly emissions: GramsCO2eq | undefined;
  /** Emissions of the part whose intensity is known. */
  readonly knownEmissions: GramsCO2eq;
}

/** What a run's energy is to be summed over. */
export interface TimelineSpan {
  readonly runId: string;
  /** Real time. */
  readonly from: Instant;
  /** Undefined: until now. */
  readonly until: Instant | undefined;
}

export const timelineOf = (ledger: readonly LedgerEntry[]): readonly TimelinePoint[] =>
  ledger
    .filter(({ real }) => real.end > real.start)
    .map(({ purpose, real, grid, energy, reading, emissions }) => ({
      purpose,
      real,
      grid,
      meteredMs: real.end - real.start,
      energy,
      intensity: reading?.intensity,
      emissions,
      knownEmissions: emissions ?? grams(0), // Nothing of it is known.
    }));
