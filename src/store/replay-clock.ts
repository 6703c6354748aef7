/** The replayed grid's clock, kept in the database: it stands still while no service runs. */
import type { DataSource } from 'typeorm';
import { replayGridClock, type Clock, type ReplayAnchor } from '../units/clock.js';
import { instant, type Instant } from '../units/time.js';

interface Columns {
  readonly real_at: Date;
  readonly grid_at: Date;
  readonly speed: number;
  readonly seen_at: Date;
}

const anchorOf = (row: Columns): ReplayAnchor => ({
  realAt: instant(row.real_at.getTime()),
  gridAt: instant(row.grid_at.getTime()),
  speed: row.speed,
});

/** The replay in force; undefined before the first service has set it. */
export const currentReplay = async (dataSource: DataSource): Promise<ReplayAnchor | undefined> => {
  const [row] = (await dataSource.query('select * from replay_clock')) as readonly Columns[];
  return row && anchorOf(row);
};

/** Begins a replay at a grid instant, now; forgets an earlier one. */
export const beginReplay = async (dataSource: DataSource, now: Instant, gridAt: Instant, speed: number): Promise<ReplayAnchor> => {
  const anchor = { realAt: now, gridAt, speed };
  await write(dataSource, anchor, now);
  return anchor;
};

/**
 * Goes on where the replay stood when a service was last seen, and shifts the starts of waiting runs by the time nobody
 * was there. Undefined when there was no replay.
 */
export const resumeReplay = async (
  dataSource: DataSource,
  real: Clock,
): Promise<{ readonly anchor: ReplayAnchor; readonly stoodStillMs: number } | undefined> => {
  const [row] = (await dataSource.query('select * from replay_clock')) as readonly Columns[];
  if (row === undefined) return undefined;
  const seenAt = instant(row.seen_at.getTime());
  const now = real.now();
  const stoodStillMs = now - seenAt;
  const anchor = { realAt: now, gridAt: replayGridClock(real, anchorOf(row)).toGrid(seenAt), speed: row.speed };
  await write(dataSource, anchor, now);
  await dataSource.query(
    "update run set start_at = start_at + $1 * interval '1 millisecond' where state in ('planned', 'queued', 'paused') and start_at > $2",
    [stoodStillMs, new Date(seenAt)],
  );
  return { anchor, stoodStillMs };
};

/** Says that a service is there, so that the replay goes on. */
export const keepReplaying = async (dataSource: DataSource, now: Instant): Promise<void> => {
  await dataSource.query('update replay_clock set seen_at = $1 where seen_at < $1', [new Date(now)]);
};

const write = async (dataSource: DataSource, { realAt, gridAt, speed }: ReplayAnchor, seenAt: Instant): Promise<void> => {
  await dataSource.query(
    `insert into replay_clock (id, real_at, grid_at, speed, seen_at) values (1, $1, $2, $3, $4)
     on conflict (id) do update set real_at = $1, grid_at = $2, speed = $3, seen_at = $4`,
    [new Date(realAt), new Date(gridAt), speed, new Date(seenAt)],
  );
};

const ANOTHER = 'set LOWTIDE_HOME or DATABASE_URL to another one';

/** Runs of a replay and runs of the live grid do not mix. @throws Error when the database holds a replay */
export const expectNoReplay = async (dataSource: DataSource): Promise<void> => {
  if ((await currentReplay(dataSource)) !== undefined)
    throw new Error(`this database holds runs of a replayed grid, which the live grid must not go on with; ${ANOTHER}`);
};

/** @throws Error when the database holds readings of live sources */
export const expectNoLiveReadings = async (dataSource: DataSource): Promise<void> => {
  const rows = (await dataSource.query('select 1 from source_state limit 1')) as readonly unknown[];
  if (rows.length > 0)
    throw new Error(
      `this database belongs to the live grid, but the settings name no zones, which means a replay; name the zones, or ${ANOTHER}`,
    );
};
