import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { persistenceForecaster } from '../../src/grid/persistence-forecast.js';
import { piecesOf, readingAt } from '../../src/grid/reading.js';
import { replayedGrid, shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile, TraceError } from '../../src/grid/trace-file.js';
import { UnknownZone } from '../../src/grid/zone.js';
import { planRun } from '../../src/plan/plan-run.js';
import { watts } from '../../src/units/quantities.js';
import { DAY_MS, HOUR_MS, instant, parseInstant } from '../../src/units/time.js';

const DIRECTORY = path.resolve('configs/traces');
const traces = replayedGrid(shippedTraces(DIRECTORY));
const NOW = parseInstant('2022-06-15T00:30:00Z');

/** gCO2eq/kWh: medians of IPCC AR5 (2014), as configs/traces/README.md states them. */
const FACTORS: Readonly<Record<string, number>> = {
  wind: 11,
  solar: 41,
  hydro: 24,
  oil: 650,
  gas: 490,
  coal: 820,
  nuclear: 12,
  other: 230,
};

const rowsOf = (file: string): readonly Readonly<Record<string, string>>[] => {
  const [header = '', ...lines] = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, column) => [header.split(',')[column]!, value])));
};

test.each(shippedTraces(DIRECTORY).map(({ zone, file }) => [zone.key, file]))(
  'the intensity of %s follows from its fuels and the stated factors',
  (_zone, file) => {
    let compared = 0;
    for (const row of rowsOf(file)) {
      const fuels = Object.keys(FACTORS).map((fuel) => ({ factor: FACTORS[fuel]!, generation: Number(row[`${fuel}_mwh`]) }));
      const total = fuels.reduce((sum, { generation }) => sum + generation, 0);
      if (row['intensity_gco2eq_per_kwh'] === '' || fuels.some(({ generation }) => generation < 0) || total === 0) continue;
      const mean = fuels.reduce((sum, { factor, generation }) => sum + factor * generation, 0) / total;
      expect(Math.abs(mean - Number(row['intensity_gco2eq_per_kwh']))).toBeLessThan(0.011);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(8000);
  },
);

test('a replayed grid tells of the step in progress and of none after it', async () => {
  const { readings } = await traces.readings('US-CAL-CISO', { start: instant(NOW - DAY_MS), end: instant(NOW + DAY_MS) }, NOW);
  expect(readings).toHaveLength(25);
  expect(readings.every(({ interval }) => interval.start <= NOW)).toBe(true);
  expect(readings.at(-1)?.interval.end).toBeGreaterThan(NOW);
  expect(readings.every(({ provenance, kind }) => provenance === 'recorded' && kind === 'average')).toBe(true);
});

test('a blank hour of the record is a gap, not a zero', () => {
  const file = shippedTraces(DIRECTORY)[0]!.file;
  const blank = rowsOf(file).find((row) => row['intensity_gco2eq_per_kwh'] === '');
  const at = parseInstant(blank!['time_utc']!);
  const series = traces.wholeTrace('US-CAL-CISO');
  expect(readingAt(series, at)).toBeUndefined();
  expect(piecesOf(series, { start: at, end: instant(at + HOUR_MS) })).toEqual([
    { interval: { start: at, end: at + HOUR_MS }, reading: undefined },
  ]);
});

test('an unknown zone is refused with the zones there are', () => {
  expect(() => traces.wholeTrace('DE')).toThrow(UnknownZone);
  expect(() => traces.wholeTrace('DE')).toThrow('US-CAL-CISO');
});

test.each([
  ['2022-01-01T01:00:00Z,many', ':3: intensity many'],
  ['2022-01-01T01:00:00Z', ':3: 1 cells, but the header names 2 columns'],
  [
    '2022-01-01T01:00:00Z,90\n2022-01-01T02:30:00Z,90\n2022-01-01T03:00:00Z,90\n2022-01-01T04:00:00Z,90',
    ':4: 2022-01-01T02:30:00.000Z breaks the constant step of 60 min',
  ],
  ['yesterday,90', ':3: '],
])('a trace with the broken line %j is refused with file and line', (lines, message) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-trace-'));
  const file = path.join(directory, 'broken.csv');
  fs.writeFileSync(file, `time_utc,intensity_gco2eq_per_kwh\n2022-01-01T00:00:00Z,100\n${lines}\n`);
  const source = replayedGrid([{ zone: { key: 'X', name: 'X', timeZone: 'UTC' }, file }]);
  expect(() => source.wholeTrace('X')).toThrow(TraceError);
  expect(() => source.wholeTrace('X')).toThrow(`${file}${message}`);
});

test('a byte order mark is no part of the first column', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-trace-')), 'marked.csv');
  fs.writeFileSync(file, '\uFEFFtime_utc,intensity_gco2eq_per_kwh\n2022-01-01T00:00:00Z,100\n2022-01-01T01:00:00Z,90\n');
  expect(readTraceFile({ zone: 'X', file }).readings.map(({ intensity }) => intensity)).toEqual([100, 90]);
});

test('persistence repeats the last complete same hour, and is labelled a forecast', async () => {
  const forecast = await persistenceForecaster(traces).forecast('US-CAL-CISO', { start: NOW, end: instant(NOW + 2 * DAY_MS) }, NOW);
  const whole = traces.wholeTrace('US-CAL-CISO');
  for (const { interval, intensity, provenance } of forecast.readings) {
    const days = Math.ceil((interval.end - NOW) / DAY_MS);
    expect(intensity).toBe(readingAt(whole, instant(interval.start - days * DAY_MS))?.intensity);
    expect(provenance).toBe('forecast');
  }
  expect(forecast.readings).toHaveLength(49);
});

test('no decision changes when everything after now is corrupted', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-peek-'));
  const shipped = shippedTraces(DIRECTORY)[0]!;
  const lines = fs.readFileSync(shipped.file, 'utf8').trimEnd().split('\n');
  const corrupted = lines.map((line, index) => {
    const start = index === 0 ? Number.NaN : Date.parse(line.split(',')[0]!);
    return start + HOUR_MS > NOW ? line.replace(/[^,]*$/, String(1 + (index % 7))) : line;
  });
  const file = path.join(directory, path.basename(shipped.file));
  fs.writeFileSync(file, `${corrupted.join('\n')}\n`);
  const plans = await Promise.all(
    [traces, replayedGrid([{ ...shipped, file }])].map(async (source) => {
      const span = { start: NOW, end: instant(NOW + DAY_MS) };
      const forecast = await persistenceForecaster(source).forecast('US-CAL-CISO', span, NOW);
      const estimate = {
        durationMs: 30_000,
        overheadMs: 0,
        power: watts(40),
        basis: 'probe' as const,
        imagesPerSecond: 400,
        spread: { durationMs: [30_000, 30_000], power: [watts(40), watts(40)] } as const,
      };
      const request = { zone: 'US-CAL-CISO', estimate, gridSpeed: 360, pue: 1, release: NOW, deadline: span.end };
      const schedule = { finishWithinMs: DAY_MS, interruptible: false, minimumSegmentMs: HOUR_MS, allowedZones: [] };
      return planRun(request, { mode: 'planned', forecast: 'persistence-24h', ...schedule }, forecast);
    }),
  );
  expect(plans[0]).toMatchObject({ ok: true, plan: { mode: 'planned' } });
  expect(plans[1]).toEqual(plans[0]);
});
