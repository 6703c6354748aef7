import { historyForecaster } from '../../src/grid/history-forecaster.js';
import { forecastHours, type HourExpected } from '../../src/grid/history-forecast.js';
import { hourlyHistory } from '../../src/grid/hourly-history.js';
import { persistenceForecaster } from '../../src/grid/persistence-forecast.js';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { begunBy } from '../../src/grid/trace-reader.js';
import { DAY_MS, HOUR_MS, later, parseInstant, type Instant } from '../../src/units/time.js';
import { changed, corruptedAfter, hourIn, inSteps, made, shipped } from './hourly-traces.js';

const california = shipped('US-CAL-CISO');
const NOW = parseInstant('2022-06-15T17:00:00Z');
const START = parseInstant('2022-03-01T00:00:00Z');

const hoursOf = (series: IntensitySeries, at: Instant, leads = 72): readonly HourExpected[] => {
  const forecast = forecastHours(hourlyHistory(series, at)!, leads);
  if (!forecast.ok) throw new Error(forecast.lacking);
  return forecast.hours;
};

const forecasterOf = (series: IntensitySeries) => {
  const past = {
    readings: (_zone: string, span: { start: Instant; end: Instant }, now: Instant) => Promise.resolve(begunBy(series, span, now)),
  };
  return historyForecaster(past, persistenceForecaster(past));
};

const nextDays = (at: Instant, days = 3) => ({ start: at, end: later(at, days * DAY_MS) });

test.each([0, 20, 59])('corrupting all that comes after an issue %i min past the hour changes no digit of it', async (minutes) => {
  const at = later(NOW, minutes * 60_000);
  const [given, corrupted] = await Promise.all(
    [california, corruptedAfter(california, at)].map((series) => forecasterOf(series).forecast('US-CAL-CISO', nextDays(at), at)),
  );
  expect(given!.method).toBe('history-ridge');
  expect(given!.note).toBeUndefined();
  expect(corrupted).toEqual(given);
});

test('the intervals hold the median, the wider one holds the narrower, at every lead and hour of the day', () => {
  for (const zone of ['US-CAL-CISO', 'US-NW-BPAT'])
    for (let issue = 0; issue < 24; issue += 5) {
      const series = shipped(zone);
      for (const { median, low80, high80, low95, high95 } of hoursOf(series, hourIn(series, 700 + 331 * issue))) {
        expect(low95).toBeGreaterThan(0);
        expect(low95).toBeLessThanOrEqual(low80);
        expect(low80).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(high80);
        expect(high80).toBeLessThanOrEqual(high95);
      }
    }
});

test('a constant history forecasts the constant, without any doubt', () => {
  for (const each of hoursOf(
    made(START, 1000, () => 321),
    hourIn(made(START, 1), 1000),
    192,
  ))
    for (const value of Object.values(each)) expect(value).toBeCloseTo(321, 6);
});

test('a daily pattern and nothing else is forecast as it is', () => {
  const pattern = (hour: number) => 200 + 80 * Math.sin((hour / 12) * Math.PI);
  hoursOf(made(START, 1500, pattern), hourIn(made(START, 1), 1500)).forEach(({ median }, lead) => {
    expect(Math.abs(median / pattern(1500 + lead) - 1)).toBeLessThan(0.002);
  });
});

test('steps finer than an hour are forecast as their hourly means', () => {
  const series = made(START, 900);
  const at = hourIn(series, 900);
  const hourly = hoursOf(series, at);
  for (const minutes of [5, 15, 30])
    hoursOf(inSteps(series, minutes), at).forEach(({ median, high95 }, lead) => {
      expect(median).toBeCloseTo(hourly[lead]!.median, 6);
      expect(high95).toBeCloseTo(hourly[lead]!.high95, 6);
    });
});

test('an hour of which any part is unknown is a gap, and holds the value of the day before', () => {
  const series = inSteps(made(START, 900), 15);
  const { known, log } = hourlyHistory(
    changed(series, ({ intensity }, index) => (index === 4 * 500 + 1 ? undefined : intensity)),
    hourIn(series, 900),
  )!;
  expect([...known.keys()].filter((hour) => known[hour] === 0)).toEqual([500]);
  expect(log[500]).toBe(log[476]);
});

test('a broken hour is taken for a gap', () => {
  const at = hourIn(california, 4000);
  const spiked = changed(california, ({ interval, intensity }) => (interval.start === at - 50 * HOUR_MS ? 5 * intensity : intensity));
  const holed = changed(california, ({ interval, intensity }) => (interval.start === at - 50 * HOUR_MS ? undefined : intensity));
  expect(hoursOf(spiked, at)).toEqual(hoursOf(holed, at));
});

test('where many hours lie far off the week before, that is the nature of the zone and none is broken', () => {
  const wild = made(START, 1000, (hour) => (hour % 40 === 0 ? 2000 : 200));
  expect(hourlyHistory(wild, hourIn(wild, 1000))!.known.every((one) => one === 1)).toBe(true);
});

test('hours at the end that are not known yet are forecast from the last known one', () => {
  const at = hourIn(california, 4000);
  const late = changed(california, ({ interval, intensity }) => (interval.end > at - 3 * HOUR_MS ? undefined : intensity));
  expect(hourlyHistory(late, at)!.staleHours).toBe(3);
  expect(hoursOf(late, at, 40)).toEqual(hoursOf(california, later(at, -3 * HOUR_MS), 43).slice(3));
});

const LACKING: readonly (readonly [string, IntensitySeries, string])[] = [
  ['less than four weeks', made(later(NOW, -27 * DAY_MS), 27 * 24), 'it needs 28 days of history, there are 27.0'],
  ['no value of the last day', made(later(NOW, -40 * DAY_MS), 40 * 24 - 25), 'it needs a value of the last 24 h, the newest is 25 h old'],
  [
    'few known hours',
    changed(made(later(NOW, -30 * DAY_MS), 30 * 24), ({ intensity }, index) => (index % 3 === 0 || index > 700 ? intensity : undefined)),
    'it needs 504 known hours of history, there are 253',
  ],
  [
    'gaps everywhere',
    changed(made(later(NOW, -200 * DAY_MS), 200 * 24), ({ intensity }, index) => (index % 2 === 1 ? intensity : undefined)),
    'its history has too many gaps: 0 past issues to learn from, it needs 50',
  ],
  ['no history', made(NOW, 5), 'it needs four weeks of history, there is none'],
];

test.each(LACKING)('with %s, persistence stands in and the note says why', async (_name, series, why) => {
  const forecast = await forecasterOf(series).forecast('X', nextDays(NOW), NOW);
  expect(forecast.method).toBe('persistence-24h');
  expect(forecast.note).toBe(`history-ridge is not possible yet: ${why}`);
});

test('each hour of the span is a reading with its intervals, named after what it was learnt from', async () => {
  const at = later(NOW, 20 * 60_000);
  const { readings, issuedAt, method } = await forecasterOf(california).forecast(
    'US-CAL-CISO',
    { start: later(at, 2 * HOUR_MS), end: later(at, 30 * HOUR_MS) },
    at,
  );
  expect([method, issuedAt]).toEqual(['history-ridge', at]);
  expect(readings.map(({ interval }) => (interval.start - NOW) / HOUR_MS)).toEqual(Array.from({ length: 29 }, (_, hour) => hour + 2));
  for (const reading of readings) {
    expect(reading).toMatchObject({ provenance: 'forecast', source: 'history-ridge of trace:US-CAL-CISO-2022', issuedAt: at });
    expect(reading.intervals!.p95.low).toBeLessThan(reading.intervals!.p80.low);
  }
});

test('a lead out of range is refused with the range', () => {
  const history = hourlyHistory(california, NOW)!;
  for (const leads of [0, 193, Number.NaN]) expect(() => forecastHours(history, leads)).toThrow('leads must be from 1 to 192');
});
