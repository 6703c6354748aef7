/** A run's ledger line by line from its log, and in the fewer lines that are kept beside the log once the run has ended. */
import { bulkhead } from 'cockatiel';
import type { DataSource, EntityManager } from 'typeorm';
import type { BookedReading, EnergyPurpose, LedgerLine } from '../emissions/ledger-entry.js';
import { ledgerStretches, type LedgerStretch } from '../emissions/ledger-stretches.js';
import { hasEnded } from '../experiment/run-state.js';
import { ledgerLines, type BookingEvent } from '../record/ledger-lines.js';
import type { StoredRun } from '../record/run-log.js';
import { grams, microjoules } from '../units/quantities.js';
import { instant, type Instant } from '../units/time.js';

type Queries = Pick<EntityManager, 'query'>;

/** A run's ledger as it stands; of a run nothing was restated of, what the events from `first` through `last` booked. */
export const storedLedger = async (queries: Queries, runId: string, events = WHOLE_LOG): Promise<readonly LedgerLine[]> =>
  ledgerLines((await queries.query(BOOKINGS, [runId, events.first, events.last])) as readonly BookingEvent[]);

const WHOLE_LOG = { first: 1, last: 2 ** 31 - 1 };

/** Of what a sample is made is not the ledger's: it is half of what there is to read. */
const BOOKINGS = `
  select sequence, case kind when 'energy' then jsonb_build_object('kind', kind, 'entries', fact->'entries') else fact end as fact
  from run_event where run_id = $1 and kind in ('energy', 'restated') and sequence between $2 and $3 order by sequence`;

/** Works them out from the log up to `through` and keeps them. */
export const keepStretches = async (
  queries: Queries,
  runId: string,
  through: number,
  submission: Instant,
): Promise<readonly LedgerStretch[]> => {
  const stretches = ledgerStretches(await storedLedger(queries, runId, { first: 1, last: through }), submission);
  await queries.query(KEEP, [runId, through, JSON.stringify(keptForm(stretches))]);
  return stretches;
};

const KEEP = `
  insert into ledger_stretches as kept values ($1, $2, $3)
  on conflict (run_id) do update set through = excluded.through, stretches = excluded.stretches where kept.through < excluded.through`;

/** Those kept, when nothing was added to the log since; else from the log, and kept where the run has ended. */
export const stretchReader = (dataSource: DataSource): ((run: StoredRun) => Promise<readonly LedgerStretch[]>) => {
  // Of logs read line by line, one after the other: a list of a hundred runs must not have them all in memory.
  const oneByOne = bulkhead(1, Number.MAX_SAFE_INTEGER);
  return async (run) => {
    const [row] = (await dataSource.query('select through, stretches from ledger_stretches where run_id = $1', [
      run.id,
    ])) as readonly KeptColumns[];
    if (row?.through === run.lastSequence) return stretchesIn(row.stretches);
    return oneByOne.execute(async () =>
      hasEnded(run.state)
        ? keepStretches(dataSource, run.id, run.lastSequence, run.submittedGridAt)
        : ledgerStretches(await storedLedger(dataSource, run.id), run.submittedGridAt),
    );
  };
};

interface KeptColumns {
  readonly through: number;
  readonly stretches: KeptStretches;
}

/** What many stretches share is kept once. */
interface KeptStretches {
  readonly shared: readonly {
    readonly purpose: EnergyPurpose;
    readonly zone: string;
    readonly pue: number;
    /** Absent where the intensity is unknown. */
    readonly reading?: BookedReading;
  }[];
  readonly stretches: readonly KeptStretch[];
}

/** Place in `shared`, real start and end, grid start and end, µJ, gCO2eq or null, lines, sequences of the first and the last line. */
type KeptStretch = readonly [number, number, number, number, number, number, number | null, number, number, number];

const keptForm = (stretches: readonly LedgerStretch[]): KeptStretches => {
  const places = new Map<string, number>();
  const kept = stretches.map((stretch): KeptStretch => {
    const { purpose, zone, pue, reading, real, grid, energy, emissions, lines, booked } = stretch;
    const shared = JSON.stringify({ purpose, zone, pue, reading });
    const place = places.get(shared) ?? places.size;
    places.set(shared, place);
    return [place, real.start, real.end, grid.start, grid.end, energy, emissions ?? null, lines, booked.first, booked.last];
  });
  return { shared: [...places.keys()].map((each) => JSON.parse(each) as KeptStretches['shared'][number]), stretches: kept };
};

const stretchesIn = ({ shared, stretches }: KeptStretches): readonly LedgerStretch[] =>
  stretches.map(([place, realStart, realEnd, gridStart, gridEnd, energy, emissions, lines, first, last]) => {
    const { purpose, zone, pue, reading } = shared[place]!;
    return {
      purpose,
      real: { start: instant(realStart), end: instant(realEnd) },
      grid: { start: instant(gridStart), end: instant(gridEnd) },
      zone,
      energy: microjoules(energy),
      pue,
      reading,
      emissions: emissions === null ? undefined : grams(emissions),
      lines,
      booked: { first, last },
    };
  });
