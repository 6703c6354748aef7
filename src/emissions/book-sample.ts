/** Books a power sample on the grid that served it: one ledger entry per grid step it touches. */
import type { ComponentEnergy, EnergySample } from '../energy/sample.js';
import { piecesOf, type IntensitySeries } from '../grid/reading.js';
import type { GridClock } from '../units/clock.js';
import { microjoules, type Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import { bookedEmissions, bookedReading, type EnergyPurpose, type LedgerEntry } from './ledger-entry.js';
import { sharedByLength } from './shared-by-length.js';

export interface BookingSite {
  readonly zone: string;
  /** Power usage effectiveness, at least 1. */
  readonly pue: number;
  readonly clock: GridClock;
}

/**
 * Emissions = energy × PUE × the intensity in force. The sample is cut where the intensity changes, its energy shared by
 * time in whole microjoules that add up exactly. Where the intensity is unknown, so are the emissions.
 */
export const bookSample = (
  sample: EnergySample,
  purpose: EnergyPurpose,
  site: BookingSite,
  series: IntensitySeries,
): readonly LedgerEntry[] => {
  const { zone, pue, clock } = site;
  const grid = { start: clock.toGrid(sample.interval.start), end: clock.toGrid(sample.interval.end) };
  const pieces = piecesOf(series, grid);
  const intervals = pieces.map(({ interval }) => interval);
  const energies = sharedByLength(totalOf(sample.components), intervals);
  const share = attributedOf(sample.components);
  const shares = share === undefined ? undefined : sharedByLength(share, intervals);
  return pieces.map(({ interval, reading }, index): LedgerEntry => {
    const energy = energies[index]!;
    // Mapped back exactly at the sample's own ends, so that entries touch end to end like samples do.
    const real: Interval = {
      start: index === 0 ? sample.interval.start : clock.toReal(interval.start),
      end: index === pieces.length - 1 ? sample.interval.end : clock.toReal(interval.end),
    };
    const known = reading && bookedReading(reading);
    const emissions = bookedEmissions(energy, pue, known);
    return { purpose, real, grid: interval, zone, energy, attributed: shares?.[index], pue, reading: known, emissions };
  });
};

const totalOf = (components: readonly ComponentEnergy[]): Microjoules =>
  microjoules(components.reduce((sum, { energy }) => sum + energy, 0));

/** Known only where the share of every component is. */
const attributedOf = (components: readonly ComponentEnergy[]): Microjoules | undefined => {
  let sum = 0;
  for (const { attributed } of components) {
    if (attributed === undefined) return undefined;
    sum += attributed;
  }
  return microjoules(sum);
};
