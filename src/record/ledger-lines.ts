/** A run's ledger as it stands: what its log booked, with what was restated in the place of what it replaced. */
import type { LedgerLine } from '../emissions/ledger-entry.js';
import type { RunFact } from './run-event.js';

export interface BookingEvent {
  readonly sequence: number;
  /** Of an energy fact its entries do. */
  readonly fact: Pick<Extract<RunFact, { kind: 'energy' }>, 'kind' | 'entries'> | Exclude<RunFact, { kind: 'energy' }>;
}

/** Lines in time order. @throws Error when the log restates a line it does not have */
export const ledgerLines = (events: Iterable<BookingEvent>): readonly LedgerLine[] => {
  const places: (readonly LedgerLine[])[] = [];
  const placeOf = new Map<string, number>();
  for (const { sequence, fact } of events) {
    if (fact.kind === 'energy') {
      for (const [piece, entry] of fact.entries.entries()) {
        placeOf.set(keyOf(sequence, piece), places.length);
        places.push([{ sequence, piece, entry }]);
      }
    }
    if (fact.kind !== 'restated') continue;
    for (const { change, after } of numbered(sequence, fact.changes)) {
      const old = keyOf(change.sequence, change.piece);
      const place = placeOf.get(old);
      if (place === undefined) throw new Error(`event ${sequence} restates line ${old}, which does not stand in the ledger`);
      placeOf.delete(old);
      for (const line of after) placeOf.set(keyOf(line.sequence, line.piece), place);
      places[place] = places[place]!.flatMap((line) => (keyOf(line.sequence, line.piece) === old ? after : [line]));
    }
  }
  return places.flat();
};

/** The lines of a restatement, numbered through the fact like those of an energy fact. */
export const numbered = (sequence: number, changes: Extract<RunFact, { kind: 'restated' }>['changes']) => {
  let piece = 0;
  return changes.map((change) => ({ change, after: change.after.map((entry): LedgerLine => ({ sequence, piece: piece++, entry })) }));
};

const keyOf = (sequence: number, piece: number): string => `${sequence}.${piece}`;
