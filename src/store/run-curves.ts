/** Training curves and ledgers of many runs at once, thinned out where the logs are long. */
import type { DataSource, EntityManager } from 'typeorm';
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import type { TimelinePoint, TimelineSpan } from '../record/emissions-timeline.js';
import {
  coarseIsEnough,
  COARSE_POINTS_A_PIECE,
  EVENTS_A_PIECE,
  keptPoints,
  thinnedCurve,
  trainingPoint,
  type TrainingPoint,
} from '../record/training-curve.js';
import { carbonIntensity, grams, microjoules } from '../units/quantities.js';
import { instant } from '../units/time.js';
import { eventOf, type EventColumns } from './run-rows.js';

/** Keeps the thinned points of every piece of the log that is full by now, and of a run that is over the last one too. Call after events up to `last` are written. */
export const keepPieces = async (manager: EntityManager, runId: string, before: number, last: number, over: boolean): Promise<void> => {
  const through = over ? pieceOf(last - 1) + 1 : pieceOf(last);
  for (let piece = pieceOf(before); piece < through; piece++) {
    const points = await progressOf(manager, [{ runId, from: piece * EVENTS_A_PIECE, through: (piece + 1) * EVENTS_A_PIECE }]);
    await manager.query(
      `insert into training_curve_piece (run_id, piece, points) values ($1, $2, $3)
       on conflict (run_id, piece) do update set points = excluded.points`,
      [runId, piece, JSON.stringify(keptPoints(points.get(runId) ?? []))],
    );
  }
};

/** Full pieces of a log of so many events. */
const pieceOf = (events: number): number => Math.floor(events / EVENTS_A_PIECE);

interface Stretch {
  readonly runId: string;
  /** Sequences above this, through that. */
  readonly from: number;
  readonly through: number;
}

const progressOf = async (
  manager: Pick<EntityManager, 'query'>,
  stretches: readonly Stretch[],
): Promise<ReadonlyMap<string, readonly TrainingPoint[]>> => {
  const rows = (await manager.query(
    `select run_event.* from unnest($1::uuid[], $2::integer[], $3::integer[]) as stretch (run_id, first, through)
     join run_event on run_event.run_id = stretch.run_id and sequence > first and sequence <= through
     where kind = 'progress' order by run_event.run_id, sequence`,
    [stretches.map(({ runId }) => runId), stretches.map(({ from }) => from), stretches.map(({ through }) => through)],
  )) as readonly EventColumns[];
  return grouped(
    rows,
    ({ run_id }) => run_id,
    (row) => trainingPoint(eventOf(row)),
  );
};

/** Each run's points in order, more than `most` of them where its log is long enough; of a full piece of it at most POINTS_A_PIECE. */
export const trainingCurves = async (
  dataSource: DataSource,
  runs: readonly { readonly id: string; readonly lastSequence: number }[],
  most: number,
): Promise<ReadonlyMap<string, readonly TrainingPoint[]>> => {
  const isCoarse = ({ lastSequence }: { readonly lastSequence: number }): boolean => coarseIsEnough(pieceOf(lastSequence), most);
  const kept = (await dataSource.query(KEPT, [runs.map(({ id }) => id), runs.map(isCoarse)])) as readonly PieceColumns[];
  const pieces = grouped(
    kept,
    ({ run_id }) => run_id,
    (row) => [row],
  );
  const stretches = runs.flatMap(({ id, lastSequence }) => {
    const known = new Set((pieces.get(id) ?? []).map(({ piece }) => piece));
    // Logs written before pieces were kept have none.
    return [...Array(pieceOf(lastSequence) + 1).keys()].flatMap((piece) =>
      known.has(piece) ? [] : [{ runId: id, from: piece * EVENTS_A_PIECE, through: (piece + 1) * EVENTS_A_PIECE }],
    );
  });
  const rest = await progressOf(dataSource.manager, stretches);
  return new Map(
    runs.map((run) => {
      const whole = rest.get(run.id) ?? [];
      // As dense as the pieces beside it: largest triangles deals out its points by count.
      const tail = isCoarse(run)
        ? thinnedCurve(whole, Math.max(3, Math.ceil((whole.length * COARSE_POINTS_A_PIECE) / EVENTS_A_PIECE)))
        : whole;
      const points = [...(pieces.get(run.id) ?? []).flatMap(({ points: thinned }) => thinned), ...tail];
      return [run.id, points.sort((a, b) => a.sequence - b.sequence)];
    }),
  );
};

const KEPT = `
  select run_id, piece, case when coarse then jsonb_path_query_array(points, '$[0 to ${COARSE_POINTS_A_PIECE - 1}]') else points end as points
  from unnest($1::uuid[], $2::boolean[]) as given (id, coarse) join training_curve_piece on run_id = id
  order by piece`;

interface PieceColumns {
  readonly run_id: string;
  readonly piece: number;
  readonly points: readonly TrainingPoint[];
}

/** Each span cut into `points` equal parts, and the ledger as it stands summed over each part by purpose; sums stay exact. */
export const timelines = async (
  dataSource: DataSource,
  spans: readonly TimelineSpan[],
  points: number,
): Promise<ReadonlyMap<string, readonly TimelinePoint[]>> => {
  const rows = (await dataSource.query(SUMMED, [
    spans.map(({ runId }) => runId),
    spans.map(({ from }) => new Date(from)),
    spans.map(({ until }) => (until === undefined ? null : new Date(until))),
    points,
  ])) as readonly SumColumns[];
  return grouped(
    rows,
    ({ run_id }) => run_id,
    (row) => [pointOf(row)],
  );
};

const SUMMED = `
  select entry.run_id, purpose, min(started_at) as started_at, max(ended_at) as ended_at, min(grid_start) as grid_start,
    max(grid_end) as grid_end, sum(extract(epoch from ended_at - started_at))::double precision * 1000 as metered_ms,
    sum(energy_uj)::double precision as energy_uj, bool_and(intensity_gco2eq_per_kwh is not null) as known,
    sum(energy_uj * intensity_gco2eq_per_kwh) as weighted, min(intensity_gco2eq_per_kwh) as lowest,
    sum(emissions_gco2eq) as emissions
  from (
    select run_id, since, greatest(0.001, extract(epoch from coalesce(until, now()) - since)::double precision) / $4::integer as part
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as given (run_id, since, until)
  ) as span
  join booked_ledger_entry as entry on entry.run_id = span.run_id
  group by entry.run_id, purpose, least($4::integer - 1, floor(extract(epoch from started_at - since)::double precision / part))
  order by entry.run_id, min(started_at)`;

interface SumColumns {
  readonly run_id: string;
  readonly purpose: EnergyPurpose;
  readonly started_at: Date;
  readonly ended_at: Date;
  readonly grid_start: Date;
  readonly grid_end: Date;
  readonly metered_ms: number;
  readonly energy_uj: number;
  readonly known: boolean;
  readonly weighted: number | null;
  readonly lowest: number | null;
  readonly emissions: number | null;
}

const pointOf = (row: SumColumns): TimelinePoint => {
  // Entries without energy weigh nothing; any of their intensities stands for them.
  const intensity = row.energy_uj > 0 ? row.weighted! / row.energy_uj : row.lowest!;
  return {
    purpose: row.purpose,
    real: { start: instant(row.started_at.getTime()), end: instant(row.ended_at.getTime()) },
    grid: { start: instant(row.grid_start.getTime()), end: instant(row.grid_end.getTime()) },
    // The table keeps whole milliseconds: what was shorter has energy, but no length there.
    meteredMs: Math.max(1, row.metered_ms),
    energy: microjoules(row.energy_uj),
    intensity: row.known ? carbonIntensity(intensity) : undefined,
    emissions: row.known ? grams(row.emissions!) : undefined,
    knownEmissions: grams(row.emissions ?? 0), // No entry of it is known.
  };
};

const grouped = <Row, Value>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  valuesOf: (row: Row) => readonly Value[],
): ReadonlyMap<string, readonly Value[]> => {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? [];
    group.push(...valuesOf(row));
    groups.set(keyOf(row), group);
  }
  return groups;
};
