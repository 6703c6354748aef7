/** Small made-up intensities for the planners' tests. */
import fc from 'fast-check';
import { equalSteps, type IntensitySteps } from '../../src/plan/intensity-steps.js';
import { HOUR_MS, instant, type Interval } from '../../src/units/time.js';

/** Equal steps from instant 0; undefined makes a gap. */
export const steps = (values: readonly (number | undefined)[], stepMs = HOUR_MS): IntensitySteps =>
  equalSteps(
    instant(0),
    stepMs,
    Float64Array.from(values, (value) => value ?? Number.NaN),
  );

export const room = (endMs: number, startMs = 0): Interval => ({ start: instant(startMs), end: instant(endMs) });

/** Few different values, so that ties are frequent; one in twelve a gap. */
export const someValues = (minLength: number, maxLength: number) =>
  fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined, freq: 12 }), { minLength, maxLength });
