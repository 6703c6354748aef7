import fc from 'fast-check';
import type { Estimate } from '../../src/plan/plan.js';
import { stepsOf } from '../../src/plan/intensity-steps.js';
import { expectedEmissions, planRun } from '../../src/plan/plan-run.js';
import { remainingEstimate, remainingSegments } from '../../src/plan/remaining-work.js';
import { ratioOf, spreadOf } from '../../src/plan/estimate-spread.js';
import { lookAtThreshold } from '../../src/plan/threshold-look.js';
import { carbonIntensity, energyOver, watts } from '../../src/units/quantities.js';
import { HOUR_MS, instant } from '../../src/units/time.js';
import { hourly, hoursLater, MONDAY, SITE } from '../policy/series.js';

const estimateOf = (hours: number, overheadHours: number): Estimate =>
  spreadOf({ durationMs: hours * HOUR_MS, power: watts(100), overheadMs: overheadHours * HOUR_MS, basis: 'probe', imagesPerSecond: 1 }, []);

const SCHEDULE = {
  mode: 'planned',
  finishWithinMs: 48 * HOUR_MS,
  forecast: 'best',
  interruptible: true,
  minimumSegmentMs: HOUR_MS,
  allowedZones: [],
} as const;

test('what is left of a plan never seems cleaner than the cleanest plan for the same work', () => {
  const values = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(values, values, fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 1 }), (first, second, hours, overhead) => {
      const estimate = estimateOf(hours, overhead);
      const [before, after] = [hourly(first), hourly(second)].map((series) => ({ ...series, method: 'test', issuedAt: MONDAY }));
      const cost = { durationMs: estimate.overheadMs, energy: energyOver(estimate.power, estimate.overheadMs) };
      const request = {
        zone: SITE.zone,
        estimate,
        gridSpeed: 1,
        pue: 1,
        release: MONDAY,
        deadline: hoursLater(30),
        interruptible: SCHEDULE,
        startCost: cost,
        migration: cost,
      };
      const old = planRun(request, SCHEDULE, before);
      const best = planRun(request, SCHEDULE, after);
      if (!old.ok || !best.ok) throw new Error('30 hours are enough');
      const left = remainingSegments(old.plan, MONDAY, estimate.durationMs, estimate.overheadMs);
      const kept = left.reduce((sum, interval) => sum + expectedEmissions(stepsOf(after!), interval, request)!, 0);
      expect(kept).toBeGreaterThanOrEqual(best.plan.expected! * (1 - 1e-9));
      expect(left.reduce((sum, { start, end }) => sum + end - start, 0)).toBeCloseTo(
        estimate.durationMs + (left.length - 1) * estimate.overheadMs,
        6,
      );
    }),
    { numRuns: 50 },
  );
});

test('what is done shortens the work, not the start', () => {
  const left = remainingEstimate(estimateOf(5, 1), 0.75);
  expect(left.durationMs).toBe(2 * HOUR_MS);
  expect(left.overheadMs).toBe(HOUR_MS);
});

test('an estimate is as uncertain as earlier ones of its kind turned out to be', () => {
  const estimate = estimateOf(10, 1);
  expect(estimate.spread.durationMs).toEqual([6.5 * HOUR_MS, 13.5 * HOUR_MS]);
  const ratios = [1, 1.1, 1.2, 1.3, 1.4].map((ratio) => ratioOf(estimate, { durationMs: ratio * estimate.durationMs, power: watts(100) }));
  const learnt = spreadOf(estimate, ratios);
  expect(learnt.spread.durationMs[0]).toBeCloseTo(10.4 * HOUR_MS, 3);
  expect(learnt.spread.durationMs[1]).toBeCloseTo(13.6 * HOUR_MS, 3);
});

test('a threshold run starts at or below its ceiling, else looks again, and at the end does what its schedule says', () => {
  const schedule = { mode: 'threshold', ceiling: carbonIntensity(200), maxWaitMs: 2.5 * HOUR_MS, checkIntervalMs: HOUR_MS } as const;
  const look = (hours: number, intensity: number | undefined, atEnd: 'start' | 'refuse' = 'refuse') =>
    lookAtThreshold({ ...schedule, atEnd }, MONDAY, hoursLater(hours), intensity);
  expect(look(0, 200)).toEqual({ kind: 'start', because: 'clean-enough' });
  expect(look(0, undefined)).toEqual({ kind: 'wait', until: hoursLater(1) });
  expect(look(2, 201)).toEqual({ kind: 'wait', until: instant(MONDAY + 2.5 * HOUR_MS) });
  expect(look(2.5, 201)).toEqual({ kind: 'refuse' });
  expect(look(2.5, 201, 'start')).toEqual({ kind: 'start', because: 'wait-is-over' });
});
