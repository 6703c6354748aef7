/** A service on the live grid: its source a real adapter that talks to a server of this machine. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import type { Reading } from '../../src/grid/reading.js';
import { openDataSource } from '../../src/store/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { listenTo, type Notifications } from '../../src/store/notifications.js';
import { GRID_CHANNEL, postgresReadingStore, type PostgresReadingStore } from '../../src/store/reading-store.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS, instant, iso, type Instant } from '../../src/units/time.js';
import { startProvider, type Asked, type Provider, type Reply } from '../grid/sources/provider-server.js';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

/** Hours by which this provider's newest value is behind. */
const LAG_HOURS = 3;
const hour = (): Instant => instant(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
const truth = (start: Instant): number => 250 + 90 * Math.sin((start / HOUR_MS / 24) * 2 * Math.PI);

const provided = ({ path: asked, query }: Asked): Reply => {
  const row = (start: Instant) => ({
    zone: 'US-CAL-CISO',
    carbonIntensity: truth(start),
    datetime: iso(start),
    updatedAt: iso(instant(Date.now())),
    emissionFactorType: 'lifecycle',
    isEstimated: false,
  });
  const rows = (from: Instant, to: Instant) => {
    const starts: Instant[] = [];
    for (let start = from; start < Math.min(to, hour() - (LAG_HOURS - 1) * HOUR_MS); start = instant(start + HOUR_MS)) starts.push(start);
    return starts.map(row);
  };
  if (asked.endsWith('/history'))
    return { body: { zone: 'US-CAL-CISO', history: rows(instant(hour() - 23 * HOUR_MS), instant(hour() + HOUR_MS)) } };
  if (asked.endsWith('/past-range')) {
    const [start, end] = ['start', 'end'].map((name) => instant(Date.parse(query.get(name)!)));
    return { body: { zone: 'US-CAL-CISO', data: rows(start!, end!) } };
  }
  return { status: 403, body: { message: 'not covered' } };
};

let server: EmbeddedPostgres;
let provider: Provider;
let service: RunningService;
let dataSource: DataSource;
let notifications: Notifications;
let store: PostgresReadingStore;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-live-'));
const home = newHome();

const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 20_000; !(await what());) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${String(what)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const query = async (text: string, variables: object = {}): Promise<any> => {
  const { data, errors } = await ask(service.url, text, variables);
  if (errors !== undefined) throw new Error(errors[0]!.message);
  return data;
};

beforeAll(async () => {
  provider = await startProvider();
  provider.answer(provided);
  server = await startEmbeddedPostgres(newHome(), 'lowtide');
  fs.mkdirSync(path.join(directory, 'configs'));
  fs.writeFileSync(
    path.join(directory, 'configs/service.yaml'),
    `zones:\n  CISO: [electricity-maps]\n  Germany: [offline-factors]\nsources:\n  electricity-maps: { url: '${provider.url}' }\n`,
  );
  service = await startService(home, { DATABASE_URL: server.url, LOWTIDE_ELECTRICITY_MAPS_KEY: 'k3y-not-to-be-told' }, directory);
  const ignore = () => undefined; // Faults of the test's own connection at the server's end.
  dataSource = await openDataSource(server.url);
  notifications = await listenTo(server.url, [GRID_CHANNEL], ignore);
  store = postgresReadingStore(dataSource, server.url, notifications, ignore);
});

afterAll(async () => {
  await service.end('SIGTERM');
  await store.close();
  await notifications.close();
  await dataSource.destroy();
  await server.stop();
  await provider.close();
});

test('a user names a zone in their own words and gets what is told, with its source and how it is known', async () => {
  const {
    zones,
    carbonIntensity: now,
    intensityHistory: past,
    sources,
  } = await query(
    `query ($from: DateTime!, $to: DateTime!) {
      zones { key kinds sources }
      carbonIntensity(zone: "Germany") { intensityGco2eqPerKwh provenance source }
      intensityHistory(zone: "CAISO_NORTH", from: $from, to: $to) { start intensityGco2eqPerKwh provenance source }
      sources(zone: "us-west-1") { name health forecastHours lastSuccessAt lastFailure { message } newestEnd }
    }`,
    { from: iso(instant(hour() - 10 * HOUR_MS)), to: iso(instant(hour() - LAG_HOURS * HOUR_MS)) },
  );
  expect(zones).toEqual([
    { key: 'US-CAL-CISO', kinds: ['AVERAGE'], sources: ['electricity-maps'] },
    { key: 'DE', kinds: ['AVERAGE'], sources: ['offline-factors'] },
  ]);
  expect(now).toEqual({ intensityGco2eqPerKwh: 380.95, provenance: 'ESTIMATED', source: 'offline-factors:countries/DEU-2023' });
  expect(past).toHaveLength(10 - LAG_HOURS);
  for (const reading of past)
    expect(reading).toEqual({
      start: reading.start,
      intensityGco2eqPerKwh: truth(instant(Date.parse(reading.start))),
      provenance: 'MEASURED',
      source: 'electricity-maps',
    });
  expect(sources).toMatchObject([{ name: 'electricity-maps', health: 'ANSWERING', lastFailure: null }]);
});

test('the subscription tells the reading in force at once, and again when another process has learned of a better one', async () => {
  const subscription = 'subscription { carbonIntensity(zone: "CISO") { intensityGco2eqPerKwh provenance source } }';
  const better: Reading = {
    zone: 'US-CAL-CISO',
    interval: { start: hour(), end: instant(hour() + HOUR_MS) },
    intensity: carbonIntensity(77),
    kind: 'average',
    factorType: 'lifecycle',
    source: 'electricity-maps',
    provenance: 'estimated',
    issuedAt: instant(Date.now()),
  };
  await until(async () => (await query('{ carbonIntensity(zone: "CISO") { source } }')).carbonIntensity !== null);
  let told = 0;
  const values = await collect(service.url, subscription, {}, () => {
    told += 1;
    if (told === 1) void store.keep([better], instant(Date.now()));
    return told === 2;
  });
  expect(values[0].carbonIntensity.provenance).toBe('FORECAST');
  expect(values[1].carbonIntensity).toEqual({ intensityGco2eqPerKwh: 77, provenance: 'ESTIMATED', source: 'electricity-maps' });
  // As it was known before, it was a forecast.
  const before = iso(instant(Date.parse(new Date().toISOString()) - 5 * 60_000));
  const { intensityHistory } = await query(
    'query ($from: DateTime!, $to: DateTime!, $at: DateTime!) { intensityHistory(zone: "CISO", from: $from, to: $to, knownAt: $at) { provenance } }',
    { from: iso(hour()), to: iso(instant(hour() + HOUR_MS)), at: before },
  );
  expect(intensityHistory.filter((reading: any) => reading.provenance === 'ESTIMATED')).toEqual([]);
});

test('while its source lags and then hangs, a run trains to its end on the forecast, and its log says since when', async () => {
  await dataSource.query('delete from intensity_reading where intensity_gco2eq_per_kwh = 77'); // The better reading of the test before.
  provider.answer(() => ({ fault: 'hangs' }));
  const { submitExperiment } = await query(SUBMIT, { input: { name: 'lagging', runs: [smallRun('small', { zone: 'CISO' })] } });
  const run = submitExperiment.experiment.runs[0].id;
  const events = await collect(
    service.url,
    EVENTS.replace('__typename sequence', '__typename sequence ... on WarningRaised { message }').replace(
      'energyKwh emissionsGco2eq',
      'energyKwh emissionsGco2eq provenance',
    ),
    { run, after: 0 },
    ({ runEvents }) => ['SUCCEEDED', 'FAILED'].includes(runEvents.to),
  );
  expect(events.at(-1).runEvents.to).toBe('SUCCEEDED');
  const warnings = events.map(({ runEvents }) => runEvents).filter(({ __typename }) => __typename === 'WarningRaised');
  const since = iso(instant(hour() - (LAG_HOURS - 1) * HOUR_MS));
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(`^no source has told the intensity of US-CAL-CISO since ${since}: energy is booked on the forecast by `),
  ]);
  const booked = events.map(({ runEvents }) => runEvents).filter(({ __typename }) => __typename === 'EnergyBooked');
  expect(booked.length).toBeGreaterThan(0);
  expect(booked.every(({ provenance, emissionsGco2eq }) => provenance === 'FORECAST' && emissionsGco2eq > 0)).toBe(true);

  // The measured values arrive: the ledger is restated by itself, the booked lines stay in the log.
  const measured = [hour(), instant(hour() + HOUR_MS)].map((start): Reading => ({
    zone: 'US-CAL-CISO',
    interval: { start, end: instant(start + HOUR_MS) },
    intensity: carbonIntensity(1000),
    kind: 'average',
    factorType: 'lifecycle',
    source: 'electricity-maps',
    provenance: 'measured',
    issuedAt: instant(Date.now()),
  }));
  await store.keep(measured, instant(Date.now()));
  const account = async () =>
    (await query('query ($run: ID!) { run(id: $run) { emissionsGco2eq energyKwh restatements { message } } }', { run })).run;
  await until(async () => (await account()).restatements.length > 0);
  const { emissionsGco2eq, energyKwh } = await account();
  expect(emissionsGco2eq).toBeCloseTo(energyKwh * 1000, 9);
});

test('an unknown zone, a zone without a source, a horizon too long and a naive time are refused with what is allowed', async () => {
  const refused = async (text: string) => (await ask(service.url, text)).errors?.[0]?.message;
  expect(await refused('{ carbonIntensity(zone: "US-CAL-CSIO") { source } }')).toContain('the nearest: US-CAL-CISO');
  expect(await refused('{ carbonIntensity(zone: "FR") { source } }')).toBe('zone: got "FR", allowed is one of US-CAL-CISO, DE');
  expect(await refused('{ intensityForecast(zone: "CISO", horizonHours: 73) { method } }')).toBe(
    'horizonHours: got 73, allowed is a whole number from 1 to 72',
  );
  expect(await refused('{ intensityForecast(zone: "CISO", kind: MARGINAL) { method } }')).toContain(
    'kind: got marginal, allowed is average',
  );
  expect(await refused('{ intensityHistory(zone: "CISO", from: "2026-03-01T00:00", to: "2026-03-02T00:00Z") { source } }')).toContain(
    '2026-03-01T00:00',
  );
  const { errors } = await ask(service.url, SUBMIT, { input: { name: 'nowhere', runs: [smallRun('small', { zone: 'FR' })] } });
  expect(errors?.[0]?.message).toBe('input.runs[0].zone: got "FR", allowed is one of US-CAL-CISO, DE');
});

test('no key is ever written to a log', () => {
  expect(service.output()).toContain('The grid is live: US-CAL-CISO by electricity-maps; DE by offline-factors.');
  expect(service.output()).not.toContain('k3y-not-to-be-told');
});

test('wrong zones, sources and settings are all named at once, and the service does not start', async () => {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-live-wrong-'));
  fs.mkdirSync(path.join(elsewhere, 'configs'));
  fs.writeFileSync(
    path.join(elsewhere, 'configs/service.yaml'),
    'zones:\n  Germony: [electricity-maps]\n  DE: [electricity-map, eia, offline-factors, uk-carbon-intensity]\nsources:\n  watt: {}\n',
  );
  const failure = await startService(newHome(), { DATABASE_URL: server.url, LOWTIDE_EIA_KEY: 'x' }, elsewhere).catch((reason: unknown) =>
    String(reason),
  );
  expect(failure).toContain('did you mean Germany?');
  expect(failure).toContain('there is no source "electricity-map"; did you mean electricity-maps?');
  expect(failure).toContain('zones.DE: eia does not serve DE (Germany)');
  expect(failure).toContain('sources.electricity-maps.key: ');
  expect(failure).toContain('sources: there is no source "watt"');
  expect(failure).not.toMatch(/at .*\.js:\d+/);
});
