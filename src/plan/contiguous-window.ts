/** The contiguous window of least carbon on a piecewise constant forecast. */
import { piecesOf, readingsWithin, type IntensitySeries } from '../grid/reading.js';
import { HOUR_MS, instant, type Instant, type Interval } from '../units/time.js';

export interface Window {
  readonly interval: Interval;
  /** Integral of the intensity over the window, in gCO2eq/kWh × h. */
  readonly intensityHours: number;
}

/** Sums of the same steps in another order differ by rounding; windows this close count as equal. */
const EQUAL = 1e-9;

/** The integral of the intensity over an interval, in gCO2eq/kWh × h; undefined where the series has a gap in it. */
export const intensityHours = (series: IntensitySeries, span: Interval): number | undefined => {
  let sum = 0;
  for (const { interval, reading } of piecesOf(series, span)) {
    if (reading === undefined) return undefined;
    sum += (reading.intensity * (interval.end - interval.start)) / HOUR_MS;
  }
  return sum;
};

/**
 * The window of `lengthMs` within `room` with the least integral, exactly: as a function of the start the integral is
 * piecewise linear, so a least one starts at the room's start or end, or has a change of step at one of its ends. Of
 * equal windows the earliest. Undefined when no window fits or each has a gap.
 */
export const cleanestWindow = (series: IntensitySeries, room: Interval, lengthMs: number): Window | undefined => {
  if (lengthMs > room.end - room.start) return undefined;
  const last = instant(room.end - lengthMs);
  const edges = readingsWithin(series, room).flatMap(({ interval }) => [interval.start, interval.end]);
  const starts = [room.start, last, ...edges, ...edges.map((edge) => instant(edge - lengthMs))];
  const inRoom = [...new Set(starts.filter((start) => start >= room.start && start <= last))].sort((a, b) => a - b);
  let best: Window | undefined;
  for (const start of inRoom) {
    const candidate = windowAt(series, start, lengthMs);
    if (candidate === undefined) continue;
    if (best === undefined || candidate.intensityHours < best.intensityHours * (1 - EQUAL)) best = candidate;
  }
  return best;
};

export const windowAt = (series: IntensitySeries, start: Instant, lengthMs: number): Window | undefined => {
  const interval = { start, end: instant(start + lengthMs) };
  const sum = intensityHours(series, interval);
  return sum === undefined ? undefined : { interval, intensityHours: sum };
};
