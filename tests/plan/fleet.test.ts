import fc from 'fast-check';
import type { Fleet, FleetPlan, FleetRequest } from '../../src/plan/fleet.js';
import { planFleet } from '../../src/plan/plan-fleet.js';
import { seededRandom } from '../../src/units/random.js';
import { solveFleet } from './fleet-programme.js';

const LENGTH = 24;

/** Requests of 1 to 6 slots over a day, in one or two zones, one of which is cleaner. */
const fleetOf = (seed: number, count: number, capacity: number): Fleet => {
  const random = seededRandom(seed);
  const whole = (least: number, most: number) => least + Math.floor(random.next() * (most - least + 1));
  const zones = [300, 120].map((mean) => ({
    intensity: Float64Array.from({ length: LENGTH }, (_, slot) => mean + 80 * Math.sin((slot / 12) * Math.PI) + 40 * random.next()),
    capacity: new Int32Array(LENGTH).fill(capacity),
  }));
  const requests = Array.from({ length: count }, (): FleetRequest => {
    const slots = whole(1, 6);
    const release = whole(0, LENGTH - slots - 2);
    return {
      release,
      deadline: whole(release + slots + 2, LENGTH),
      slots,
      slotKwh: 0.1 + random.next(),
      zones: random.next() < 0.5 ? [0, 1] : [whole(0, 1)],
      interruptible: random.next() < 0.5,
    };
  });
  return { zones, requests };
};

/** Checks every rule of a plan and returns its emissions, counted anew. */
const checked = ({ zones, requests }: Fleet, plan: FleetPlan): number => {
  const used = zones.map(({ capacity }) => new Int32Array(capacity.length));
  let emissions = 0;
  plan.placements.forEach((placement, index) => {
    const out = plan.impossible.includes(index) || plan.crowdedOut.includes(index);
    expect(placement === undefined).toBe(out);
    if (placement === undefined) return;
    const { release, deadline, slots, slotKwh, zones: allowed, interruptible } = requests[index]!;
    expect(allowed).toContain(placement.zone);
    expect(placement.slots).toHaveLength(slots);
    placement.slots.forEach((slot, position) => {
      expect(slot).toBeGreaterThanOrEqual(position === 0 ? release : placement.slots[position - 1]! + 1);
      expect(slot).toBeLessThan(deadline);
      if (!interruptible && position > 0) expect(slot).toBe(placement.slots[position - 1]! + 1);
      used[placement.zone]![slot]! += 1;
      emissions += slotKwh * zones[placement.zone]!.intensity[slot]!;
    });
  });
  zones.forEach(({ capacity }, zone) =>
    capacity.forEach((most, slot) => {
      expect(used[zone]![slot]!).toBeLessThanOrEqual(most);
    }),
  );
  expect(plan.emissions).toBeCloseTo(emissions, 6);
  return emissions;
};

test('a plan keeps every time, zone and capacity, and its bound is below it', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }), (seed, count, capacity) => {
      const fleet = fleetOf(seed, count, capacity);
      const plan = planFleet(fleet, 1);
      const emissions = checked(fleet, plan);
      expect(plan.bound).toBeLessThanOrEqual(emissions * (1 + 1e-9) + 1e-9);
    }),
    { numRuns: 25 },
  );
});

test('where there is room for all, each request is placed at its own best', () => {
  const fleet = fleetOf(7, 40, 1000);
  const plan = planFleet(fleet, 1);
  expect(plan.crowdedOut).toEqual([]);
  expect(checked(fleet, plan)).toBeCloseTo(plan.bound, 9);
});

test('the bound is below the linear programme and near it, the plan above the optimum and near it, by HiGHS', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const fleet = fleetOf(seed, 45, 5);
    const plan = planFleet(fleet, 1);
    expect(plan.crowdedOut).toEqual([]);
    const emissions = checked(fleet, plan);
    const { relaxed, optimum } = await solveFleet(fleet, true);
    expect(plan.bound).toBeLessThanOrEqual(relaxed * (1 + 1e-7));
    expect(plan.bound).toBeGreaterThan(relaxed * 0.99);
    expect(emissions).toBeGreaterThanOrEqual(optimum! * (1 - 1e-6));
    expect(emissions).toBeLessThan(optimum! * 1.02);
  }
}, 120_000);

test('what cannot be placed is told apart: never possible, or crowded out', () => {
  const request = { release: 0, deadline: 4, slots: 3, slotKwh: 1, zones: [0], interruptible: false };
  const intensity = Float64Array.from([100, 100, 100, 100, Number.NaN]);
  const fleet: Fleet = {
    zones: [{ intensity, capacity: Int32Array.from([1, 1, 1, 1, 1]) }],
    requests: [request, request, { ...request, deadline: 2 }, { ...request, release: 2, deadline: 5 }],
  };
  const plan = planFleet(fleet, 1);
  expect(plan.impossible).toEqual([2, 3]);
  expect(plan.crowdedOut).toHaveLength(1);
  checked(fleet, plan);
});

test('the same seed gives the same plan', () => {
  const fleet = fleetOf(3, 50, 5);
  expect(planFleet(fleet, 9)).toEqual(planFleet(fleet, 9));
});
