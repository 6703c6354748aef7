import path from 'node:path';
import { sourcedZones, SourceSettingsError } from '../../../src/grid/sources/sourced-zones.js';
import { zoneDirectory } from '../../../src/grid/zone-directory.js';
import { readZoneTables } from '../../../src/grid/zone-tables.js';
import { parseInstant } from '../../../src/units/time.js';

const surroundings = {
  directory: zoneDirectory(readZoneTables(path.resolve('configs/zones'))),
  clock: { now: () => parseInstant('2026-11-24T12:00:00Z') },
  package: path.resolve('.'),
};
type Zones = Parameters<typeof sourcedZones>[0];
type Settings = Parameters<typeof sourcedZones>[1];
const opened = (zones: Zones, settings: Settings = {}) => sourcedZones(zones, settings, surroundings);

test('zones are set by any of their names, and their sources opened in the order they are named', () => {
  const zones = opened({ 'USA + california': ['offline-factors', 'synthetic-sinusoid'], germany: ['offline-factors'] });
  expect(zones.map(({ zone, sources }) => [zone.key, sources.map(({ name }) => name)])).toEqual([
    ['US-CAL-CISO', ['offline-factors', 'synthetic-sinusoid']],
    ['DE', ['offline-factors']],
  ]);
  expect(zones[0]!.sources[0]).toBe(zones[1]!.sources[0]);
});

test('the tables of yearly means may be named, the world’s average too', () => {
  const [zone] = opened({ XX: ['offline-factors-direct'] }, { 'offline-factors-direct': { tables: ['world'] } });
  expect(zone!.sources[0]!.locationOf('XX')).toBe('world');
});

test('every problem is told at once, each with what is allowed', () => {
  const settings = () =>
    opened(
      {
        'US-CAL-CSIO': ['offline-factors'],
        Illinois: ['offline-factors'],
        DE: ['offline-factor', 'synthetic-sinusoid'],
        FR: ['offline-factors', 'offline-factors-direct'],
        XX: ['offline-factors'],
        GB: ['recorded-traces'],
      },
      {
        'offline-factors-direct': { tables: ['countries'] },
        'synthetic-sinusoid': { amplitude: -1 },
        'recorded-traces': { files: { Englnd: 'x.csv' }, attribution: 'me' },
      },
    );
  expect(settings).toThrow(SourceSettingsError);
  for (const problem of [
    'zones: unknown grid zone "US-CAL-CSIO"; did you mean US-CAL-CISO?',
    'zones: "Illinois" is several grid zones; name one of US-MIDA-PJM, US-MIDW-MISO',
    'zones: there is no source "offline-factor"; did you mean offline-factors?',
    'zones.XX: offline-factors does not serve XX (Northern Cyprus)',
    'sources.offline-factors-direct.tables.0: names of tables in configs/factors that count direct emissions: google-cloud-regions, ',
    'sources.synthetic-sinusoid.amplitude: a number from 0 to the mean',
    'sources.recorded-traces: unknown grid zone "Englnd"; did you mean England?',
  ])
    expect(settings).toThrow(problem);
});

test('sources that count different emissions are not laid into one series', () => {
  expect(() => opened({ FR: ['offline-factors', 'offline-factors-direct'] })).toThrow(
    'zones.FR: offline-factors-direct counts direct emissions but offline-factors lifecycle ones',
  );
});
