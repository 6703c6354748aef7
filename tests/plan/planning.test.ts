import fc from 'fast-check';
import path from 'node:path';
import type { Forecast, IntensitySeries, Reading } from '../../src/grid/reading.js';
import { replayedGrid, shippedTraces } from '../../src/grid/replayed-grid.js';
import { cleanestWindow } from '../../src/plan/contiguous-window.js';
import { intensityHours, stepsOf } from '../../src/plan/intensity-steps.js';
import type { Estimate } from '../../src/plan/plan.js';
import { planRun } from '../../src/plan/plan-run.js';
import { availableDays, medianSavingDay, savingOn, submissionOn } from '../../src/plan/replay-day.js';
import { carbonIntensity, watts } from '../../src/units/quantities.js';
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';

/** A series of equal steps from instant 0; undefined makes a gap. */
const seriesOf = (values: readonly (number | undefined)[], stepMs = HOUR_MS): IntensitySeries => ({
  zone: 'X',
  kind: 'average',
  factorType: 'lifecycle',
  readings: values.flatMap((value, index): Reading[] =>
    value === undefined
      ? []
      : [
          {
            zone: 'X',
            interval: { start: instant(index * stepMs), end: instant((index + 1) * stepMs) },
            intensity: carbonIntensity(value),
            kind: 'average',
            factorType: 'lifecycle',
            source: 'constructed',
            provenance: 'forecast',
            issuedAt: instant(0),
          },
        ],
  ),
});

const room = (endMs: number, startMs = 0) => ({ start: instant(startMs), end: instant(endMs) });
const values = fc.array(fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined, freq: 12 }), { minLength: 2, maxLength: 30 });
const steps = fc.constantFrom(5, 15, 30, 60);

test('no start on a one-minute grid is cleaner than the chosen window', () => {
  fc.assert(
    fc.property(
      values,
      steps,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 90 }),
      (intensities, stepMinutes, minutes, from) => {
        const series = stepsOf(seriesOf(intensities, stepMinutes * MINUTE_MS));
        const span = room(intensities.length * stepMinutes * MINUTE_MS, from * MINUTE_MS);
        const best = span.end > span.start ? cleanestWindow(series, span, minutes * MINUTE_MS) : undefined;
        for (let start = span.start as number; start + minutes * MINUTE_MS <= span.end; start += MINUTE_MS) {
          const sum = intensityHours(series, room(start + minutes * MINUTE_MS, start));
          if (sum === undefined) continue;
          expect(best).toBeDefined();
          expect(best!.intensityHours).toBeLessThanOrEqual(sum * (1 + 1e-9) + 1e-9);
        }
        if (best !== undefined) {
          expect(best.interval.start).toBeGreaterThanOrEqual(span.start);
          expect(best.interval.end).toBeLessThanOrEqual(span.end);
          expect(best.interval.end - best.interval.start).toBe(minutes * MINUTE_MS);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('more slack never makes the best window dirtier', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 4, maxLength: 40 }),
      fc.integer({ min: 10, max: 180 }),
      (intensities, minutes) => {
        const series = stepsOf(seriesOf(intensities));
        let least = Number.POSITIVE_INFINITY;
        for (let hours = 3; hours <= intensities.length; hours++) {
          const best = cleanestWindow(series, room(hours * HOUR_MS), minutes * MINUTE_MS)!;
          expect(best.intensityHours).toBeLessThanOrEqual(least + 1e-9);
          least = best.intensityHours;
        }
      },
    ),
  );
});

test('of equally clean windows, the earliest is chosen', () => {
  const best = cleanestWindow(stepsOf(seriesOf([300, 100, 100, 300, 100, 100, 300])), room(7 * HOUR_MS), 2 * HOUR_MS);
  expect(best?.interval.start).toBe(HOUR_MS);
  const flat = cleanestWindow(stepsOf(seriesOf(Array.from({ length: 24 }, () => 0.1 + 0.2))), room(24 * HOUR_MS), 2.7 * HOUR_MS);
  expect(flat?.interval.start).toBe(0);
});

test('a window over a gap is never chosen, and none is chosen where each has one', () => {
  expect(cleanestWindow(stepsOf(seriesOf([200, undefined, 200, 250, 300])), room(5 * HOUR_MS), 2 * HOUR_MS)?.interval.start).toBe(
    2 * HOUR_MS,
  );
  expect(cleanestWindow(stepsOf(seriesOf([200, undefined, 200])), room(3 * HOUR_MS), 2 * HOUR_MS)).toBeUndefined();
});

const estimate: Estimate = {
  durationMs: 30_000,
  overheadMs: 0,
  power: watts(120),
  basis: 'probe',
  imagesPerSecond: 400,
  spread: { durationMs: [30_000, 30_000], power: [watts(120), watts(120)] },
};
const request = (deadlineHours: number) => ({
  zone: 'X',
  estimate,
  gridSpeed: 360,
  pue: 1.2,
  release: instant(0),
  deadline: instant(deadlineHours * HOUR_MS),
});
const planned = {
  mode: 'planned',
  finishWithinMs: DAY_MS,
  forecast: 'persistence-24h',
  interruptible: false,
  minimumSegmentMs: HOUR_MS,
  allowedZones: [],
} as const;
const forecastOf = (intensities: readonly (number | undefined)[]): Forecast => ({
  ...seriesOf(intensities),
  method: 'persistence-24h',
  issuedAt: instant(0),
});

test('a plan states what it expects: power × real time × PUE × mean intensity', () => {
  const planning = planRun(request(8), planned, forecastOf([400, 400, 400, 400, 100, 100, 100, 400]));
  // 120 W for 30 s are 1 Wh; at 100 gCO2eq/kWh and PUE 1.2 that is 0.12 g. 30 real seconds are 3 grid hours.
  if (!planning.ok) throw new Error('refused');
  expect(planning.plan.segments[0]?.interval).toEqual({ start: 4 * HOUR_MS, end: 7 * HOUR_MS });
  expect(planning.plan.expected).toBeCloseTo(0.12, 9);
  expect(planning.plan.immediate.expected).toBeCloseTo(0.48, 9);
  expect(planning.plan.reason).toContain('75.0 % less');
});

test('where the forecast states intervals, the plan states within what its emissions lie', () => {
  const plain = forecastOf([400, 400, 400, 400, 100, 100, 100, 400]);
  const readings = plain.readings.map((reading) => {
    const range = (share: number) => ({
      low: carbonIntensity(reading.intensity * (1 - share)),
      high: carbonIntensity(reading.intensity * (1 + 2 * share)),
    });
    return { ...reading, intervals: { p80: range(0.1), p95: range(0.2) } };
  });
  const planning = planRun(request(8), planned, { ...plain, readings });
  if (!planning.ok) throw new Error('refused');
  expect(planning.plan.expected80!.low).toBeCloseTo(0.12 * 0.9, 9);
  expect(planning.plan.expected80!.high).toBeCloseTo(0.12 * 1.2, 9);
  const partly = readings.map((reading, index) => (index === 5 ? plain.readings[5]! : reading));
  expect(planRun(request(8), planned, { ...plain, readings: partly })).toMatchObject({
    ok: true,
    plan: { expected: expect.closeTo(0.12, 9) },
  });
  expect(planRun(request(8), planned, { ...plain, readings: partly })).not.toHaveProperty('plan.expected80');
});

test('when no window is cleaner, the run starts at once and says so', () => {
  const planning = planRun(request(8), planned, forecastOf([100, 100, 100, 400, 100, 100, 100, 400]));
  expect(planning).toMatchObject({
    ok: true,
    plan: { segments: [{ interval: { start: 0 } }], reason: expect.stringContaining('starts at once') },
  });
});

test('a run longer than its room is refused with the numbers', () => {
  const planning = planRun(request(2), planned, forecastOf([100, 100]));
  expect(planning).toMatchObject({
    ok: false,
    refusal: { kind: 'no-window-before-deadline', neededMs: 3 * HOUR_MS, message: expect.stringContaining('3.00 h') },
  });
});

test('without a forecast a planned run is refused, an immediate one starts with its emissions unknown', () => {
  expect(planRun(request(8), planned, undefined)).toMatchObject({ ok: false, refusal: { kind: 'forecast-unknown' } });
  expect(planRun(request(8), { mode: 'immediate' }, undefined)).toMatchObject({ ok: true, plan: { expected: undefined } });
});

const traces = replayedGrid(shippedTraces(path.resolve('configs/traces')));

test('the replayed day is the one of median possible saving, counted by hand', () => {
  const trace = traces.wholeTrace('US-CAL-CISO');
  const { chosen, eligible, excluded } = medianSavingDay(trace, 'America/Los_Angeles', 3);
  const byHour = new Map(trace.readings.map(({ interval, intensity }) => [interval.start as number, intensity as number]));
  const savings: number[] = [];
  for (let day = Date.UTC(2021, 11, 31); day <= Date.UTC(2022, 11, 31); day += DAY_MS) {
    const submission = submissionOn(new Date(day).toISOString().slice(0, 10), 'America/Los_Angeles');
    const hours = Array.from({ length: 24 }, (_none, hour) => byHour.get(submission + hour * HOUR_MS));
    if (hours.some((value) => value === undefined)) continue;
    const sums = Array.from({ length: 22 }, (_none, hour) => hours[hour]! + hours[hour + 1]! + hours[hour + 2]!);
    savings.push(1 - Math.min(...sums) / sums[0]!);
  }
  savings.sort((a, b) => a - b);
  expect(eligible).toBe(savings.length);
  expect(eligible + excluded).toBe(366); // The trace begins on the last local day of 2021.
  expect(chosen.possibleSaving).toBeCloseTo(savings[Math.ceil(savings.length / 2) - 1]!, 12);
  expect(chosen.day).toBe('2022-12-10');
});

test('17:00 local is 17:00 also on the days clocks change', () => {
  expect(new Date(submissionOn('2022-03-13', 'America/Los_Angeles')).toISOString()).toBe('2022-03-14T00:00:00.000Z');
  expect(new Date(submissionOn('2022-11-06', 'America/Los_Angeles')).toISOString()).toBe('2022-11-07T01:00:00.000Z');
  for (const day of ['2022-02-30', '14.07.2022', '']) expect(() => submissionOn(day, 'America/Los_Angeles')).toThrow(RangeError);
});

test('a day the trace does not have has no saving', () => {
  expect(savingOn(traces.wholeTrace('US-CAL-CISO'), '2023-06-01', 'America/Los_Angeles', 3)).toBeUndefined();
  expect(availableDays(traces.wholeTrace('US-CAL-CISO'), 'America/Los_Angeles', 3)).toBe(
    'allowed are 2021-12-31 to 2022-12-29, but for 3 days with gaps',
  );
});
