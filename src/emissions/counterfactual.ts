/** What a run would have emitted had it trained at once, in one piece, in its home zone: its own power profile moved. */
import { piecesOf, type IntensitySeries } from '../grid/reading.js';
import { emittedBy, fromMicrojoules, grams, joules, type GramsCO2eq } from '../units/quantities.js';
import { instant, iso, type Instant, type Interval } from '../units/time.js';
import type { LedgerEntry } from './ledger-entry.js';

export type Counterfactual =
  | { readonly kind: 'known'; readonly emissions: GramsCO2eq; readonly span: Interval }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The grid time a run's active work takes when it is laid without pauses from an instant. */
export const contiguousSpan = (ledger: readonly LedgerEntry[], from: Instant): Interval => ({
  start: from,
  end: instant(activeOf(ledger).reduce<number>((at, { grid }) => at + (grid.end - grid.start), from)),
});

/**
 * The active entries, pauses and overhead left out, laid end to end in grid time from the submission, each booked anew on
 * the readings there. The same method as compute-gardener's: the power profile as measured, on the intensity that was.
 */
export const counterfactual = (ledger: readonly LedgerEntry[], submission: Instant, homeZone: IntensitySeries): Counterfactual => {
  let at = submission;
  let total = 0;
  for (const { grid, energy, pue } of activeOf(ledger)) {
    const span = { start: at, end: instant(at + (grid.end - grid.start)) };
    for (const { interval, reading } of piecesOf(homeZone, span)) {
      if (reading === undefined)
        return {
          kind: 'unknown',
          reason: `the intensity of ${homeZone.zone} is unknown from ${iso(interval.start)} to ${iso(interval.end)}`,
        };
      const share = (interval.end - interval.start) / (span.end - span.start);
      total += emittedBy(joules(fromMicrojoules(energy) * share), reading.intensity) * pue;
    }
    at = span.end;
  }
  return { kind: 'known', emissions: grams(total), span: { start: submission, end: at } };
};

const activeOf = (ledger: readonly LedgerEntry[]): readonly LedgerEntry[] =>
  ledger.filter(({ purpose, grid }) => purpose === 'active' && grid.end > grid.start);
