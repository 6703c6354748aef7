/** The planner's speed: 10,000 interruptible requests over 192 half-hours each, beside numpy, and with starts that cost. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { cheapestSegments } from '../../src/plan/cheapest-segments.js';
import { cheapestSlots } from '../../src/plan/cheapest-slots.js';
import { NO_COST } from '../../src/plan/contiguous-window.js';
import { equalSteps, type IntensitySteps } from '../../src/plan/intensity-steps.js';
import { seededRandom } from '../../src/units/random.js';
import { instant, MINUTE_MS, type Interval } from '../../src/units/time.js';

const REQUESTS = 10_000;
const WINDOW = 192;
const STEP_MS = 30 * MINUTE_MS;
/** Slots of work, from and to. */
const WORK = [8, 119] as const;
const RUNS = 15;
const SEGMENT_RUNS = 3;

interface Requests {
  readonly steps: IntensitySteps;
  readonly first: readonly number[];
  readonly count: readonly number[];
}

/** @param values half-hourly or taken as such */
export const requestsOver = (values: Float64Array): Requests => {
  const random = seededRandom(1);
  const first = Array.from({ length: REQUESTS }, () => Math.floor(random.next() * (values.length - WINDOW)));
  const count = first.map(() => WORK[0] + Math.floor(random.next() * (WORK[1] - WORK[0] + 1)));
  return { steps: equalSteps(instant(0), STEP_MS, values), first, count };
};

const roomOf = (first: number): Interval => ({ start: instant(first * STEP_MS), end: instant((first + WINDOW) * STEP_MS) });

export interface Timed {
  /** Median, ms. */
  readonly ms: number;
  readonly fastestMs: number;
  /** Sum over requests, gCO2eq/kWh × h. */
  readonly total: number;
}

export const timeSlots = ({ steps, first, count }: Requests): Timed =>
  timed(RUNS, () =>
    first.reduce((sum, from, index) => sum + cheapestSlots(steps, roomOf(from), count[index]! * STEP_MS)!.intensityHours, 0),
  );

/** Starts of `startMs` at half power, segments of two hours at least. Throws where a plan is not an optimum. */
export const timeSegments = ({ steps, first, count }: Requests, startMs: number): Timed => {
  const rules = { minSegmentMs: 4 * STEP_MS, start: { ms: startMs, energyMs: startMs / 2 }, migration: NO_COST };
  return timed(SEGMENT_RUNS, () =>
    first.reduce((sum, from, index) => {
      const plan = cheapestSegments([steps], { room: roomOf(from), workMs: count[index]! * STEP_MS, rules, home: 0 });
      if (plan?.exact !== true) throw new Error(`request ${index} has no optimal plan`);
      return sum + plan.intensityHours;
    }, 0),
  );
};

const timed = (runs: number, work: () => number): Timed => {
  const times: number[] = [];
  let total = work(); // Warm.
  for (let run = 0; run < runs; run += 1) {
    const began = performance.now();
    total = work();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { ms: times[times.length >> 1]!, fastestMs: times[0]!, total };
};

export interface NumpyFigures {
  readonly numpy: string;
  /** Fastest, ms: only what each request emits; and which slots it takes. */
  readonly sumsMs: number;
  readonly slotsMs: number;
  readonly total: number;
}

/** Undefined when that Python has no numpy. */
export const timeNumpy = (values: Float64Array, { first, count }: Requests): NumpyFigures | undefined => {
  const input = JSON.stringify({ values: [...values], first, count, window: WINDOW, runs: RUNS });
  const { status, stdout } = spawnSync(process.env['PEER_PYTHON'] ?? 'python3', [path.resolve('tests/bench/plan-peer.py')], {
    input,
    encoding: 'utf8',
  });
  return status === 0 ? (JSON.parse(stdout) as NumpyFigures) : undefined;
};
