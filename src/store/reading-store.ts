/** Readings, forecasts and source states in Postgres: append-only, so that what was known at any time can be asked. */
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Forecast, Provenance, Range, Reading } from '../grid/reading.js';
import type { ReadingStore, Strand } from '../grid/reading-store.js';
import type { KnownReading } from '../grid/settled-series.js';
import type { SourceState } from '../grid/source-state.js';
import { carbonIntensity } from '../units/quantities.js';
import { instant, type Instant, type Interval } from '../units/time.js';
import type { Notifications } from './notifications.js';

/** Told whenever a zone's readings or forecasts have changed; the payload is the zone's key. */
export const GRID_CHANNEL = 'lowtide_grid';
const POLL_LOCK = 72_019;

export interface PostgresReadingStore extends ReadingStore {
  /** Gives up the right to poll. */
  close(): Promise<void>;
}

export const postgresReadingStore = (
  dataSource: DataSource,
  url: string,
  notifications: Notifications,
  onFault: (fault: Error) => void,
): PostgresReadingStore => {
  const lease = pollLease(url, onFault);
  const tell = (zone: string) => dataSource.query('select pg_notify($1, $2)', [GRID_CHANNEL, zone]);
  return {
    async keep(readings, knownAt) {
      if (readings.length === 0) return 0;
      const kept = (await dataSource.query(KEEP, keepColumns(readings, knownAt))) as readonly { readonly zone: string }[];
      for (const zone of new Set(kept.map((row) => row.zone))) await tell(zone);
      return kept.length;
    },
    async versions(strand, span, asOf) {
      const rows = (await dataSource.query(VERSIONS, [...ofStrand(strand), ...ofSpan(span), new Date(asOf)])) as readonly ReadingColumns[];
      return rows.map((row) => readingOf(strand, row));
    },
    async oldest(strand, source) {
      const sql = `select min(start_at) as oldest from intensity_reading where zone = $1 and kind = $2 and factor_type = $3 and source = $4`;
      const [row] = (await dataSource.query(sql, [...ofStrand(strand), source])) as readonly { readonly oldest: Date | null }[];
      return row?.oldest ? instant(row.oldest.getTime()) : undefined;
    },
    async keepForecast(forecast, knownAt) {
      const [first, last] = [forecast.readings[0], forecast.readings.at(-1)];
      if (first === undefined || last === undefined) return;
      await dataSource.query(KEEP_FORECAST, [
        ...ofStrand(forecast),
        forecast.method,
        ...ofSpan({ start: first.interval.start, end: last.interval.end }),
        new Date(forecast.issuedAt),
        new Date(knownAt),
        forecast.note ?? null,
        JSON.stringify(forecast.readings.map(stored)),
      ]);
      await tell(forecast.zone);
    },
    async forecasts(strand, span, asOf, most) {
      const parameters = [...ofStrand(strand), ...ofSpan(span), new Date(asOf), most];
      return ((await dataSource.query(FORECASTS, parameters)) as readonly ForecastColumns[]).map((row) => forecastOf(strand, row));
    },
    async keepState(state) {
      const sql =
        'insert into source_state (source, zone, state) values ($1, $2, $3) on conflict (source, zone) do update set state = excluded.state';
      await dataSource.query(sql, [state.source, state.zone, state]);
    },
    async states() {
      const sql = 'select state from source_state order by zone, source';
      return ((await dataSource.query(sql)) as readonly { readonly state: SourceState }[]).map(({ state }) => state);
    },
    onNews: (zone, listener) =>
      notifications.on(GRID_CHANNEL, (payload) => {
        if (payload === zone || payload === '') listener();
      }),
    mayPoll: (zone) => lease.hold(zone),
    close: () => lease.close(),
  };
};

/** A version equal to the last one of its source and step is left out. */
const KEEP = `
  insert into intensity_reading (zone, kind, factor_type, source, start_at, end_at, intensity_gco2eq_per_kwh, provenance, issued_at, known_at)
  select fresh.*, $10::timestamptz
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::float8[], $8::text[], $9::timestamptz[])
    as fresh (zone, kind, factor_type, source, start_at, end_at, intensity, provenance, issued_at)
  left join lateral (
    select intensity_gco2eq_per_kwh as intensity, provenance from intensity_reading kept
    where kept.zone = fresh.zone and kept.kind = fresh.kind and kept.factor_type = fresh.factor_type
      and kept.start_at = fresh.start_at and kept.source = fresh.source and kept.end_at = fresh.end_at
    order by ordinal desc limit 1
  ) as last on true
  where last.intensity is distinct from fresh.intensity or last.provenance is distinct from fresh.provenance
  returning zone`;

const keepColumns = (readings: readonly Reading[], knownAt: Instant): readonly unknown[] => [
  readings.map(({ zone }) => zone),
  readings.map(({ kind }) => kind),
  readings.map(({ factorType }) => factorType),
  readings.map(({ source }) => source),
  readings.map(({ interval }) => new Date(interval.start)),
  readings.map(({ interval }) => new Date(interval.end)),
  readings.map(({ intensity }) => intensity),
  readings.map(({ provenance }) => provenance),
  readings.map(({ issuedAt }) => new Date(issuedAt)),
  new Date(knownAt),
];

/** A step is at most a day long, so that one that touches the span starts at most a day before it. */
const VERSIONS = `
  select source, start_at, end_at, intensity_gco2eq_per_kwh, provenance, issued_at, known_at from intensity_reading
  where zone = $1 and kind = $2 and factor_type = $3
    and start_at > $4::timestamptz - interval '1 day' and end_at > $4 and start_at < $5 and known_at <= $6
  order by start_at, ordinal`;

const KEEP_FORECAST = `
  insert into intensity_forecast (zone, kind, factor_type, method, start_at, end_at, issued_at, known_at, note, readings)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

const FORECASTS = `
  select method, issued_at, note, readings from intensity_forecast
  where zone = $1 and kind = $2 and factor_type = $3 and end_at > $4 and start_at < $5 and known_at <= $6
  order by known_at desc, ordinal desc limit $7`;

const ofStrand = ({ zone, kind, factorType }: Strand): readonly string[] => [zone, kind, factorType];
const ofSpan = ({ start, end }: Interval): readonly Date[] => [new Date(start), new Date(end)];

interface ReadingColumns {
  readonly source: string;
  readonly start_at: Date;
  readonly end_at: Date;
  readonly intensity_gco2eq_per_kwh: number;
  readonly provenance: Provenance;
  readonly issued_at: Date;
  readonly known_at: Date;
}

const readingOf = ({ zone, kind, factorType }: Strand, row: ReadingColumns): KnownReading => ({
  zone,
  kind,
  factorType,
  interval: { start: instant(row.start_at.getTime()), end: instant(row.end_at.getTime()) },
  intensity: carbonIntensity(row.intensity_gco2eq_per_kwh),
  source: row.source,
  provenance: row.provenance,
  issuedAt: instant(row.issued_at.getTime()),
  knownAt: instant(row.known_at.getTime()),
});

/** [low80, high80, low95, high95] */
type StoredBounds = readonly [number, number, number, number];
/** What a forecast's reading has of its own: [start, end, intensity, source] and, when its maker states them, its bounds. */
type StoredForecastReading = readonly [number, number, number, string] | readonly [number, number, number, string, StoredBounds];

interface ForecastColumns {
  readonly method: string;
  readonly issued_at: Date;
  readonly note: string | null;
  readonly readings: readonly StoredForecastReading[];
}

const stored = ({ interval, intensity, source, intervals }: Reading): StoredForecastReading => {
  const own = [interval.start, interval.end, intensity, source] as const;
  if (intervals === undefined) return own;
  const { p80, p95 } = intervals;
  return [...own, [p80.low, p80.high, p95.low, p95.high]];
};

const forecastOf = ({ zone, kind, factorType }: Strand, { method, issued_at, note, readings }: ForecastColumns): Forecast => {
  const issuedAt = instant(issued_at.getTime());
  return {
    zone,
    kind,
    factorType,
    method,
    issuedAt,
    ...(note !== null && { note }),
    readings: readings.map(([start, end, intensity, source, bounds]) => ({
      zone,
      kind,
      factorType,
      interval: { start: instant(start), end: instant(end) },
      intensity: carbonIntensity(intensity),
      source,
      provenance: 'forecast',
      issuedAt,
      ...(bounds && { intervals: { p80: rangeOf(bounds[0], bounds[1]), p95: rangeOf(bounds[2], bounds[3]) } }),
    })),
  };
};

const rangeOf = (low: number, high: number): Range => ({ low: carbonIntensity(low), high: carbonIntensity(high) });

/** Session locks on a connection of their own: whoever holds a zone's lock polls it, and a process that dies lets go of it. */
const pollLease = (url: string, onFault: (fault: Error) => void) => {
  let connection: Promise<pg.Client> | undefined;
  const held = new Set<string>();
  const forget = (): void => {
    connection = undefined;
    held.clear();
  };
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'lowtide poll lease' });
    client.on('error', onFault);
    client.on('end', forget);
    await client.connect();
    return client;
  };
  /** One question at a time on the one connection. */
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (zone: string): Promise<boolean> => {
    if (held.has(zone)) return true;
    connection ??= connect();
    try {
      const sql = 'select pg_try_advisory_lock($1, hashtext($2)) as held';
      const { rows } = await (await connection).query<{ held: boolean }>(sql, [POLL_LOCK, zone]);
      if (rows[0]?.held === true) held.add(zone);
      return rows[0]?.held === true;
    } catch (failure) {
      forget();
      throw failure;
    }
  };
  return {
    hold(zone: string): Promise<boolean> {
      const answer = last.then(() => ask(zone));
      last = answer.catch(() => undefined); // Told to whoever asked; the next one asks anew.
      return answer;
    },
    async close(): Promise<void> {
      const open = connection;
      forget();
      await (await open)?.end();
    },
  };
};
