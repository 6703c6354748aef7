import type { DataSource } from 'typeorm';
import type { Forecast, Reading } from '../../src/grid/reading.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { listenTo, type Notifications } from '../../src/store/notifications.js';
import { GRID_CHANNEL, postgresReadingStore, type PostgresReadingStore } from '../../src/store/reading-store.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS, instant, parseInstant, type Interval } from '../../src/units/time.js';
import { newHome } from '../journey/running-service.js';

const T0 = parseInstant('2026-03-01T00:00:00Z');
const at = (hour: number) => instant(T0 + hour * HOUR_MS);
const hours = (from: number, to: number): Interval => ({ start: at(from), end: at(to) });
const STRAND = { zone: 'US-CAL-CISO', kind: 'average', factorType: 'lifecycle' } as const;

const reading = (hour: number, intensity: number, over: Partial<Reading> = {}): Reading => ({
  ...STRAND,
  interval: hours(hour, hour + 1),
  intensity: carbonIntensity(intensity),
  source: 'electricity-maps',
  provenance: 'estimated',
  issuedAt: at(hour),
  ...over,
});

let server: EmbeddedPostgres;
let dataSource: DataSource;
let notifications: Notifications;
const stores: PostgresReadingStore[] = [];
const faults: Error[] = [];
const openStore = (): PostgresReadingStore => {
  const store = postgresReadingStore(dataSource, server.url, notifications, (fault) => faults.push(fault));
  stores.push(store);
  return store;
};

beforeAll(async () => {
  server = await startEmbeddedPostgres(newHome(), 'lowtide');
  dataSource = await openDataSource(server.url);
  await migrate(dataSource);
  notifications = await listenTo(server.url, [GRID_CHANNEL], (fault) => faults.push(fault));
});

afterAll(async () => {
  for (const store of stores) await store.close();
  await notifications.close();
  await dataSource.destroy();
  await server.stop();
  expect(faults).toEqual([]);
});

test('a value said again is not kept again; one said differently is a new version beside the old one', async () => {
  const store = openStore();
  expect(await store.keep([reading(0, 200), reading(1, 210)], at(2))).toBe(2);
  expect(await store.keep([reading(0, 200), reading(1, 210)], at(3))).toBe(0);
  expect(await store.keep([reading(0, 205, { provenance: 'measured' })], at(4))).toBe(1);
  expect(await store.keep([reading(0, 200)], at(5))).toBe(1); // Said, taken back, and said again: three versions.
  const versions = await store.versions(STRAND, hours(0, 1), at(9));
  expect(versions.map(({ intensity, provenance, knownAt }) => [intensity, provenance, knownAt])).toEqual([
    [200, 'estimated', at(2)],
    [205, 'measured', at(4)],
    [200, 'estimated', at(5)],
  ]);
});

test('what was known at a time is what had been kept by then', async () => {
  const store = openStore();
  expect((await store.versions(STRAND, hours(0, 2), at(2))).map(({ intensity }) => intensity)).toEqual([200, 210]);
  expect(await store.versions(STRAND, hours(0, 2), at(1))).toEqual([]);
});

test('kinds and zones do not meet, and only steps that touch the span are told', async () => {
  const store = openStore();
  await store.keep([reading(10, 700, { kind: 'marginal' }), reading(10, 90, { zone: 'FR' }), reading(11, 210)], at(12));
  expect(await store.versions(STRAND, hours(10, 11), at(20))).toEqual([]);
  const marginal = await store.versions({ ...STRAND, kind: 'marginal' }, { start: instant(at(10) + 1), end: at(12) }, at(20));
  expect(marginal.map(({ intensity }) => intensity)).toEqual([700]);
  expect(await store.versions({ ...STRAND, kind: 'marginal' }, hours(11, 12), at(20))).toEqual([]);
  expect(await store.oldest({ ...STRAND, zone: 'FR' }, 'electricity-maps')).toBe(at(10));
  expect(await store.oldest({ ...STRAND, zone: 'FR' }, 'eia')).toBeUndefined();
});

test('a forecast comes back whole, intervals and note included, the newest issue first', async () => {
  const store = openStore();
  const forecast = (issuedHour: number): Forecast => ({
    ...STRAND,
    method: 'history-ridge',
    issuedAt: at(issuedHour),
    note: 'constructed',
    readings: [0, 1].map((lead) => ({
      ...reading(issuedHour + lead, 100 + lead, { provenance: 'forecast', issuedAt: at(issuedHour), source: 'history-ridge of x' }),
      intervals: {
        p80: { low: carbonIntensity(90), high: carbonIntensity(120) },
        p95: { low: carbonIntensity(80), high: carbonIntensity(140) },
      },
    })),
  });
  await store.keepForecast(forecast(20), at(20));
  await store.keepForecast(forecast(21), at(21));
  expect(await store.forecasts(STRAND, hours(20, 24), at(30), 5)).toEqual([forecast(21), forecast(20)]);
  expect(await store.forecasts(STRAND, hours(20, 24), at(20), 5)).toEqual([forecast(20)]);
  expect(await store.forecasts(STRAND, hours(22, 23), at(30), 5)).toEqual([forecast(21)]);
  expect(await store.forecasts({ ...STRAND, zone: 'FR' }, hours(20, 24), at(30), 5)).toEqual([]);
});

test('whoever waits for news of a zone is woken by a new reading of it, and by none of another zone', async () => {
  const store = openStore();
  let woken = 0;
  const stop = store.onNews('US-CAL-CISO', () => (woken += 1));
  await store.keep([reading(40, 1, { zone: 'DE' })], at(41));
  await store.keep([reading(40, 1)], at(41));
  const deadline = Date.now() + 5000;
  while (woken === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(woken).toBe(1);
  stop();
});

test('one of several processes polls a zone; when it goes, another may', async () => {
  const [first, second] = [openStore(), openStore()];
  expect(await first.mayPoll('US-CAL-CISO')).toBe(true);
  expect(await first.mayPoll('US-CAL-CISO')).toBe(true);
  expect(await second.mayPoll('US-CAL-CISO')).toBe(false);
  expect(await second.mayPoll('FR')).toBe(true);
  await first.close();
  expect(await second.mayPoll('US-CAL-CISO')).toBe(true);
});

test("a source's state is kept, and replaced by the next", async () => {
  const store = openStore();
  const state = {
    source: 'eia',
    zone: 'US-CAL-CISO',
    kind: 'average',
    factorType: 'lifecycle',
    attribution: 'EIA',
    forecastHours: 0,
    circuit: 'closed',
    clockSkewMs: undefined,
    lastSuccessAt: undefined,
    lastFailure: { since: at(1), kind: 'timed-out', message: 'eia: no answer within 15 s' },
    newestEnd: undefined,
  } as const;
  await store.keepState(state);
  expect(await store.states()).toEqual([state]);
  await store.keepState({ ...state, lastSuccessAt: at(2) });
  expect(await store.states()).toEqual([{ ...state, lastSuccessAt: at(2) }]);
});
