import fc from 'fast-check';
import { NO_COST } from '../../src/plan/contiguous-window.js';
import { intensityHours } from '../../src/plan/intensity-steps.js';
import { placeWork, type Placed, type Work } from '../../src/plan/place-work.js';
import { HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';
import { room, someValues, steps } from './steps.js';

const RULES = { minSegmentMs: 0, start: NO_COST, migration: NO_COST };
const work = (hours: number, deadline: number, more: Partial<Work> = {}): Work => ({
  release: instant(0),
  deadline: instant(deadline * HOUR_MS),
  workMs: hours * HOUR_MS,
  interruptible: false,
  rules: RULES,
  home: 'A',
  ...more,
});
const placed = (answer: Placed) => {
  if (!answer.ok) throw new Error(answer.refusal.message);
  return answer.segments.map(({ zone, interval }) => [zone, interval.start / HOUR_MS, interval.end / HOUR_MS]);
};
const refused = (answer: Placed) => {
  if (answer.ok) throw new Error('placed');
  return answer.refusal;
};

test('work in one piece goes to the zone where it emits least, the cost of moving there included', () => {
  const zones = [
    { zone: 'A', steps: steps([300, 200, 200, 300]) },
    { zone: 'B', steps: steps([300, 300, 150, 100]) },
  ];
  expect(placed(placeWork(work(2, 4), zones))).toEqual([['B', 2, 4]]);
  const dear = { ...RULES, migration: { ms: 0, energyMs: 2 * HOUR_MS } };
  expect(placed(placeWork(work(2, 4, { rules: dear }), zones))).toEqual([['A', 1, 3]]);
  // The move takes an hour, and the work has to end by the deadline all the same.
  const slow = { ...RULES, migration: { ms: HOUR_MS, energyMs: 0 } };
  expect(placed(placeWork(work(2, 4, { rules: slow }), zones))).toEqual([['B', 1, 4]]);
});

test('of equally clean zones the first named is taken, of equally clean times the earliest', () => {
  const alike = steps([200, 100, 200, 100]);
  const zones = [
    { zone: 'B', steps: alike },
    { zone: 'A', steps: alike },
  ];
  expect(placed(placeWork(work(1, 4), zones))).toEqual([['B', 1, 2]]);
});

test('interruptible work moves at a segment boundary where that pays', () => {
  const zones = [
    { zone: 'A', steps: steps([100, 100, 500, 500]) },
    { zone: 'B', steps: steps([500, 500, 100, 100]) },
  ];
  expect(placed(placeWork(work(4, 4, { interruptible: true }), zones))).toEqual([
    ['A', 0, 2],
    ['B', 2, 4],
  ]);
});

test('where nothing is known of the home zone, work moves to one that is known', () => {
  const zones = [
    { zone: 'A', steps: undefined },
    { zone: 'B', steps: steps([300, 100, 300]) },
  ];
  expect(placed(placeWork(work(1, 3, { interruptible: true }), zones))).toEqual([['B', 1, 2]]);
  expect(placed(placeWork(work(1, 3), zones))).toEqual([['B', 1, 2]]);
});

test('any placement lasts exactly as long as the work, within release and deadline, and is no dirtier than starting at once', () => {
  fc.assert(
    fc.property(
      someValues(4, 24),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 90 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 60 }),
      (values, minutes, release, interruptible, minimum) => {
        const known = steps(values);
        const asked: Work = {
          ...work(0, values.length, { interruptible, rules: { ...RULES, minSegmentMs: interruptible ? minimum * MINUTE_MS : 0 } }),
          release: instant(release * MINUTE_MS),
          workMs: minutes * MINUTE_MS,
        };
        const answer = placeWork(asked, [{ zone: 'A', steps: known }]);
        const atOnce = intensityHours(known, room((release + minutes) * MINUTE_MS, release * MINUTE_MS));
        if (!answer.ok) {
          expect(atOnce === undefined || release + minutes > values.length * 60).toBe(true);
          return;
        }
        let [at, worked]: [number, number] = [asked.release, 0];
        for (const { interval } of answer.segments) {
          expect(interval.start).toBeGreaterThanOrEqual(at);
          worked += interval.end - interval.start;
          at = interval.end;
        }
        expect(at).toBeLessThanOrEqual(asked.deadline);
        expect(worked).toBe(asked.workMs);
        if (atOnce !== undefined) expect(answer.intensityHours).toBeLessThanOrEqual(atOnce + 1e-9);
      },
    ),
    { numRuns: 200 },
  );
});

test('a deadline that comes too early is refused with the slack that would do, and when', () => {
  const refusal = refused(placeWork(work(3, 2), [{ zone: 'A', steps: steps([100, undefined, 100, 100, 100]) }]));
  expect(refusal.rule).toBe('deadline');
  expect(refusal.message).toContain('3.00 h of grid time are needed');
  expect(refusal.message).toContain('with 3.00 h more slack, 1970-01-01 02:00-05:00 UTC');
});

test('where every window has a gap, the nearest one without is named, or the longest stretch that is known', () => {
  const known = steps([100, undefined, 100, 100, 100]);
  const later = refused(placeWork(work(2, 3), [{ zone: 'A', steps: known }]));
  expect(later).toMatchObject({ rule: 'no-gap', nearest: room(4 * HOUR_MS, 2 * HOUR_MS) });
  expect(later.message).toContain('with 1.00 h more slack, 1970-01-01 02:00-04:00 UTC would do');
  const never = refused(placeWork(work(4, 5), [{ zone: 'A', steps: known }]));
  expect(never.message).toContain('the longest stretch that is known lasts 3.00 h');
});

test('zones without data are named', () => {
  const refusal = refused(placeWork(work(1, 3), [{ zone: 'A', steps: undefined }]));
  expect(refusal).toMatchObject({ rule: 'zone-data', zones: ['A'] });
});

test('work shorter than the least segment runs in one piece', () => {
  const rules = { ...RULES, minSegmentMs: 3 * HOUR_MS };
  expect(placed(placeWork(work(2, 6, { interruptible: true, rules }), [{ zone: 'A', steps: steps([9, 1, 9, 9, 2, 3]) }]))).toEqual([
    ['A', 4, 6],
  ]);
});
