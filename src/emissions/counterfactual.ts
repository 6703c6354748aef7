/** What a run would have emitted elsewhere in time or place: its own power profile moved. */
import { piecesOf, type IntensitySeries } from '../grid/reading.js';
import { emittedBy, fromMicrojoules, grams, joules, type GramsCO2eq } from '../units/quantities.js';
import { instant, iso, type Instant, type Interval } from '../units/time.js';
import type { LedgerEntry } from './ledger-entry.js';

export type Counterfactual =
  { readonly kind: 'known'; readonly emissions: GramsCO2eq } | { readonly kind: 'unknown'; readonly reason: string };

/** Of an entry or of a stretch of them, what moves with it. */
export type PowerProfile = readonly Pick<LedgerEntry, 'purpose' | 'grid' | 'zone' | 'energy' | 'pue' | 'reading'>[];
type Drawn = PowerProfile[number];

/** The readings an entry is laid on. */
export type SeriesFor = (entry: Drawn) => IntensitySeries;

/** The grid time a run's active work takes when it is laid without pauses from an instant. */
export const contiguousSpan = (ledger: PowerProfile, from: Instant): Interval => ({
  start: from,
  end: instant(activeOf(ledger).reduce<number>((at, { grid }) => at + (grid.end - grid.start), from)),
});

/**
 * The active entries, pauses and overhead left out, laid end to end in grid time from the submission, each booked anew on
 * the readings there. The same method as compute-gardener's: the power profile as measured, on the intensity that was.
 */
export const laidContiguously = (ledger: PowerProfile, submission: Instant, seriesFor: SeriesFor): Counterfactual => {
  let at = submission;
  return laid(activeOf(ledger), seriesFor, ({ grid }) => {
    const span = { start: at, end: instant(at + (grid.end - grid.start)) };
    at = span.end;
    return span;
  });
};

/** The active entries at the times they really had, each booked anew on other readings. */
export const laidInPlace = (ledger: PowerProfile, seriesFor: SeriesFor): Counterfactual =>
  laid(activeOf(ledger), seriesFor, ({ grid }) => grid);

/** The active entries: training and evaluating, with a length. */
export const activeOf = (ledger: PowerProfile): PowerProfile =>
  ledger.filter(({ purpose, grid }) => purpose === 'active' && grid.end > grid.start);

const laid = (entries: PowerProfile, seriesFor: SeriesFor, spanOf: (entry: Drawn) => Interval): Counterfactual => {
  let total = 0;
  for (const entry of entries) {
    const series = seriesFor(entry);
    if (entry.reading !== undefined && (entry.reading.kind !== series.kind || entry.reading.factorType !== series.factorType))
      return { kind: 'unknown', reason: mixed(entry.reading, series) };
    const span = spanOf(entry);
    for (const { interval, reading } of piecesOf(series, span)) {
      if (reading === undefined)
        return {
          kind: 'unknown',
          reason: `the intensity of ${series.zone} is unknown from ${iso(interval.start)} to ${iso(interval.end)}`,
        };
      const share = (interval.end - interval.start) / (span.end - span.start);
      total += emittedBy(joules(fromMicrojoules(entry.energy) * share), reading.intensity) * entry.pue;
    }
  }
  return { kind: 'known', emissions: grams(total) };
};

type Kinds = Pick<IntensitySeries, 'kind' | 'factorType'>;

const mixed = (booked: Kinds, { zone, kind, factorType }: IntensitySeries): string =>
  `it was booked on ${booked.kind} ${booked.factorType} intensities, and ${zone} has ${kind} ${factorType} ones; the two are not compared`;
