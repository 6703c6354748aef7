import fc from 'fast-check';
import { integralOver } from '../../src/grid/integral.js';
import { piecesOf, readingAt } from '../../src/grid/reading.js';
import { resample } from '../../src/grid/resample.js';
import { MixedBasis, sameBasis } from '../../src/grid/same-basis.js';
import { timeWeightedMean, weightedMean } from '../../src/grid/weighted-mean.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';
import { anySeries, anySpan, madeSeries, minutesLater, spanOf } from './made-series.js';

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

describe('the integral', () => {
  test('of 60 gCO2eq/kWh for half an hour and 120 for a quarter is 60', () => {
    const series = madeSeries([
      { minutes: 30, value: 60 },
      { minutes: 30, value: 120 },
    ]);
    expect(integralOver(series, spanOf(0, 45))).toEqual({ intensityHours: 60, unknownMs: 0 });
  });

  test('leaves a gap out and says how long it is', () => {
    const series = madeSeries([
      { minutes: 60, value: 100 },
      { minutes: 30, value: null },
      { minutes: 30, value: 200 },
    ]);
    expect(integralOver(series, spanOf(-10, 130))).toEqual({ intensityHours: 200, unknownMs: 50 * MINUTE_MS });
  });

  test('over a span is the sum over its parts, wherever it is cut', () => {
    fc.assert(
      fc.property(anySeries, anySpan, fc.double({ min: 0, max: 1, noNaN: true }), (series, span, share) => {
        const cut = instant(Math.round(span.start + share * (span.end - span.start)));
        const [whole, left, right] = [span, { start: span.start, end: cut }, { start: cut, end: span.end }].map((each) =>
          integralOver(series, each),
        );
        return (
          close(whole!.intensityHours, left!.intensityHours + right!.intensityHours) &&
          whole!.unknownMs === left!.unknownMs + right!.unknownMs
        );
      }),
    );
  });
});

describe('a mean', () => {
  test('of a span is its integral over what is known, with the share that is known', () => {
    fc.assert(
      fc.property(anySeries, anySpan, (series, span) => {
        const { intensityHours, unknownMs } = integralOver(series, span);
        const { intensity, coverage } = timeWeightedMean(series, span);
        const knownMs = span.end - span.start - unknownMs;
        if (knownMs === 0) return intensity === undefined && coverage === 0;
        return close(intensity!, (intensityHours * HOUR_MS) / knownMs) && close(coverage, knownMs / (span.end - span.start));
      }),
    );
  });

  test('of energy weighs each intensity by the energy drawn at it', () => {
    const parts = [
      { intensity: carbonIntensity(100), weight: 3 },
      { intensity: carbonIntensity(500), weight: 1 },
      { intensity: undefined, weight: 4 },
    ];
    expect(weightedMean(parts)).toEqual({ intensity: 200, coverage: 0.5 });
  });

  test('of nothing is unknown, not zero', () => {
    expect(weightedMean([])).toEqual({ intensity: undefined, coverage: 0 });
    expect(weightedMean([{ intensity: carbonIntensity(100), weight: 0 }])).toEqual({ intensity: undefined, coverage: 0 });
  });
});

describe('resampling', () => {
  test('of half hours to hours takes the mean of the two', () => {
    const series = madeSeries([100, 200, 300, 500].map((value) => ({ minutes: 30, value })));
    const hours = resample(series, spanOf(0, 120), { stepMs: HOUR_MS });
    expect(hours.readings.map(({ intensity }) => intensity)).toEqual([150, 400]);
    expect(hours.readings.map(({ interval }) => interval)).toEqual([spanOf(0, 60), spanOf(60, 120)]);
  });

  test('leaves a step with a gap in it out, unless less coverage is said to do', () => {
    const series = madeSeries([
      { minutes: 45, value: 100 },
      { minutes: 15, value: null },
      { minutes: 60, value: 300 },
    ]);
    const span = spanOf(0, 120);
    expect(resample(series, span, { stepMs: HOUR_MS }).readings.map(({ interval }) => interval)).toEqual([spanOf(60, 120)]);
    const lenient = resample(series, span, { stepMs: HOUR_MS, leastCoverage: 0.75 }).readings;
    expect(lenient.map(({ intensity, provenance }) => [intensity, provenance])).toEqual([
      [100, 'estimated'],
      [300, 'measured'],
    ]);
    expect(resample(series, span, { stepMs: HOUR_MS, leastCoverage: 0.76 }).readings).toHaveLength(1);
  });

  test('says of a step only what holds of all it was made from', () => {
    const measured = madeSeries([{ minutes: 30, value: 100 }]);
    const forecast = madeSeries(
      [
        { minutes: 30, value: null },
        { minutes: 30, value: 200 },
      ],
      { provenance: 'forecast', source: 'other' },
    );
    const series = { ...measured, readings: [...measured.readings, ...forecast.readings] };
    const [hour] = resample(series, spanOf(0, 60), { stepMs: HOUR_MS }).readings;
    expect(hour).toMatchObject({ provenance: 'forecast', source: 'test, other', issuedAt: minutesLater(60) });
  });

  test('keeps the forecast interval of a step that lies within one reading, and of no other', () => {
    const range = { low: carbonIntensity(50), high: carbonIntensity(150) };
    const series = madeSeries(
      [
        { minutes: 60, value: 100 },
        { minutes: 60, value: 100 },
      ],
      { intervals: { p80: range, p95: range } },
    );
    const within = resample(series, spanOf(0, 60), { stepMs: 30 * MINUTE_MS }).readings;
    expect(within.every(({ intervals }) => intervals?.p80 === range)).toBe(true);
    const [across] = resample(series, spanOf(0, 120), { stepMs: 2 * HOUR_MS }).readings;
    expect(across).not.toHaveProperty('intervals');
  });

  test('steps begin where they are said to', () => {
    const series = madeSeries([{ minutes: 180, value: 100 }]);
    const { readings } = resample(series, spanOf(30, 150), { stepMs: HOUR_MS, origin: minutesLater(30) });
    expect(readings.map(({ interval }) => interval)).toEqual([spanOf(30, 90), spanOf(90, 150)]);
  });

  test('keeps the integral of every step it keeps, and fills no gap', () => {
    fc.assert(
      fc.property(anySeries, anySpan, fc.integer({ min: 1, max: 120 }), (series, span, minutes) => {
        const steps = resample(series, span, { stepMs: minutes * MINUTE_MS });
        return steps.readings.every(({ interval }) => {
          const [before, after] = [integralOver(series, interval), integralOver(steps, interval)];
          return before.unknownMs === 0 && after.unknownMs === 0 && close(before.intensityHours, after.intensityHours);
        });
      }),
    );
  });

  test('keeps every step that is wholly known', () => {
    fc.assert(
      fc.property(anySeries, anySpan, fc.integer({ min: 1, max: 120 }), (series, span, minutes) => {
        const stepMs = minutes * MINUTE_MS;
        const steps = resample(series, span, { stepMs });
        const firstStart = Math.floor(span.start / stepMs) * stepMs;
        for (let start = firstStart; start < span.end; start += stepMs) {
          const step = { start: instant(start), end: instant(start + stepMs) };
          const known = piecesOf(series, step).every(({ reading }) => reading !== undefined);
          if (known !== (readingAt(steps, step.start) !== undefined)) return false;
        }
        return true;
      }),
    );
  });

  test('to finer steps and back gives the same values', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 1000 })), { minLength: 1, maxLength: 30 }), (values) => {
        const series = madeSeries(values.map((value) => ({ minutes: 60, value })));
        const span = spanOf(0, values.length * 60);
        const fine = resample(series, span, { stepMs: 5 * MINUTE_MS });
        const back = resample(fine, span, { stepMs: HOUR_MS });
        expect(back.readings.map(({ interval }) => interval)).toEqual(series.readings.map(({ interval }) => interval));
        back.readings.forEach(({ intensity }, index) => expect(intensity).toBeCloseTo(series.readings[index]!.intensity, 9));
      }),
    );
  });

  test.each([
    [{ stepMs: 0 }, 'a step must be whole milliseconds above 0, got 0'],
    [{ stepMs: 0.5 }, 'a step must be whole milliseconds above 0, got 0.5'],
    [{ stepMs: HOUR_MS, leastCoverage: 0 }, 'the least coverage must be above 0 and at most 1, got 0'],
    [{ stepMs: HOUR_MS, leastCoverage: 1.5 }, 'the least coverage must be above 0 and at most 1, got 1.5'],
  ])('to %j is refused', (resampling, message) => {
    expect(() => resample(madeSeries([{ minutes: 60, value: 100 }]), spanOf(0, 60), resampling)).toThrow(message);
  });
});

describe('mixing', () => {
  const average = { kind: 'average', factorType: 'lifecycle' } as const;

  test.each([
    [{ kind: 'marginal', factorType: 'lifecycle' } as const, 'watttime (marginal, lifecycle)'],
    [{ kind: 'average', factorType: 'direct' } as const, 'watttime (average, direct)'],
  ])('average lifecycle with %j is refused, naming both', (other, named) => {
    expect(() => sameBasis(['eia', average], ['electricity-maps', average], ['watttime', other])).toThrow(MixedBasis);
    expect(() => sameBasis(['eia', average], ['watttime', other])).toThrow(`eia (average, lifecycle) and ${named} cannot be combined`);
  });

  test('of one basis is allowed', () => {
    expect(sameBasis(['eia', average], ['electricity-maps', average])).toEqual(average);
  });
});
