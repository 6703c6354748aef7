/** Settlement: what was booked on a forecast, an estimate or nothing is booked anew when the actual reading is there. */
import { piecesOf, type IntensitySeries, type Provenance } from '../grid/reading.js';
import { instant, type Interval } from '../units/time.js';
import { bookedEmissions, bookedReading, type LedgerEntry, type LedgerLine } from './ledger-entry.js';
import { sharedByLength } from './shared-by-length.js';

/** One line of the ledger replaced: both stay in the log. */
export interface Restatement {
  readonly sequence: number;
  readonly piece: number;
  readonly before: LedgerEntry;
  /** Touch end to end, cover the line's span, and hold its energy to the microjoule. */
  readonly after: readonly LedgerEntry[];
}

/** Worth of knowledge: only a better one replaces a line. Synthetic values are final, since no actual will ever come. */
const WORTH: Readonly<Record<Provenance, number>> = { forecast: 1, estimated: 2, recorded: 3, measured: 3, synthetic: 3 };

/** Whether a better reading may still come for it. */
export const isProvisional = ({ reading }: LedgerEntry): boolean => reading === undefined || WORTH[reading.provenance] < WORTH.measured;

/**
 * What must be restated of a ledger now that `series` is known: provisional lines of its zone whose whole span has readings
 * better than the one they were booked on. A line booked on another kind or factor type is left, since the two are never
 * mixed in one sum. Energy does not change. Finer readings split a line.
 */
export const restate = (lines: readonly LedgerLine[], series: IntensitySeries): readonly Restatement[] =>
  lines.flatMap(({ sequence, piece, entry }): readonly Restatement[] => {
    if (entry.zone !== series.zone || !isProvisional(entry) || isOther(entry, series)) return [];
    const after = bookedAnew(entry, series);
    return after === undefined ? [] : [{ sequence, piece, before: entry, after }];
  });

const isOther = ({ reading }: LedgerEntry, { kind, factorType }: IntensitySeries): boolean =>
  reading !== undefined && (reading.kind !== kind || reading.factorType !== factorType);

const bookedAnew = (entry: LedgerEntry, series: IntensitySeries): readonly LedgerEntry[] | undefined => {
  const pieces = piecesOf(series, entry.grid);
  const worth = entry.reading === undefined ? 0 : WORTH[entry.reading.provenance];
  if (pieces.some(({ reading }) => reading === undefined || WORTH[reading.provenance] <= worth)) return undefined;
  const intervals = pieces.map(({ interval }) => interval);
  const energies = sharedByLength(entry.energy, intervals);
  const shares = entry.attributed === undefined ? undefined : sharedByLength(entry.attributed, intervals);
  return pieces.map(({ interval, reading }, index): LedgerEntry => {
    const known = bookedReading(reading!);
    return {
      ...entry,
      grid: interval,
      real: realOf(entry, interval),
      energy: energies[index]!,
      attributed: shares?.[index],
      reading: known,
      emissions: bookedEmissions(energies[index]!, entry.pue, known),
    };
  });
};

/** The clocks run evenly within a line. */
const realOf = ({ real, grid }: LedgerEntry, part: Interval): Interval => {
  const at = (gridAt: number) => {
    if (gridAt === grid.start) return real.start;
    if (gridAt === grid.end) return real.end;
    return instant(real.start + ((gridAt - grid.start) / (grid.end - grid.start)) * (real.end - real.start));
  };
  return { start: at(part.start), end: at(part.end) };
};
