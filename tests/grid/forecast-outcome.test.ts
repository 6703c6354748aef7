import { forecastOutcome } from '../../src/grid/forecast-outcome.js';
import type { Forecast, IntensitySeries, Provenance, Reading } from '../../src/grid/reading.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS, instant } from '../../src/units/time.js';

const START = Date.UTC(2022, 6, 14);
const at = (hour: number) => instant(START + hour * HOUR_MS);
const ZONE = { zone: 'constructed', kind: 'average', factorType: 'lifecycle' } as const;
const reading = (hour: number, value: number, provenance: Provenance = 'measured'): Reading => ({
  ...ZONE,
  interval: { start: at(hour), end: at(hour + 1) },
  intensity: carbonIntensity(value),
  source: 'constructed',
  provenance,
  issuedAt: at(0),
});
const bounded = (hour: number, value: number, low: number, high: number): Reading => {
  const range = { low: carbonIntensity(low), high: carbonIntensity(high) };
  return { ...reading(hour, value, 'forecast'), intervals: { p80: range, p95: range } };
};
const forecast = (readings: readonly Reading[]): Forecast => ({ ...ZONE, method: 'constructed', issuedAt: at(0), readings });
const series = (readings: readonly Reading[]): IntensitySeries => ({ ...ZONE, readings });
const span = { start: at(0), end: at(4) };

test('an error is forecast minus actual, and its sign is kept in the mean', () => {
  const outcome = forecastOutcome(
    forecast([bounded(0, 110, 90, 120), bounded(1, 180, 170, 190)]),
    series([reading(0, 100), reading(1, 200)]),
    span,
  );
  expect(outcome).toEqual({ steps: 2, bias: -5, meanAbsoluteError: 15, within80: 0.5 });
});

test('a step that is unknown, only forecast, partly known, or outside of the span is not judged', () => {
  const half = { ...reading(2, 100), interval: { start: at(2), end: instant(START + 2.5 * HOUR_MS) } };
  const made = forecast([0, 1, 2, 3, 4].map((hour) => reading(hour, 100, 'forecast')));
  expect(forecastOutcome(made, series([reading(1, 90, 'forecast'), half, reading(4, 90)]), span)).toBeUndefined();
  expect(forecastOutcome(made, series([reading(1, 90, 'forecast'), half, reading(3, 90)]), span)).toEqual({
    steps: 1,
    bias: 10,
    meanAbsoluteError: 10,
    within80: undefined,
  });
});
