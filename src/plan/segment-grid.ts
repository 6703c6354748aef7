/** The times at which interruptible work with costly starts may begin and end, and what each slot between them costs. */
import type { Interval } from '../units/time.js';
import { reached, stepAt, StepCursor, type IntensitySteps } from './intensity-steps.js';

/** Times release + k × pitchMs. */
export interface SegmentGrid {
  readonly start: number;
  readonly pitchMs: number;
  /** Whole slots of the room. */
  readonly slots: number;
  /** Whether no plan in continuous time is cleaner than the best one on these times. */
  readonly exact: boolean;
}

/** Pitches a grid may have when the common divisor of all times is too fine, in ms: 1 s to 1 day. */
const PITCHES = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map((seconds) => seconds * 1000);

/**
 * The pitch is the greatest common divisor of every change of step, the deadline, and the given lengths, all counted from
 * the room's start; where that would make more cells (slots × slots of work) than `mostCells`, the finest of PITCHES that
 * does not.
 */
export const segmentGrid = (
  zones: readonly IntensitySteps[],
  room: Interval,
  workMs: number,
  lengths: readonly number[],
  mostCells: number,
): SegmentGrid => {
  const roomMs = room.end - room.start;
  const cells = (pitchMs: number) => Math.floor(roomMs / pitchMs) * (Math.floor(workMs / pitchMs) + 1);
  let divisor = lengths.reduce(divisorOf, roomMs);
  for (const steps of zones) {
    const span = reached(steps, room);
    if (span === undefined) continue;
    const { edges } = steps;
    for (let index = stepAt(steps, span.start); index < edges.length && edges[index]! < room.end; index += 1) {
      const apart = Math.max(0, edges[index]! - room.start);
      if (divisor > 0 && apart % divisor !== 0) divisor = divisorOf(divisor, apart);
    }
  }
  const exact = divisor > 0 && cells(divisor) <= mostCells;
  const pitchMs = exact ? divisor : (PITCHES.find((pitch) => cells(pitch) <= mostCells) ?? roomMs);
  return { start: room.start, pitchMs, slots: Math.floor(roomMs / pitchMs), exact };
};

/** Euclid's; of fractions of a millisecond none is common, so any of them makes it 0. */
const divisorOf = (a: number, b: number): number => {
  if (!Number.isInteger(a) || !Number.isInteger(b)) return 0;
  while (b !== 0) [a, b] = [b, a % b];
  return a;
};

/** What running costs on a grid, in gCO2eq/kWh × h. What touches a gap costs infinity. */
export interface GridCosts {
  /** Integral from the grid's start to each of its times; infinity is kept apart in `closed`. */
  readonly area: Float64Array;
  /** Milliseconds of gap before each time. */
  readonly closed: Float64Array;
}

export const gridCosts = (steps: IntensitySteps, { start, pitchMs, slots }: SegmentGrid): GridCosts => {
  const area = new Float64Array(slots + 1);
  const closed = new Float64Array(slots + 1);
  const [first, last] = [steps.edges[0]!, steps.edges[steps.edges.length - 1]!];
  const cursor = new StepCursor(steps, Math.min(Math.max(first, start), last));
  const { area: areaBefore, closedMs } = cursor;
  for (let time = 0; time <= slots; time += 1) {
    const at = start + time * pitchMs;
    cursor.advanceTo(Math.min(Math.max(first, at), last));
    area[time] = cursor.area - areaBefore;
    closed[time] = cursor.closedMs - closedMs + Math.max(0, first - start) - Math.max(0, first - at) + Math.max(0, at - last);
  }
  return { area, closed };
};
