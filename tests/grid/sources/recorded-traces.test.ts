import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { recordedTraces } from '../../../src/grid/sources/recorded-traces.js';
import { TraceError } from '../../../src/grid/trace-file.js';
import { instant, iso, MINUTE_MS, parseInstant } from '../../../src/units/time.js';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-recorded-'));
const fileOf = (name: string, lines: readonly string[]): string => {
  const file = path.join(directory, name);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const { signal } = new AbortController();
const START = parseInstant('2024-03-01T00:00:00Z');
const at = (minutes: number) => instant(START + minutes * MINUTE_MS);
const clock = { now: () => at(17) };

test('a file of five-minute marginal values is read as such, its blank and missing steps gaps', async () => {
  const file = fileOf('marginal.csv', [
    'timestamp,carbon_intensity',
    '2024-03-01T00:00:00Z,400',
    '2024-03-01T00:05:00Z,',
    '2024-03-01T00:15:00Z,420',
    '2024-03-01T00:20:00Z,430',
  ]);
  const source = recordedTraces({
    files: [{ zone: 'US-CAL-CISO', file }],
    kind: 'marginal',
    factorType: 'direct',
    attribution: 'me',
    clock,
  });
  expect(source).toMatchObject({ kind: 'marginal', factorType: 'direct', forecastHours: 0, attribution: 'me' });
  const series = await source.readings({ zone: 'US-CAL-CISO', span: { start: START, end: at(60) }, signal });
  expect(series).toMatchObject({ kind: 'marginal', factorType: 'direct' });
  expect(
    series.readings.map(({ interval, intensity, provenance, issuedAt }) => [iso(interval.start), intensity, provenance, issuedAt]),
  ).toEqual([
    ['2024-03-01T00:00:00.000Z', 400, 'recorded', at(5)],
    // In progress: said now, not at its end.
    ['2024-03-01T00:15:00.000Z', 420, 'recorded', at(17)],
  ]);
});

test('times without an offset are refused with the line, unless the settings say they are UTC', async () => {
  const file = fileOf('naive.csv', ['time,intensity', '2024-03-01 00:00,400', '2024-03-01 00:10,410']);
  const query = { zone: 'DE', span: { start: START, end: at(60) }, signal };
  await expect(recordedTraces({ files: [{ zone: 'DE', file }], attribution: 'me', clock }).readings(query)).rejects.toThrow(
    `${file}:2: time 2024-03-01 00:00 names no offset`,
  );
  const stated = recordedTraces({ files: [{ zone: 'DE', file, timeZone: 'UTC' }], attribution: 'me', clock });
  expect((await stated.readings(query)).readings).toHaveLength(2);
});

test('a file that is missing fails the call, and not before', async () => {
  const source = recordedTraces({ files: [{ zone: 'DE', file: '/nowhere/de.csv' }], attribution: 'me', clock });
  await expect(source.readings({ zone: 'DE', span: { start: START, end: at(60) }, signal })).rejects.toThrow(
    new TraceError('trace /nowhere/de.csv is missing'),
  );
});

test('it makes no forecast and says so', async () => {
  const source = recordedTraces({ files: [], attribution: 'me', clock });
  await expect(source.forecast({ zone: 'DE', span: { start: START, end: at(60) }, signal })).rejects.toMatchObject({ kind: 'not-offered' });
});
