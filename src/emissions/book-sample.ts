/** Books a power sample on the grid that served it: one ledger entry per grid step it touches. */
import type { ComponentEnergy, EnergySample } from '../energy/sample.js';
import { piecesOf, type IntensitySeries, type Piece } from '../grid/reading.js';
import type { GridClock } from '../units/clock.js';
import { emittedBy, fromMicrojoules, grams, microjoules, type Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import type { EnergyPurpose, LedgerEntry } from './ledger-entry.js';

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
  const shares = sharedByLength(totalOf(sample.components), pieces);
  return pieces.map(({ interval, reading }, index): LedgerEntry => {
    const energy = shares[index]!;
    // Mapped back exactly at the sample's own ends, so that entries touch end to end like samples do.
    const real: Interval = {
      start: index === 0 ? sample.interval.start : clock.toReal(interval.start),
      end: index === pieces.length - 1 ? sample.interval.end : clock.toReal(interval.end),
    };
    const known = reading && {
      intensity: reading.intensity,
      kind: reading.kind,
      factorType: reading.factorType,
      source: reading.source,
      provenance: reading.provenance,
    };
    const emissions = reading && grams(emittedBy(fromMicrojoules(energy), reading.intensity) * pue);
    return { purpose, real, grid: interval, zone, energy, pue, reading: known, emissions };
  });
};

const totalOf = (components: readonly ComponentEnergy[]): Microjoules =>
  microjoules(components.reduce((sum, { energy }) => sum + energy, 0));

/** Cumulative shares are rounded down, so that the parts add up to the whole. */
const sharedByLength = (energy: Microjoules, pieces: readonly Piece[]): readonly Microjoules[] => {
  const whole = pieces.reduce((sum, { interval }) => sum + interval.end - interval.start, 0);
  let passed = 0;
  let given = 0;
  return pieces.map(({ interval }, index) => {
    passed += interval.end - interval.start;
    const upTo = index === pieces.length - 1 ? energy : Math.floor((energy * passed) / whole);
    const share = microjoules(upTo - given);
    given = upTo;
    return share;
  });
};
