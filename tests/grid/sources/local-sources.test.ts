/** What every source without a network does: the claims of the contract for all sources that need no provider. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SourceFault, type IntensitySource } from '../../../src/grid/intensity-source.js';
import type { Provenance, Reading } from '../../../src/grid/reading.js';
import { readFactorTable, USUAL_TABLES } from '../../../src/grid/sources/factor-table.js';
import { offlineFactors } from '../../../src/grid/sources/offline-factors.js';
import { recordedTraces } from '../../../src/grid/sources/recorded-traces.js';
import { syntheticSinusoid } from '../../../src/grid/sources/synthetic-sinusoid.js';
import { zoneDirectory } from '../../../src/grid/zone-directory.js';
import { readZoneTables } from '../../../src/grid/zone-tables.js';
import { DAY_MS, HOUR_MS, instant, iso, parseInstant } from '../../../src/units/time.js';

const NOW = parseInstant('2026-11-24T12:30:00Z');
const clock = { now: () => NOW };
const zones = zoneDirectory(readZoneTables(path.resolve('configs/zones')));
const tablesOf = (type: 'lifecycle' | 'direct') => USUAL_TABLES[type].map((name) => readFactorTable(path.resolve('configs/factors'), name));

const trace = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-contract-')), 'de.csv');
const hours = Array.from({ length: 72 }, (_, hour) => `${iso(instant(NOW - DAY_MS + (hour - 0.5) * HOUR_MS))},${300 + hour}`);
fs.writeFileSync(trace, `time,intensity\n${hours.join('\n')}\n`);

interface LocalCase {
  readonly source: IntensitySource;
  readonly provenance: Provenance;
  readonly location: string;
}

const CASES: readonly (readonly [string, LocalCase])[] = [
  [
    'offline factors',
    { source: offlineFactors({ tables: tablesOf('lifecycle'), zones, clock }), provenance: 'estimated', location: 'DEU' },
  ],
  [
    'offline factors, direct',
    {
      source: offlineFactors({ tables: tablesOf('direct'), zones, clock }),
      provenance: 'estimated',
      location: 'gcp:europe-west3',
    },
  ],
  ['synthetic sinusoid', { source: syntheticSinusoid({ zones, clock }), provenance: 'synthetic', location: 'Europe/Berlin' }],
  [
    'recorded traces',
    {
      source: recordedTraces({ files: [{ zone: 'DE', file: trace }], attribution: 'a file', clock }),
      provenance: 'recorded',
      location: trace,
    },
  ],
];

describe.each(CASES)('%s', (_title, { source, provenance, location }) => {
  const past = { start: instant(NOW - DAY_MS), end: NOW };
  const query = { zone: 'DE', span: past, signal: new AbortController().signal };
  const inOrder = (readings: readonly Reading[]): boolean =>
    readings.every(
      ({ interval }, index) => interval.start < interval.end && (readings[index + 1]?.interval.start ?? Infinity) >= interval.end,
    );

  test('its readings are the steps that touch the span and have begun, each saying how it is known', async () => {
    const series = await source.readings({ ...query, span: { start: past.start, end: parseInstant('2099-01-01T00:00:00Z') } });
    const basis = { zone: 'DE', kind: source.kind, factorType: source.factorType };
    expect(series).toMatchObject(basis);
    expect(series.readings.length).toBeGreaterThan(0);
    expect(inOrder(series.readings)).toBe(true);
    for (const reading of series.readings) {
      expect(reading).toMatchObject({ ...basis, provenance });
      expect(reading.interval.end).toBeGreaterThan(past.start);
      expect(reading.interval.start).toBeLessThanOrEqual(NOW);
      expect(reading.issuedAt).toBeLessThanOrEqual(NOW);
    }
    // The step in progress is among them.
    expect(series.readings.at(-1)!.interval.end).toBeGreaterThan(NOW);
  });

  test('a zone it does not serve is refused, and named', async () => {
    expect(source.locationOf('nowhere')).toBeUndefined();
    const failure: unknown = await source.readings({ ...query, zone: 'nowhere' }).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(SourceFault);
    expect(failure).toMatchObject({ kind: 'not-offered', source: source.name });
    expect((failure as Error).message).toContain('"nowhere"');
  });

  test('it says where its values come from, and what it calls a zone it serves', () => {
    expect(source.attribution).not.toBe('');
    expect(source.locationOf('DE')).toBe(location);
    expect(source.pollMs).toBe(0);
  });

  test('a caller that has left gets its own reason', async () => {
    const reason = new Error('too late');
    await expect(source.readings({ ...query, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  const ahead = { start: NOW, end: instant(NOW + 2 * DAY_MS) };
  if (source.forecastHours === 0)
    test('it says that it makes no forecast, and what is used instead', async () => {
      await expect(source.forecast({ ...query, span: ahead })).rejects.toMatchObject({ kind: 'not-offered' });
      await expect(source.forecast({ ...query, span: ahead })).rejects.toThrow('built-in forecaster');
    });
  else
    test('its forecast covers the span without a gap, says when it was made, and passes for no more than its readings do', async () => {
      const made = await source.forecast({ ...query, span: ahead });
      expect(made).toMatchObject({ zone: 'DE', kind: source.kind, factorType: source.factorType, issuedAt: NOW });
      expect(made.method).not.toBe('');
      expect(inOrder(made.readings)).toBe(true);
      expect(made.readings[0]!.interval.start).toBeLessThanOrEqual(ahead.start);
      expect(made.readings.at(-1)!.interval.end).toBeGreaterThanOrEqual(ahead.end);
      for (const reading of made.readings) {
        expect(reading).toMatchObject({ provenance, issuedAt: NOW });
        expect(reading).not.toHaveProperty('intervals');
      }
    });
});
