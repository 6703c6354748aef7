import fc from 'fast-check';
import { cheapestSegments, type SegmentRules, type Segments } from '../../src/plan/cheapest-segments.js';
import { cheapestSlots } from '../../src/plan/cheapest-slots.js';
import { cleanestWindow, NO_COST } from '../../src/plan/contiguous-window.js';
import { intensityAt, intensityHours, type IntensitySteps } from '../../src/plan/intensity-steps.js';
import { HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';
import { room, someValues, steps } from './steps.js';

/** Everything in slots of 15 minutes. */
const SLOT_MS = 15 * MINUTE_MS;

interface Case {
  readonly zones: readonly IntensitySteps[];
  readonly slots: number;
  readonly work: number;
  readonly rules: SegmentRules;
}

const costOf = (zone: IntensitySteps, start: number, end: number, { ms, energyMs }: { ms: number; energyMs: number }): number => {
  const begin = start + ms;
  const work = intensityHours(zone, room(end, begin)) ?? Number.POSITIVE_INFINITY;
  if (energyMs === 0 && intensityHours(zone, room(end, start)) === undefined) return Number.POSITIVE_INFINITY;
  if (energyMs === 0) return work;
  const starting =
    ms > 0
      ? (energyMs / ms) * (intensityHours(zone, room(begin, start)) ?? Number.POSITIVE_INFINITY)
      : (energyMs / HOUR_MS) * intensityAt(zone, start);
  return work + starting;
};

/** The least cost over every way to lay segments on times that are multiples of `pitchMs`. */
const bruteForce = ({ zones, slots, work, rules }: Case, pitchMs: number): number => {
  const endMs = slots * SLOT_MS;
  const found = new Map<string, number>();
  const search = (from: number, leftMs: number, zone: number): number => {
    if (leftMs === 0) return 0;
    const key = `${from} ${leftMs} ${zone}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const least = searched(from, leftMs, zone);
    found.set(key, least);
    return least;
  };
  const searched = (from: number, leftMs: number, zone: number): number => {
    let least = Number.POSITIVE_INFINITY;
    for (let start = from; start < endMs; start += pitchMs)
      zones.forEach((steps, into) => {
        const cost =
          into === zone
            ? rules.start
            : { ms: rules.start.ms + rules.migration.ms, energyMs: rules.start.energyMs + rules.migration.energyMs };
        for (let worked = pitchMs; worked <= leftMs && start + cost.ms + worked <= endMs; worked += pitchMs) {
          if (cost.ms + worked < rules.minSegmentMs) continue;
          const own = costOf(steps, start, start + cost.ms + worked, cost);
          if (own < least) least = Math.min(least, own + search(start + cost.ms + worked, leftMs - worked, into));
        }
      });
    return least;
  };
  return search(0, work * SLOT_MS, 0);
};

const feasible = ({ zones, slots, work, rules }: Case, { segments, intensityHours: stated }: Segments): void => {
  let [at, zone, worked, cost] = [0, 0, 0, 0];
  for (const segment of segments) {
    const moves = segment.zone !== zone;
    const start = {
      ms: rules.start.ms + (moves ? rules.migration.ms : 0),
      energyMs: rules.start.energyMs + (moves ? rules.migration.energyMs : 0),
    };
    expect(segment.start).toBeGreaterThanOrEqual(at);
    expect(segment.end - segment.start).toBeGreaterThanOrEqual(rules.minSegmentMs);
    worked += segment.end - segment.start - start.ms;
    cost += costOf(zones[segment.zone]!, segment.start, segment.end, start);
    [at, zone] = [segment.end, segment.zone];
  }
  expect(at).toBeLessThanOrEqual(slots * SLOT_MS);
  expect(worked).toBe(work * SLOT_MS);
  expect(stated).toBeCloseTo(cost, 9);
};

const cost = (most: number) =>
  fc.record({
    ms: fc.integer({ min: 0, max: most }).map((slots) => slots * SLOT_MS),
    energyMs: fc.integer({ min: 0, max: 4 }).map((quarters) => (quarters * SLOT_MS) / 2),
  });
const rules = fc.record({
  minSegmentMs: fc.integer({ min: 0, max: 3 }).map((slots) => slots * SLOT_MS),
  start: cost(1),
  migration: cost(1),
});

const solved = (each: Case): Segments | undefined =>
  cheapestSegments(each.zones, { room: room(each.slots * SLOT_MS), workMs: each.work * SLOT_MS, rules: each.rules, home: 0 });

test('no segments that keep the rules are cleaner than the chosen ones', () => {
  fc.assert(
    fc.property(someValues(2, 9), fc.integer({ min: 1, max: 5 }), rules, (values, work, each) => {
      const given: Case = { zones: [steps(values, SLOT_MS)], slots: values.length, work, rules: each };
      const least = bruteForce(given, SLOT_MS);
      const best = solved(given);
      if (best === undefined) {
        expect(least).toBe(Number.POSITIVE_INFINITY);
        return;
      }
      feasible(given, best);
      expect(best.exact).toBe(true);
      expect(best.intensityHours).toBeCloseTo(least, 9);
    }),
    { numRuns: 400 },
  );
});

test('a finer grid of times holds nothing cleaner, so the plan is an optimum of continuous time', () => {
  fc.assert(
    fc.property(someValues(2, 5), fc.integer({ min: 1, max: 3 }), rules, (values, work, each) => {
      const given: Case = { zones: [steps(values, SLOT_MS)], slots: values.length, work, rules: each };
      // A start that takes no time is charged at one instant's intensity: its cost jumps, and it counts only on the grid.
      fc.pre(each.start.ms > 0 || each.start.energyMs === 0);
      const least = bruteForce(given, SLOT_MS / 3);
      const best = solved(given);
      expect(best?.intensityHours ?? Number.POSITIVE_INFINITY).toBeCloseTo(least, 9);
    }),
    { numRuns: 100 },
  );
});

test('with several zones no plan that moves or stays is cleaner than the chosen one', () => {
  fc.assert(
    fc.property(someValues(2, 6), someValues(2, 6), fc.integer({ min: 1, max: 4 }), rules, (here, there, work, each) => {
      const zones = [steps(here, SLOT_MS), steps(there, SLOT_MS)];
      const given: Case = { zones, slots: Math.max(here.length, there.length), work, rules: each };
      const least = bruteForce(given, SLOT_MS);
      const best = solved(given);
      if (best === undefined) {
        expect(least).toBe(Number.POSITIVE_INFINITY);
        return;
      }
      feasible(given, best);
      expect(best.intensityHours).toBeCloseTo(least, 9);
    }),
    { numRuns: 300 },
  );
});

test('without rules the segments cost what the cheapest slots cost, and never more than one window', () => {
  fc.assert(
    fc.property(someValues(3, 30), fc.integer({ min: 1, max: 12 }), rules, (values, work, each) => {
      const known = steps(values, SLOT_MS);
      const span = room(values.length * SLOT_MS);
      const free = { minSegmentMs: 0, start: NO_COST, migration: NO_COST };
      const unruled = cheapestSegments([known], { room: span, workMs: work * SLOT_MS, rules: free, home: 0 });
      expect(unruled?.intensityHours ?? -1).toBeCloseTo(cheapestSlots(known, span, work * SLOT_MS)?.intensityHours ?? -1, 9);
      const window = cleanestWindow(known, span, work * SLOT_MS, each.start);
      if (window === undefined || each.minSegmentMs > each.start.ms + work * SLOT_MS) return;
      const ruled = cheapestSegments([known], { room: span, workMs: work * SLOT_MS, rules: each, home: 0 });
      expect(ruled!.intensityHours).toBeLessThanOrEqual(window.intensityHours + 1e-9);
    }),
  );
});

test('a dear start keeps the work together, a free one lets it follow the intensity', () => {
  const known = steps([1, 5, 1, 5, 1, 5].map((value) => 100 * value));
  const plan = (energyMs: number) =>
    cheapestSegments([known], {
      room: room(6 * HOUR_MS),
      workMs: 3 * HOUR_MS,
      rules: { minSegmentMs: 0, start: { ms: 0, energyMs }, migration: NO_COST },
      home: 0,
    })!.segments.map(({ start, end }) => [start / HOUR_MS, end / HOUR_MS]);
  expect(plan(0)).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  expect(plan(5 * HOUR_MS)).toEqual([[0, 3]]);
});

test('a run that is under way goes on without a start, for as long as it must', () => {
  const known = steps([3, 1, 5, 1, 1].map((value) => 100 * value));
  const plan = (leastMs: number) =>
    cheapestSegments([known], {
      room: room(5 * HOUR_MS),
      workMs: 2 * HOUR_MS,
      rules: { minSegmentMs: 0, start: { ms: 0, energyMs: 3 * HOUR_MS }, migration: NO_COST },
      home: 0,
      running: { leastMs },
    })!;
  expect(plan(0).segments).toEqual([{ zone: 0, start: 0, end: 2 * HOUR_MS }]);
  expect(plan(0).intensityHours).toBeCloseTo(400, 9);
  expect(plan(2 * HOUR_MS).segments).toEqual([{ zone: 0, start: 0, end: 2 * HOUR_MS }]);
});

test('where all times have no affordable common divisor, a coarser grid still gives exact work within the rules', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 50, max: 500 }), { minLength: 48, maxLength: 72 }),
      fc.integer({ min: 3_600_001, max: 20_000_003 }),
      fc.integer({ min: 1, max: 3_599_999 }),
      (values, workMs, from) => {
        const known = steps(values);
        const span = room(values.length * HOUR_MS, from);
        const minSegmentMs = HOUR_MS;
        const start = { ms: 90_001, energyMs: 60_000 };
        const plan = cheapestSegments([known], { room: span, workMs, rules: { minSegmentMs, start, migration: NO_COST }, home: 0 });
        if (plan === undefined) return; // Too little work for two of the coarse grid's minimum segments.
        expect(plan.exact).toBe(false);
        let worked = 0;
        let at: number = span.start;
        for (const segment of plan.segments) {
          expect(segment.start).toBeGreaterThanOrEqual(at);
          expect(segment.end - segment.start).toBeGreaterThanOrEqual(minSegmentMs);
          worked += segment.end - segment.start - start.ms;
          at = segment.end;
        }
        expect(at).toBeLessThanOrEqual(span.end);
        expect(worked).toBe(workMs);
        const free = cheapestSlots(known, span, workMs)!.intensityHours;
        expect(plan.intensityHours).toBeGreaterThanOrEqual(free - 1e-9);
        expect(instant(at)).toBe(at);
      },
    ),
    { numRuns: 20 },
  );
});
