import path from 'node:path';
import fc from 'fast-check';
import { readingAt } from '../../../src/grid/reading.js';
import { syntheticSinusoid } from '../../../src/grid/sources/synthetic-sinusoid.js';
import { timeWeightedMean } from '../../../src/grid/weighted-mean.js';
import { zoneDirectory } from '../../../src/grid/zone-directory.js';
import { readZoneTables } from '../../../src/grid/zone-tables.js';
import { DAY_MS, HOUR_MS, instant, parseInstant } from '../../../src/units/time.js';

const zones = zoneDirectory(readZoneTables(path.resolve('configs/zones')));
const NOW = parseInstant('2026-11-24T12:30:00Z');
const source = syntheticSinusoid({ zones, mean: 300, amplitude: 100, clock: { now: () => NOW } });
const { signal } = new AbortController();
const dayFrom = (start: string) => ({ start: parseInstant(start), end: instant(parseInstant(start) + DAY_MS) });

/** Value at an hour of the local day by the words of its description, without integrals. */
const shape = (hour: number): number =>
  hour >= 3 && hour <= 18 ? -Math.cos((Math.PI * (hour - 3)) / 15) : Math.cos((Math.PI * ((hour + 6) % 24)) / 9);

test('it is highest in the hours about 18:00 and lowest about 03:00 local time, in every zone', async () => {
  for (const [zone, offset] of [
    ['DE', '+02:00'],
    ['US-CAL-CISO', '-07:00'],
    ['AU-QLD', '+10:00'],
  ] as const) {
    const day = dayFrom(`2022-07-14T00:00:00${offset}`);
    const { readings } = await source.readings({ zone, span: day, signal });
    const hours = readings.map(({ intensity }) => intensity);
    expect(hours).toHaveLength(24);
    expect(Math.max(...hours)).toBe(Math.max(hours[17]!, hours[18]!));
    expect(Math.min(...hours)).toBe(Math.min(hours[2]!, hours[3]!));
    expect(Math.max(...hours)).toBeGreaterThan(398);
    expect(Math.min(...hours)).toBeLessThan(202);
  }
});

test('each hour is the mean of 15 hours up and 9 hours down, also where local time is half an hour off', async () => {
  for (const [zone, offset] of [
    ['DE', '+02:00'],
    ['IN-NO', '+05:30'],
  ] as const) {
    const midnight = parseInstant(`2022-07-14T00:00:00${offset}`);
    const { readings } = await source.readings({ zone, span: dayFrom(`2022-07-14T00:00:00${offset}`), signal });
    for (const { interval, intensity } of readings) {
      const samples = Array.from({ length: 3600 }, (_, second) =>
        shape(((interval.start - midnight) / HOUR_MS + (second + 0.5) / 3600 + 24) % 24),
      );
      expect(intensity).toBeCloseTo(300 + (100 * samples.reduce((sum, each) => sum + each, 0)) / samples.length, 4);
    }
  }
});

test('a day without a change of clocks has the mean that was set', async () => {
  const span = dayFrom('2022-07-14T00:00:00Z');
  expect(timeWeightedMean(await source.readings({ zone: 'DE', span, signal }), span).intensity).toBeCloseTo(300, 9);
});

test('nothing of it is outside mean ± amplitude, whenever it is asked for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -400, max: 400 }), fc.constantFrom(...zones.zones.map(({ key }) => key)), async (days, zone) => {
      const start = instant(NOW + days * DAY_MS);
      const { readings } = await source.forecast({ zone, span: { start, end: instant(start + DAY_MS) }, signal });
      return readings.every(({ intensity }) => intensity >= 200 - 1e-9 && intensity <= 400 + 1e-9);
    }),
  );
});

test('everything it says is marked synthetic, the forecast too', async () => {
  const span = { start: instant(NOW - DAY_MS), end: instant(NOW + 3 * DAY_MS) };
  const said = await source.readings({ zone: 'DE', span, signal });
  const forecast = await source.forecast({ zone: 'DE', span: { start: NOW, end: span.end }, signal });
  for (const reading of [...said.readings, ...forecast.readings])
    expect(reading).toMatchObject({ provenance: 'synthetic', source: 'synthetic-sinusoid' });
  expect(source.attribution).toContain('made up');
});

test('its forecast is what it says later', async () => {
  const span = { start: NOW, end: instant(NOW + 2 * DAY_MS) };
  const forecast = await source.forecast({ zone: 'DE', span, signal });
  const later = syntheticSinusoid({ zones, mean: 300, amplitude: 100, clock: { now: () => span.end } });
  const come = await later.readings({ zone: 'DE', span, signal });
  for (const { interval, intensity } of come.readings) expect(readingAt(forecast, interval.start)?.intensity).toBe(intensity);
});

test.each([
  [100, 101],
  [100, -1],
  [100, Number.NaN],
])('a mean of %d with an amplitude of %d is refused: it would be below zero or upside down', (mean, amplitude) => {
  expect(() => syntheticSinusoid({ zones, mean, amplitude })).toThrow(
    `the amplitude must be from 0 to the mean of ${mean} gCO2eq/kWh, got ${amplitude}`,
  );
});
