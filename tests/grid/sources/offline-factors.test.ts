import path from 'node:path';
import fs from 'node:fs';
import os from 'node:os';
import { readingAt } from '../../../src/grid/reading.js';
import { MixedBasis } from '../../../src/grid/same-basis.js';
import { factorTableNames, readFactorTable, USUAL_TABLES, type FactorTableName } from '../../../src/grid/sources/factor-table.js';
import { offlineFactors } from '../../../src/grid/sources/offline-factors.js';
import { zoneDirectory } from '../../../src/grid/zone-directory.js';
import { readZoneTables } from '../../../src/grid/zone-tables.js';
import { UnknownZone } from '../../../src/grid/zone.js';
import { DAY_MS, instant, parseInstant } from '../../../src/units/time.js';

const TABLES = path.resolve('configs/factors');
const zones = zoneDirectory(readZoneTables(path.resolve('configs/zones')));
const NOW = parseInstant('2026-11-24T12:00:00Z');
const clock = { now: () => NOW };
const sourceOf = (names: readonly FactorTableName[]) =>
  offlineFactors({ tables: names.map((name) => readFactorTable(TABLES, name)), zones, clock });
const lifecycle = sourceOf(USUAL_TABLES.lifecycle);
const direct = sourceOf(USUAL_TABLES.direct);
const { signal } = new AbortController();
const today = { start: instant(NOW - DAY_MS), end: instant(NOW + DAY_MS) };
const nowIn = async (source: typeof lifecycle, zone: string) => readingAt(await source.readings({ zone, span: today, signal }), NOW);
const keyOf = (name: string): string => {
  const zone = zones.resolve(name);
  if (zone instanceof UnknownZone) throw zone;
  return zone.key;
};

describe('the shipped tables', () => {
  test.each(factorTableNames)('%s names locations that are known, with plausible figures and years', (name) => {
    const { factors } = readFactorTable(TABLES, name);
    expect(factors.length).toBeGreaterThan(0);
    for (const { location, intensity, year } of factors) {
      const zone = location === 'world' ? undefined : zones.resolve(location);
      // A location of several zones is known, though it serves none.
      if (zone instanceof UnknownZone) expect(zone.message).toContain('several grid zones');
      // Of fuel burnt at the worst efficiency in use; Turkmenistan's is 1,306.
      expect(intensity).toBeLessThan(1400);
      expect(year).toBeGreaterThan(2008);
    }
  });

  // gCO2eq/kWh as CodeCarbon 3.3 states them.
  test.each([
    ['DEU', 380.95],
    ['FRA', 56.04],
    ['GBR', 237.59],
    ['USA', 369.47],
    ['POL', 661.93],
    ['SWE', 40.7],
    ['NOR', 30.08],
    ['IND', 713.44],
    ['CHN', 582.32],
  ])('agree with CodeCarbon on the mean of %s', async (country, intensity) => {
    expect((await nowIn(lifecycle, keyOf(country)))?.intensity).toBeCloseTo(intensity, 1);
  });

  test.each([
    ['gcp:us-central1', 412.72],
    ['gcp:europe-west3', 275.82],
    ['gcp:europe-west9', 16.3],
    ['gcp:europe-north2', 2.73],
    ['gcp:asia-south1', 678.76],
    ['gcp:us-west1', 79.23],
  ])('agree with Google on the grid of %s', async (region, intensity) => {
    expect((await nowIn(direct, keyOf(region)))?.intensity).toBe(intensity);
  });

  test.each([
    ['aws-regions', 'aws:eu-central-1', 311],
    ['aws-regions', 'aws:eu-west-3', 51.1],
    ['aws-regions', 'aws:eu-north-1', 8.8],
    ['aws-regions', 'aws:ap-south-1', 708.2],
    ['azure-regions', 'azure:germanywestcentral', 338.66],
  ] as const)('of %s agree with Cloud Carbon Footprint on %s', async (table, region, intensity) => {
    expect((await nowIn(sourceOf([table]), keyOf(region)))?.intensity).toBeCloseTo(intensity, 6);
  });

  test('give California what eGRID2023 states, 394.769 lb/MWh', async () => {
    expect((await nowIn(sourceOf(['us-states']), 'US-CAL-CISO'))?.intensity).toBeCloseTo(394.769 * 0.45359237, 3);
  });

  test('give Ontario what CodeCarbon computes from its generation: 8.6 % gas and 0.1 % petroleum', async () => {
    const expected = (8.6 * 743.8415916 + 0.1 * 816.6885263) / 100.1;
    expect((await nowIn(sourceOf(['canadian-provinces']), 'CA-ON'))?.intensity).toBeCloseTo(expected, 3);
  });
});

describe('a yearly mean', () => {
  test('is an estimate over the whole year, which names location and year it is from', async () => {
    expect(await nowIn(lifecycle, 'DE')).toEqual({
      zone: 'DE',
      interval: { start: parseInstant('2026-01-01T00:00:00Z'), end: parseInstant('2027-01-01T00:00:00Z') },
      intensity: 380.95,
      kind: 'average',
      factorType: 'lifecycle',
      source: 'offline-factors:countries/DEU-2023',
      provenance: 'estimated',
      issuedAt: parseInstant('2024-01-01T00:00:00Z'),
    });
  });

  test('stands for its own year and later ones, and for none before it or yet to begin', async () => {
    const span = { start: parseInstant('2021-06-01T00:00:00Z'), end: parseInstant('2029-01-01T00:00:00Z') };
    const { readings } = await lifecycle.readings({ zone: 'DE', span, signal });
    expect(readings.map(({ interval }) => new Date(interval.start).getUTCFullYear())).toEqual([2023, 2024, 2025, 2026]);
  });

  test('is not known before its year is over', async () => {
    const during = parseInstant('2023-12-31T23:00:00Z');
    const early = offlineFactors({ tables: [readFactorTable(TABLES, 'countries')], zones, clock: { now: () => during } });
    const span = { start: instant(during - DAY_MS), end: instant(during + DAY_MS) };
    expect((await early.readings({ zone: 'DE', span, signal })).readings).toEqual([]);
    expect((await early.forecast({ zone: 'DE', span, signal })).readings).toEqual([]);
  });

  test('forecasts itself flat and without intervals, still an estimate, and says that it has no shape', async () => {
    const span = { start: NOW, end: instant(NOW + 60 * DAY_MS) };
    const forecast = await lifecycle.forecast({ zone: 'DE', span, signal });
    expect(forecast).toMatchObject({ method: 'yearly-mean', issuedAt: NOW });
    expect(forecast.note).toContain('says nothing of the hours');
    expect(forecast.readings.map(({ intensity, provenance, intervals }) => [intensity, provenance, intervals])).toEqual([
      [380.95, 'estimated', undefined],
      [380.95, 'estimated', undefined],
    ]);
  });

  test('of a part of a country is its own before its country’s', async () => {
    expect((await nowIn(lifecycle, 'NO-NO4'))?.source).toBe('offline-factors:nordic-zones/NO-NO4-2025');
    expect((await nowIn(lifecycle, 'US-MIDW-MISO'))?.source).toBe('offline-factors:countries/USA-2023');
    expect(lifecycle.locationOf('US-MIDW-MISO')).toBe('USA');
  });

  test('of a grid that several states share is not one of theirs', async () => {
    expect((await nowIn(sourceOf(['us-states']), 'US-NE-ISNE'))?.source).toBe('offline-factors-direct:us-states/USA-2023');
  });

  test('is of the latest year a table has', async () => {
    expect((await nowIn(direct, 'FR'))?.source).toBe('offline-factors-direct:google-cloud-regions/gcp:europe-west9-2024');
  });

  test('of the world is used only when named, and says what it is', async () => {
    const zone = 'XX';
    for (const source of [lifecycle, direct]) expect(source.locationOf(zone)).toBeUndefined();
    const fallback = sourceOf(['us-states', 'world']);
    expect(await nowIn(fallback, zone)).toMatchObject({ intensity: 475, source: 'offline-factors-direct:world/world-2018' });
    expect(fallback.attribution).toContain('World average');
    expect((await nowIn(fallback, 'US-TEX-ERCO'))?.source).toContain('US-TX');
  });
});

test('tables that count different emissions are refused, both named', () => {
  expect(() => sourceOf(['countries', 'us-states'])).toThrow(MixedBasis);
  expect(() => sourceOf(['countries', 'us-states'])).toThrow(
    'table countries (average, lifecycle) and table us-states (average, direct) cannot be combined',
  );
});

test.each([
  ['DEU,minus,2023', ':2: intensity minus is not a number of at least 0'],
  ['DEU,-1,2023', ':2: intensity -1 is not a number of at least 0'],
  ['DEU,,2023', ':2: intensity  is not a number of at least 0'],
  ['DEU,380,23', ':2: 23 is not a year like 2023'],
  ['DEU,380', ':2: 2 cells, the header has 3'],
  ['"DEU",380,2023', ':2: 3 cells, the header has 3; quotes are not read'],
])('a table with the row %j is refused with file and line', (row, message) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-factors-'));
  fs.writeFileSync(path.join(directory, 'countries.csv'), `location,intensity_gco2eq_per_kwh,year\n${row}\n`);
  expect(() => readFactorTable(directory, 'countries')).toThrow(`countries.csv${message}`);
});
