/** The integral of an intensity over time, exact for a piecewise constant series, and how much of the span it leaves out. */
import { HOUR_MS, type Instant, type Interval } from '../units/time.js';
import { piecesOf, type IntensitySeries } from './reading.js';

export interface Integral {
  /** Over the known part, in gCO2eq/kWh × h: what 1 kW emits in it, in gCO2eq. */
  readonly intensityHours: number;
  readonly unknownMs: number;
}

export const integralOver = (series: IntensitySeries, span: Interval): Integral => {
  let sum = 0;
  let unknownMs = 0;
  for (const { interval, reading } of piecesOf(series, span)) {
    const lengthMs = interval.end - interval.start;
    if (reading === undefined) unknownMs += lengthMs;
    else sum += reading.intensity * lengthMs;
  }
  return { intensityHours: sum / HOUR_MS, unknownMs };
};

export interface StepIntegrals {
  /** Over the known part of each step, in gCO2eq/kWh × ms. */
  readonly intensityMs: Float64Array;
  /** Known milliseconds of each step. */
  readonly knownMs: Float64Array;
}

/** The integrals over consecutive steps of one length, in one pass over the series. */
export const stepIntegrals = ({ readings }: IntensitySeries, start: Instant, stepMs: number, count: number): StepIntegrals => {
  const intensityMs = new Float64Array(count);
  const knownMs = new Float64Array(count);
  for (const { interval, intensity } of readings) {
    const end = Math.min(interval.end, start + count * stepMs);
    for (let from = Math.max(interval.start, start); from < end;) {
      const step = Math.floor((from - start) / stepMs);
      const to = Math.min(end, start + (step + 1) * stepMs);
      intensityMs[step]! += intensity * (to - from);
      knownMs[step]! += to - from;
      from = to;
    }
  }
  return { intensityMs, knownMs };
};
