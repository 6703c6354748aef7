import path from 'node:path';
import { z } from 'zod';
import { SOURCE_TYPES } from '../../../src/grid/sources/registry.js';
import { zoneDirectory } from '../../../src/grid/zone-directory.js';
import { readZoneTables } from '../../../src/grid/zone-tables.js';
import { wallClock } from '../../../src/units/clock.js';

const surroundings = {
  directory: zoneDirectory(readZoneTables(path.resolve('configs/zones'))),
  clock: wallClock,
  package: path.resolve('.'),
};
const typeNamed = (name: string) => SOURCE_TYPES.find((type) => type.name === name)!;

/** Of each source with a provider: the least a user must set, and what it then calls some zones. */
const CASES: readonly (readonly [string, object, Readonly<Record<string, string | undefined>>])[] = [
  ['electricity-maps', { key: 'k' }, { DE: 'DE', 'US-CAL-CISO': 'US-CAL-CISO', 'GB-R13': undefined }],
  ['watttime-marginal', { username: 'u', password: 'p' }, { 'US-CAL-CISO': 'CAISO_NORTH', 'GB-R13': undefined }],
  ['watttime-average', { username: 'u', password: 'p' }, { 'US-CAL-CISO': 'CAISO', 'GB-R13': undefined }],
  ['uk-carbon-intensity', {}, { GB: 'national', 'GB-R1': 'region 1', 'GB-R17': 'region 17', DE: undefined }],
  [
    'carbon-aware-sdk',
    { url: 'http://sdk:8080', kind: 'marginal', factor_type: 'direct', locations: { 'US-MIDA-PJM': { location: 'eastus' } } },
    { 'US-MIDA-PJM': 'eastus', DE: undefined },
  ],
  ['eia', { key: 'k' }, { 'US-CAL-CISO': 'CISO', 'US-TEX-ERCO': 'ERCO', 'US-NW-BPAT': 'BPAT', 'US-MIDA-PJM': 'PJM', DE: undefined }],
];

test.each(CASES)('%s opens with %j and calls zones what its provider does', (name, settings, locations) => {
  const type = typeNamed(name);
  const source = type.open(settings, surroundings);
  expect(source.name).toBe(name);
  expect(source.attribution).toBe(type.attribution);
  expect([source.kind, 'as-set']).toContain(type.kind);
  for (const [zone, location] of Object.entries(locations)) expect([zone, source.locationOf(zone)]).toEqual([zone, location]);
});

test('no two sources have one name', () => {
  expect(new Set(SOURCE_TYPES.map(({ name }) => name)).size).toBe(SOURCE_TYPES.length);
});

const problemsOf = (name: string, settings: object): readonly string[] => {
  try {
    typeNamed(name).open(settings, surroundings);
  } catch (failure) {
    if (failure instanceof z.ZodError) return failure.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`);
    throw failure;
  }
  return [];
};

test.each<[string, object, readonly string[]]>([
  ['electricity-maps', {}, ['key: needed is a key of Electricity Maps']],
  ['electricity-maps', { key: 'k', granularity: 'daily' }, ['granularity: allowed are hourly, 15_minutes, 5_minutes']],
  [
    'electricity-maps',
    { key: 'k', horizon_hours: 12, version: 'v2' },
    ['version: allowed are v3, v4', 'horizon_hours: allowed are 6, 24, 48, 72'],
  ],
  ['electricity-maps', { key: 'k', url: 'ftp://x' }, ['url: allowed is an address like https://api.example.org']],
  [
    'watttime-average',
    { username: '' },
    ['username: needed is the name of a WattTime account', 'password: needed is the password of a WattTime account'],
  ],
  ['eia', { key: 7 }, ['key: needed is a key of the EIA']],
  [
    'carbon-aware-sdk',
    { url: 'http://sdk', locations: {} },
    [
      'kind: needed is what the source behind the SDK gives: average or marginal',
      'factor_type: needed is what the source behind the SDK counts: lifecycle or direct',
    ],
  ],
])('%s with %j says every setting that is wrong and what is allowed', (name, settings, problems) => {
  expect(problemsOf(name, settings)).toEqual(problems);
});

test('what was given is not repeated: it may be a key', () => {
  expect(JSON.stringify(problemsOf('eia', { key: ['s3cret'], url: 's3cret' }))).not.toContain('s3cret');
});
