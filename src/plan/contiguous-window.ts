/** The contiguous window of least carbon on a piecewise constant forecast. */
import { HOUR_MS, instant, type Instant, type Interval } from '../units/time.js';
import { intensityHours, reached, StepCursor, type IntensitySteps } from './intensity-steps.js';

export interface Window {
  readonly interval: Interval;
  /** Integral of the intensity over the window, in gCO2eq/kWh × h; a start's part as its energy weighs it. */
  readonly intensityHours: number;
}

/** What a start or restart costs before the work goes on. */
export interface StartCost {
  /** Grid time it takes. */
  readonly ms: number;
  /** Its energy, as milliseconds of the work's own power. */
  readonly energyMs: number;
}

export const NO_COST: StartCost = { ms: 0, energyMs: 0 };

/** Sums of the same steps in another order differ by rounding; costs this close count as equal. */
export const EQUAL = 1e-9;
/** Fractions of a millisecond may round to an edge that is never reached. */
const LEAST_MOVE_MS = 1e-3;

/**
 * The window within `room` for one start and `workMs` of work with the least integral, exactly: as a function of the
 * start the integral is piecewise linear, so a least one starts at the room's start or end, or has a change of step at
 * its start, where its work begins, or at its end. Of equal windows the earliest. Undefined when no window fits or each
 * has a gap. A start that takes no time is charged at the intensity it happens at.
 */
export const cleanestWindow = (steps: IntensitySteps, room: Interval, workMs: number, cost = NO_COST): Window | undefined => {
  const span = reached(steps, room);
  const lengthMs = cost.ms + workMs;
  if (span === undefined || lengthMs > span.end - span.start) return undefined;
  if (cost.ms === 0 && cost.energyMs === 0 && isAligned(steps, span, lengthMs)) return cleanestAligned(steps, span, lengthMs);
  const last = span.end - lengthMs;
  const begin = new StepCursor(steps, span.start);
  const work = cost.ms > 0 ? new StepCursor(steps, span.start + cost.ms) : begin;
  const end = new StepCursor(steps, span.start + lengthMs);
  const startWeight = cost.ms > 0 ? cost.energyMs / cost.ms : 0;
  const atOnceHours = cost.ms > 0 ? 0 : cost.energyMs / HOUR_MS;
  let bestStart = Number.NaN;
  let least = Number.NaN;
  for (let start: number = span.start; ;) {
    if (end.closedMs === begin.closedMs) {
      const workArea = work.area;
      let sum = end.area - workArea;
      if (startWeight > 0) sum += startWeight * (workArea - begin.area);
      if (atOnceHours > 0) sum += atOnceHours * begin.value;
      if (Number.isNaN(bestStart) || sum < least - EQUAL * Math.abs(least)) {
        least = sum;
        bestStart = start;
      }
    }
    if (start >= last) break;
    start = Math.min(last, start + Math.max(LEAST_MOVE_MS, Math.min(begin.toEdgeMs, work.toEdgeMs, end.toEdgeMs)));
    begin.advanceTo(start);
    if (work !== begin) work.advanceTo(start + cost.ms);
    end.advanceTo(start + lengthMs);
  }
  if (Number.isNaN(bestStart)) return undefined;
  return { interval: { start: instant(bestStart), end: instant(bestStart + lengthMs) }, intensityHours: least };
};

/** Whether every window worth a look covers whole steps. */
const isAligned = ({ edges, stepMs }: IntensitySteps, { start, end }: Interval, lengthMs: number): boolean =>
  stepMs > 0 && (start - edges[0]!) % stepMs === 0 && (end - start) % stepMs === 0 && lengthMs % stepMs === 0;

/** What the sweep over changes of step finds, several times as fast: a year of arrivals is tens of millions of windows. */
const cleanestAligned = (steps: IntensitySteps, { start, end }: Interval, lengthMs: number): Window | undefined => {
  const { area, closedMs, edges, stepMs } = steps;
  const length = lengthMs / stepMs;
  const first = (start - edges[0]!) / stepMs;
  const last = (end - edges[0]!) / stepMs - length;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let below = least;
  for (let index = first; index <= last; index += 1) {
    const sum = area[index + length]! - area[index]!;
    if (!(sum < below) || closedMs[index + length]! > closedMs[index]!) continue;
    best = index;
    least = sum;
    below = sum - EQUAL * Math.abs(sum);
  }
  if (best < 0) return undefined;
  return { interval: { start: instant(edges[best]!), end: instant(edges[best + length]!) }, intensityHours: least };
};

/** The window that starts at an instant. */
export const windowAt = (steps: IntensitySteps, start: Instant, lengthMs: number): Window | undefined => {
  const interval = { start, end: instant(start + lengthMs) };
  const sum = intensityHours(steps, interval);
  return sum === undefined ? undefined : { interval, intensityHours: sum };
};
