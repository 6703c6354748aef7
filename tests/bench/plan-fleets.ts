/** Fleets: 10,000 requests over four zones and 192 hours, beside their bound; a small one beside HiGHS. */
import path from 'node:path';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import type { Fleet, FleetPlan, FleetRequest } from '../../src/plan/fleet.js';
import { planFleet } from '../../src/plan/plan-fleet.js';
import { stepsOf } from '../../src/plan/intensity-steps.js';
import { seededRandom } from '../../src/units/random.js';
import { solveFleet } from '../plan/fleet-programme.js';

const SLOTS = 192;
/** Hours of the year's first slot. */
const FROM = 3600;
/** Share of all room that the requests need. */
const LOAD = 0.7;
const RUNS = 5;

/**
 * Requests of 2 to 24 h with 6 to 95 h of slack and 0.1 to 1 kW, half of them interruptible, each allowed in one to four
 * zones; every zone has the same capacity in every hour, of which they need 70 % in all.
 */
const fleetOf = (count: number, slots: number): Fleet => {
  const random = seededRandom(1);
  const whole = (least: number, most: number) => least + Math.floor(random.next() * (most - least + 1));
  const intensities = shippedTraces(path.resolve('configs/traces')).map(({ zone, file }) =>
    stepsOf(readTraceFile({ zone: zone.key, file })).values.slice(FROM, FROM + slots),
  );
  const requests = Array.from({ length: count }, (): FleetRequest => {
    const length = whole(2, Math.min(24, slots / 4));
    const slack = whole(6, Math.min(95, slots / 2));
    const release = whole(0, slots - length - slack);
    const zones = intensities.map((_, zone) => ({ zone, key: random.next() })).sort((a, b) => a.key - b.key);
    return {
      release,
      deadline: release + length + slack,
      slots: length,
      slotKwh: 0.1 + 0.9 * random.next(),
      zones: zones.slice(0, whole(1, zones.length)).map(({ zone }) => zone),
      interruptible: random.next() < 0.5,
    };
  });
  const needed = requests.reduce((sum, each) => sum + each.slots, 0);
  const capacity = Math.ceil(needed / (intensities.length * slots) / LOAD);
  return { zones: intensities.map((intensity) => ({ intensity, capacity: new Int32Array(slots).fill(capacity) })), requests };
};

export interface FleetFigures {
  /** Median. */
  readonly seconds: number;
  /** Greatest of the runs, each with another seed. */
  readonly gapPercent: number;
  readonly crowdedOut: number;
}

export const timeFleet = (): FleetFigures => {
  const fleet = fleetOf(10_000, SLOTS);
  const runs = Array.from({ length: RUNS }, (_, seed) => {
    const began = performance.now();
    const plan = planFleet(fleet, seed + 1);
    const seconds = (performance.now() - began) / 1000;
    assertFeasible(fleet, plan);
    return { seconds, gapPercent: 100 * (plan.emissions / plan.bound - 1), crowdedOut: plan.crowdedOut.length };
  });
  return {
    seconds: runs.map(({ seconds }) => seconds).sort((a, b) => a - b)[RUNS >> 1]!,
    gapPercent: Math.max(...runs.map(({ gapPercent }) => gapPercent)),
    crowdedOut: Math.max(...runs.map(({ crowdedOut }) => crowdedOut)),
  };
};

const assertFeasible = ({ zones, requests }: Fleet, { placements }: FleetPlan): void => {
  const used = zones.map(({ capacity }) => new Int32Array(capacity.length));
  placements.forEach((placement, index) => {
    if (placement === undefined) return;
    const { slots, release, deadline, interruptible, zones: allowed } = requests[index]!;
    const [first, last] = [placement.slots[0]!, placement.slots.at(-1)!];
    const distinct = new Set(placement.slots).size;
    const fits = distinct === slots && first >= release && last < deadline && allowed.includes(placement.zone);
    if (!fits || (!interruptible && last - first + 1 !== slots)) throw new Error(`request ${index} is not placed as it asks`);
    for (const slot of placement.slots) used[placement.zone]![slot]! += 1;
  });
  if (zones.some(({ capacity }, zone) => capacity.some((most, slot) => used[zone]![slot]! > most)))
    throw new Error('a slot is over its capacity');
};

export interface SolverFigures {
  readonly requests: number;
  readonly slots: number;
  /** Our bound below the linear programme's optimum, per cent of it. */
  readonly boundBelowPercent: number;
  /** Our plan above it. */
  readonly planAbovePercent: number;
  readonly solverSeconds: number;
}

/** A fleet of a size that the linear programme takes. */
export const besideSolver = async (): Promise<SolverFigures> => {
  const [count, slots] = [240, 48];
  const fleet = fleetOf(count, slots);
  const plan = planFleet(fleet, 1);
  assertFeasible(fleet, plan);
  const began = performance.now();
  const { relaxed } = await solveFleet(fleet, false);
  return {
    requests: count,
    slots,
    boundBelowPercent: 100 * (1 - plan.bound / relaxed),
    planAbovePercent: 100 * (plan.emissions / relaxed - 1),
    solverSeconds: (performance.now() - began) / 1000,
  };
};
