/** The live grid on a real database, its sources real adapters that talk to servers of this machine. */
import type { DataSource } from 'typeorm';
import type { Grid } from '../../src/grid/grid.js';
import type { IntensitySource } from '../../src/grid/intensity-source.js';
import { liveGrid, strandOf, type SourcedZone } from '../../src/grid/live-grid.js';
import { readingAt } from '../../src/grid/reading.js';
import { electricityMaps } from '../../src/grid/sources/electricity-maps.js';
import { watchZone, type ZoneWatch } from '../../src/grid/zone-watch.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { ensureDatabase, startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { listenTo, type Notifications } from '../../src/store/notifications.js';
import { GRID_CHANNEL, postgresReadingStore, type PostgresReadingStore } from '../../src/store/reading-store.js';
import { DAY_MS, HOUR_MS, instant, iso, later, parseInstant, type Instant } from '../../src/units/time.js';
import { silenceWatch } from '../../src/workflows/silent-sources.js';
import { newHome } from '../journey/running-service.js';
import { startProvider, type Asked, type Provider, type Reply } from './sources/provider-server.js';

const ZONE = { key: 'DE', name: 'Germany', timeZone: 'Europe/Berlin' };
const T0 = parseInstant('2026-03-02T12:10:00Z');
const POLL_MS = 40;
const AHEAD = { start: T0, end: later(T0, 48 * HOUR_MS) };

/** The true intensity of an hour, as every provider here tells it. */
const truth = (start: Instant): number => 300 + 100 * Math.sin(((start % DAY_MS) / DAY_MS) * 2 * Math.PI) + ((start / HOUR_MS) % 7);

let server: EmbeddedPostgres;
let databases = 0;

beforeAll(async () => {
  server = await startEmbeddedPostgres(newHome(), 'lowtide');
});
afterAll(() => server.stop());

interface Bench {
  now: Instant;
  readonly providers: readonly Provider[];
  readonly sources: readonly IntensitySource[];
  readonly zone: SourcedZone;
  readonly logged: string[];
  openStore(): PostgresReadingStore;
  grid(): Grid;
  watch(zone?: SourcedZone): ZoneWatch;
  close(): Promise<void>;
}

/** Two providers of one zone, a database of their own, and a clock the test sets. */
const openBench = async (): Promise<Bench> => {
  databases += 1;
  const url = server.url.replace(/lowtide$/, `grid_${databases}`);
  await ensureDatabase(server.url, `grid_${databases}`);
  const dataSource: DataSource = await openDataSource(url);
  await migrate(dataSource);
  const faults: Error[] = [];
  const notifications: Notifications = await listenTo(url, [GRID_CHANNEL], (fault) => faults.push(fault));
  const providers = [await startProvider(), await startProvider()];
  const closers: (() => Promise<unknown>)[] = [];
  const bench: { now: Instant } = { now: T0 };
  const clock = { now: () => bench.now };
  const calls = { timeoutMs: 200, retries: 0, retryDelayMs: 1, failuresToOpen: 1000, callsPerSecond: 1000 };
  const sources = providers.map((provider, index): IntensitySource => {
    const source = electricityMaps({ url: provider.url, key: 'secret-key', clock, calls, locationOf: (key) => key });
    return { ...source, name: ['first', 'second'][index]!, pollMs: POLL_MS, ...renamed(source, ['first', 'second'][index]!) };
  });
  const zone = { zone: ZONE, sources };
  const logged: string[] = [];
  const stores: PostgresReadingStore[] = [];
  const openStore = () => {
    const store = postgresReadingStore(dataSource, url, notifications, (fault) => faults.push(fault));
    stores.push(store);
    return store;
  };
  return Object.assign(bench, {
    providers,
    sources,
    zone,
    logged,
    openStore,
    grid: () => liveGrid([zone], openStore()),
    watch(watched = zone) {
      const watch = watchZone(watched, { store: openStore(), clock, log: (line) => logged.push(line) });
      closers.push(() => watch.close());
      return watch;
    },
    async close() {
      for (const closer of closers) await closer();
      for (const store of stores) await store.close();
      await notifications.close();
      await dataSource.destroy();
      for (const provider of providers) await provider.close();
      expect(faults).toEqual([]);
    },
  });
};

/** The same adapter twice, told apart by name. */
const renamed = (source: IntensitySource, name: string): Pick<IntensitySource, 'readings' | 'forecast'> => ({
  async readings(query) {
    const series = await source.readings(query);
    return { ...series, readings: series.readings.map((reading) => ({ ...reading, source: name })) };
  },
  async forecast(query) {
    return { ...(await source.forecast(query)), method: name };
  },
});

const hourBefore = (now: Instant, back: number): Instant => instant((Math.floor(now / HOUR_MS) - back) * HOUR_MS);

/** Hourly values up to the step in progress; forecasts are not covered by the key. */
const answering =
  (now: () => Instant, over: { readonly isEstimated?: boolean; readonly add?: number } = {}) =>
  ({ path, query }: Asked): Reply => {
    const row = (start: Instant) => ({
      zone: 'DE',
      carbonIntensity: truth(start) + (over.add ?? 0),
      datetime: iso(start),
      updatedAt: iso(now()),
      emissionFactorType: 'lifecycle',
      isEstimated: over.isEstimated ?? false,
    });
    if (path.endsWith('/history'))
      return { body: { zone: 'DE', history: Array.from({ length: 24 }, (_, back) => row(hourBefore(now(), 23 - back))) } };
    if (path.endsWith('/past-range')) {
      const data = [];
      for (let start = Date.parse(query.get('start')!); start < Date.parse(query.get('end')!); start += HOUR_MS)
        data.push(row(instant(start)));
      return { body: { zone: 'DE', data } };
    }
    return { status: 403, body: { message: 'not covered' } };
  };

const failing = (): Reply => ({ status: 500, body: { message: 'out of order' } });
const hanging = (): Reply => ({ fault: 'hangs' });

const until = async (what: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + 20_000;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${String(what)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const nowIn = async (grid: Grid, now: Instant) => readingAt(await grid.readings('DE', { start: now, end: later(now, 1) }, now), now);

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

test('the preferred source is asked alone while it tells; its history is filled, and a forecast with intervals made of it', async () => {
  bench.providers[0]!.answer(answering(() => bench.now));
  const grid = bench.grid();
  const watch = bench.watch();
  await watch.firstRound;
  expect(await nowIn(grid, T0)).toMatchObject({ intensity: truth(hourBefore(T0, 0)), source: 'first', provenance: 'measured' });
  await until(async () => (await grid.forecast('DE', AHEAD, T0)).method === 'history-ridge');
  const forecast = await grid.forecast('DE', AHEAD, T0);
  expect(forecast.note).toBeUndefined();
  for (const { interval, intensity, intervals } of forecast.readings) {
    expect(Math.abs(intensity / truth(interval.start) - 1)).toBeLessThan(0.1);
    expect(intervals!.p95.low).toBeLessThanOrEqual(intensity);
  }
  expect(bench.providers[1]!.asked.filter(({ path }) => !path.endsWith('/forecast'))).toEqual([]);
  expect(bench.logged.filter((line) => line.includes('does not cover forecasts'))).toHaveLength(1);
});

test('when the preferred source fails the next one is used; the failure is told once, with its beginning, and its end', async () => {
  const [first, second] = bench.providers;
  first!.answer(failing);
  second!.answer(answering(() => bench.now, { add: 10 }));
  const grid = bench.grid();
  await bench.watch().firstRound;
  expect(await nowIn(grid, T0)).toMatchObject({ intensity: truth(hourBefore(T0, 0)) + 10, source: 'second' });
  await until(() => first!.asked.length > 3);
  const [down, up] = await grid.sources();
  expect(down).toMatchObject({ source: 'first', lastFailure: { since: T0, kind: 'unavailable' } });
  expect(down!.lastSuccessAt).toBeUndefined();
  expect(up).toMatchObject({ source: 'second', lastSuccessAt: T0 });
  expect(up!.lastFailure).toBeUndefined();
  expect(bench.logged.filter((line) => line.startsWith('first fails'))).toHaveLength(1);
  first!.answer(answering(() => bench.now));
  await until(async () => (await nowIn(grid, T0))?.source === 'first');
  expect(bench.logged.filter((line) => line.startsWith('first answers again'))).toHaveLength(1);
  expect(JSON.stringify([bench.logged, await grid.sources()])).not.toContain('secret-key');
});

test('when every source hangs, the last forecast stands in at once, marked, and a run is told since when', async () => {
  const [first, second] = bench.providers;
  first!.answer(answering(() => bench.now));
  second!.answer(failing);
  const store = bench.openStore();
  const grid = liveGrid([bench.zone], store);
  await bench.watch().firstRound;
  await until(async () => (await store.forecasts(strandOf(bench.zone).strand, AHEAD, T0, 1))[0]?.method === 'history-ridge');
  first!.answer(hanging);
  second!.answer(hanging);
  bench.now = later(T0, 3 * HOUR_MS);
  const standIn = await nowIn(grid, bench.now);
  expect(standIn).toMatchObject({ provenance: 'forecast', issuedAt: T0 });
  expect(standIn!.source).toMatch(/^history-ridge of first/);

  const silence = silenceWatch(grid, 'DE');
  const series = (now: Instant) => grid.readings('DE', { start: now, end: later(now, 1) }, now);
  expect(await silence(await series(bench.now), bench.now)).toBe(
    `no source has told the intensity of DE since 2026-03-02T13:00:00.000Z: energy is booked on the forecast by ${standIn!.source}, issued 2026-03-02T12:10:00.000Z`,
  );
  expect(await silence(await series(bench.now), bench.now)).toBeUndefined();
  first!.answer(answering(() => bench.now));
  await until(async () => (await nowIn(grid, bench.now))?.provenance === 'measured');
  expect(await silence(await series(bench.now), bench.now)).toBe('the sources of DE tell its intensity again');
});

test('an estimate is superseded by the measured value, and what was known before can still be asked', async () => {
  bench.providers[0]!.answer(answering(() => bench.now, { isEstimated: true, add: 50 }));
  const grid = bench.grid();
  await bench.watch().firstRound;
  const step = hourBefore(T0, 1);
  const span = { start: step, end: later(step, HOUR_MS) };
  expect((await grid.readings('DE', span, T0)).readings).toMatchObject([{ intensity: truth(step) + 50, provenance: 'estimated' }]);
  bench.now = later(T0, HOUR_MS);
  bench.providers[0]!.answer(answering(() => bench.now));
  await until(async () => (await grid.readings('DE', span, bench.now)).readings[0]?.provenance === 'measured');
  expect((await grid.readings('DE', span, bench.now)).readings).toMatchObject([{ intensity: truth(step), provenance: 'measured' }]);
  expect((await grid.readings('DE', span, T0)).readings).toMatchObject([{ intensity: truth(step) + 50, provenance: 'estimated' }]);
});

test('what sources told survives a restart, and needs no source to be there', async () => {
  bench.providers[0]!.answer(answering(() => bench.now));
  const before = bench.watch();
  await before.firstRound;
  await before.close();
  for (const provider of bench.providers) provider.answer(failing);
  const grid = bench.grid();
  const span = { start: hourBefore(T0, 23), end: T0 };
  expect((await grid.readings('DE', span, T0)).readings).toHaveLength(24);
});

test('of two processes over one database one polls, and the other reads what it keeps', async () => {
  bench.providers[0]!.answer(answering(() => bench.now));
  const grid = bench.grid();
  const one = bench.watch();
  await one.firstRound;
  const elsewhere = { ...bench.zone, sources: [bench.sources[1]!] };
  await bench.watch(elsewhere).firstRound;
  await until(() => bench.providers[0]!.asked.length > 20);
  expect(bench.providers[1]!.asked.filter(({ path }) => !path.endsWith('/forecast'))).toEqual([]);
  expect(await nowIn(grid, T0)).toMatchObject({ source: 'first' });
  const [state] = await grid.sources();
  expect(state).toMatchObject({ source: 'first', lastSuccessAt: T0 });
});

test('a horizon or a kind the sources do not have is refused with what they have', async () => {
  bench.providers[0]!.answer(answering(() => bench.now));
  const grid = bench.grid();
  await bench.watch().firstRound;
  const ahead = (hours: number) => ({ start: T0, end: later(T0, hours * HOUR_MS) });
  await expect(grid.forecast('DE', ahead(80), T0)).rejects.toThrow('horizon: got 80.0 h, allowed is at most 72 h');
  await expect(grid.forecast('DE', ahead(24), T0, { kind: 'marginal' })).rejects.toThrow('kind: got marginal, allowed is average');
  await expect(grid.forecast('DE', ahead(24), T0, { method: 'source' })).rejects.toThrow('has given no forecast yet');
  await expect(grid.readings('FR', ahead(1), T0)).rejects.toThrow('unknown grid zone "FR"');
});
