/** A ledger in fewer lines: what follows on each other and is booked alike is one stretch, wherever no reader has to tell it apart. */
import type { IntensitySeries } from '../grid/reading.js';
import { grams, microjoules } from '../units/quantities.js';
import { later, MINUTE_MS, type Instant, type Interval } from '../units/time.js';
import type { LedgerEntry, LedgerLine } from './ledger-entry.js';

/** What is booked of consecutive lines together. */
export interface LedgerStretch extends Omit<LedgerEntry, 'attributed'> {
  readonly lines: number;
  /** Sequences of the events that booked its first and its last line. */
  readonly booked: { readonly first: number; readonly last: number };
}

/** No stretch reaches over a multiple of it. Steps of the grid begin on one, and so do days, weeks and months everywhere. */
const STEP_MS = 5 * MINUTE_MS;

/**
 * Lines become one stretch when they touch, are of one purpose, zone, PUE and reading, and lie within the same five minutes,
 * both of the time they were really drawn in and of the time they would have been drawn in when laid without pauses from the
 * submission. On readings that change on such steps a stretch is therefore worth what its lines are worth, here and laid
 * there; a line that itself reaches over a step stays by itself, and so does one without length.
 * @param lines in time order
 * @param submission grid time
 */
export const ledgerStretches = (lines: readonly LedgerLine[], submission: Instant): readonly LedgerStretch[] => {
  const stretches: Growing[] = [];
  let laidAt = submission;
  for (const { sequence, entry } of lines) {
    const steps = [stepsOf(entry.grid)];
    if (entry.purpose === 'active') {
      const laid = { start: laidAt, end: later(laidAt, entry.grid.end - entry.grid.start) };
      steps.push(stepsOf(laid));
      laidAt = laid.end;
    }
    const place = steps.join(' ');
    const before = stretches.at(-1);
    if (before !== undefined && before.place === place && follows(before.last, entry)) grow(before, entry, sequence);
    else stretches.push(begun(entry, sequence, place));
  }
  return stretches.map(stretchOf);
};

/** Whether a series changes on those steps only, so that stretches may stand for lines on it. */
export const changesOnSteps = ({ readings }: IntensitySeries): boolean =>
  readings.every(({ interval }) => interval.start % STEP_MS === 0 && interval.end % STEP_MS === 0);

interface Growing {
  readonly place: string;
  readonly first: LedgerEntry;
  last: LedgerEntry;
  energy: number;
  emissions: number | undefined;
  lines: number;
  readonly booked: { readonly first: number; last: number };
}

const begun = (entry: LedgerEntry, sequence: number, place: string): Growing => ({
  place,
  first: entry,
  last: entry,
  energy: entry.energy,
  emissions: entry.emissions,
  lines: 1,
  booked: { first: sequence, last: sequence },
});

const grow = (stretch: Growing, entry: LedgerEntry, sequence: number): void => {
  stretch.last = entry;
  stretch.energy += entry.energy;
  stretch.emissions = stretch.emissions === undefined || entry.emissions === undefined ? undefined : stretch.emissions + entry.emissions;
  stretch.lines += 1;
  stretch.booked.last = sequence;
};

const stretchOf = ({ first, last, energy, emissions, lines, booked }: Growing): LedgerStretch => ({
  purpose: first.purpose,
  real: { start: first.real.start, end: last.real.end },
  grid: { start: first.grid.start, end: last.grid.end },
  zone: first.zone,
  energy: microjoules(energy),
  pue: first.pue,
  reading: first.reading,
  emissions: emissions === undefined ? undefined : grams(emissions),
  lines,
  booked,
});

const follows = (before: LedgerEntry, entry: LedgerEntry): boolean =>
  hasLength(before) &&
  hasLength(entry) &&
  before.real.end === entry.real.start &&
  before.grid.end === entry.grid.start &&
  before.purpose === entry.purpose &&
  before.zone === entry.zone &&
  before.pue === entry.pue &&
  isSameReading(before.reading, entry.reading);

const hasLength = ({ grid }: LedgerEntry): boolean => grid.end > grid.start;

const isSameReading = (a: LedgerEntry['reading'], b: LedgerEntry['reading']): boolean =>
  a?.intensity === b?.intensity &&
  a?.kind === b?.kind &&
  a?.factorType === b?.factorType &&
  a?.source === b?.source &&
  a?.provenance === b?.provenance;

/** The first and the last step that an interval has time in. */
const stepsOf = ({ start, end }: Interval): string => `${Math.floor(start / STEP_MS)}-${Math.ceil(end / STEP_MS) - 1}`;
