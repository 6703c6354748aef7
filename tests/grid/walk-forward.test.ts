import fc from 'fast-check';
import { forecastHours } from '../../src/grid/history-forecast.js';
import { hourlyHistory } from '../../src/grid/hourly-history.js';
import { persistenceForecaster } from '../../src/grid/persistence-forecast.js';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { begunBy } from '../../src/grid/trace-reader.js';
import { walkForward, WALK_FORWARD_METHODS, type IssuedForecast, type WalkForwardOptions } from '../../src/grid/walk-forward.js';
import { DAY_MS, HOUR_MS, later, parseInstant, type Instant } from '../../src/units/time.js';
import { changed, corruptedAfter, hourIn, inSteps, made, shipped } from './hourly-traces.js';

const california = shipped('US-CAL-CISO');
const START = parseInstant('2022-03-01T00:00:00Z');

const walked = (series: IntensitySeries, from: Instant, over: Partial<WalkForwardOptions> = {}): readonly IssuedForecast[] => [
  ...walkForward(series, { method: 'builtin', from, to: later(from, 1), everyHours: 1, leads: 72, ...over }),
];

const expectSame = (given: Float64Array, expected: readonly number[]) => {
  expect(given).toHaveLength(expected.length);
  given.forEach((value, lead) => expect(Math.abs(value / expected[lead]! - 1)).toBeLessThan(1e-9));
};

const singly = (series: IntensitySeries, at: Instant, leads = 72): readonly number[] => {
  const forecast = forecastHours(hourlyHistory(series, at)!, leads);
  if (!forecast.ok) throw new Error(forecast.lacking);
  return forecast.hours.map(({ median }) => median);
};

test('at each refit a walk gives the forecast made by itself', () => {
  const from = hourIn(california, 1000);
  const issues = walked(california, from, { to: later(from, 3 * 7 * DAY_MS), everyHours: 8 });
  expect(issues).toHaveLength(63);
  for (const week of [0, 1, 2]) expectSame(issues[21 * week]!.hours, singly(california, later(from, week * 7 * DAY_MS)));
});

test('between refits a walk stays near it', () => {
  const from = hourIn(california, 3000);
  const issues = walked(california, from, { to: later(from, 7 * DAY_MS), everyHours: 11 });
  const off = issues.flatMap(({ hours, issuedAt }) => {
    const single = singly(california, issuedAt);
    return [...hours].map((value, lead) => Math.abs(value / single[lead]! - 1));
  });
  expect(off.reduce((sum, each) => sum + each, 0) / off.length).toBeLessThan(0.02);
});

test('with any gaps, and however late the newest value, a walk gives the forecast made by itself', () => {
  const series = made(START, 1100);
  const hole = fc.record({ from: fc.integer({ min: 0, max: 1100 }), hours: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(
      fc.array(hole, { maxLength: 6 }),
      fc.integer({ min: 700, max: 1110 }),
      fc.integer({ min: 1, max: 80 }),
      (holes, hour, leads) => {
        const holed = changed(series, ({ intensity }, index) =>
          holes.some(({ from, hours }) => from <= index && index < from + hours) ? undefined : intensity,
        );
        const at = hourIn(series, hour);
        const [issue] = walked(holed, at, { leads });
        const single = forecastHours(hourlyHistory(holed, at)!, leads);
        expect(issue!.method).toBe(single.ok ? 'builtin' : 'persistence-24h');
        if (single.ok)
          expectSame(
            issue!.hours,
            single.hours.map(({ median }) => median),
          );
      },
    ),
    { numRuns: 40 },
  );
});

test('a value four times too high is broken for a walk as it is for a forecast made by itself', () => {
  const at = hourIn(california, 4000);
  const spiked = changed(california, ({ interval, intensity }) =>
    interval.end === at || interval.end === at - 40 * HOUR_MS ? 6 * intensity : intensity,
  );
  expectSame(walked(spiked, at)[0]!.hours, singly(spiked, at));
});

test.each(WALK_FORWARD_METHODS.filter((method) => method !== 'perfect'))(
  'corrupting all that comes after the last issue changes no digit of any %s forecast',
  (method) => {
    const from = hourIn(california, 800);
    const last = later(from, 9 * DAY_MS);
    const options = { method, from, to: later(last, 1), everyHours: 3, leads: 72 };
    const given = [...walkForward(california, options)];
    expect(given.at(-1)!.issuedAt).toBe(last);
    expect([...walkForward(corruptedAfter(california, last), options)]).toEqual(given);
    const halfHourly = inSteps(california, 30);
    const shifted = {
      ...halfHourly,
      readings: halfHourly.readings.map((each) => ({
        ...each,
        interval: { start: later(each.interval.start, 600_000), end: later(each.interval.end, 600_000) },
      })),
    };
    expect([...walkForward(corruptedAfter(shifted, last), options)]).toEqual([...walkForward(shifted, options)]);
  },
);

test('24-hour persistence is that of the forecaster of this name', async () => {
  const at = hourIn(california, 2000);
  const past = {
    readings: (_zone: string, span: { start: Instant; end: Instant }, now: Instant) => Promise.resolve(begunBy(california, span, now)),
  };
  const { readings } = await persistenceForecaster(past).forecast('US-CAL-CISO', { start: at, end: later(at, 72 * HOUR_MS) }, at);
  expectSame(
    walked(california, at, { method: 'persistence-24h' })[0]!.hours,
    readings.map(({ intensity }) => intensity),
  );
});

test('7-day persistence repeats the last week, perfect knows what came, unknown where no one does', () => {
  const valueOf = (hour: number) => 100 + ((hour * 37) % 200);
  const series = changed(made(START, 400, valueOf), ({ intensity }, index) => (index === 350 ? undefined : intensity));
  const at = hourIn(series, 340);
  const values = Array.from({ length: 400 }, (_, hour) => valueOf(hour));
  expectSame(walked(series, at, { method: 'persistence-7d', leads: 100 })[0]!.hours, values.slice(172, 272));
  const [perfect] = walked(series, at, { method: 'perfect', leads: 70 });
  expect([...perfect!.hours]).toEqual(
    Array.from({ length: 70 }, (_, lead) => (lead === 10 || lead >= 60 ? Number.NaN : values[340 + lead]!)),
  );
});

test('while history is short each forecast says what it was made by', () => {
  const series = made(START, 800);
  const methods = (method: WalkForwardOptions['method'], ...hours: readonly number[]) =>
    hours.map((hour) => walked(series, hourIn(series, hour), { method })[0]!.method);
  expect(methods('builtin', 100, 671, 672)).toEqual(['persistence-24h', 'persistence-24h', 'builtin']);
  expect(methods('persistence-7d', 167, 168)).toEqual(['persistence-24h', 'persistence-7d']);
  const unknownLeads = (hour: number) =>
    [...walked(series, hourIn(series, hour), { leads: 48 })[0]!.hours].flatMap((value, lead) => (Number.isNaN(value) ? [lead] : []));
  expect(unknownLeads(0)).toHaveLength(48);
  expect(unknownLeads(23)).toEqual([0, 24]); // The first day's last hour has no forerunner.
});

test('issues lie on whole hours from the first not before the beginning to the last before the end', () => {
  const series = inSteps(made(START, 800), 15);
  const from = later(hourIn(series, 700), 600_000);
  const issues = walked(series, from, { to: hourIn(series, 707), everyHours: 2 });
  expect(issues.map(({ issuedAt }) => (issuedAt - START) / HOUR_MS)).toEqual([701, 703, 705]);
});

test('bad options are refused with what is allowed', () => {
  const at = hourIn(california, 1000);
  expect(() => walked(california, at, { everyHours: 0.5 })).toThrow('everyHours must be a whole number of hours of at least 1, got 0.5');
  expect(() => walked(california, at, { leads: 193 })).toThrow('leads must be a whole number from 1 to 192, got 193');
});
