/** How far off what a plan expects may be, by the intervals its forecast states. */
import type { Forecast, Range } from '../grid/reading.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { intensityHours, stepsOf, type IntensitySteps } from './intensity-steps.js';
import type { PlacedSegment } from './place-work.js';
import type { EmissionsRange } from './plan.js';

/**
 * What four of five outcomes lie within when the errors of a plan's hours go together, as those of hours in a row nearly do;
 * independent errors would partly cancel. Undefined where a forecast states no interval for one of its hours.
 */
export const expectedRange = (
  segments: readonly PlacedSegment[],
  forecasts: readonly Forecast[],
  expected: GramsCO2eq,
): EmissionsRange | undefined => {
  const sums = { middle: 0, low: 0, high: 0 };
  for (const zone of new Set(segments.map((segment) => segment.zone))) {
    const forecast = forecasts.find((each) => each.zone === zone);
    const bounds = forecast && { middle: stepsOf(forecast), low: boundOf(forecast, 'low'), high: boundOf(forecast, 'high') };
    for (const { interval } of segments.filter((segment) => segment.zone === zone))
      for (const side of ['middle', 'low', 'high'] as const) {
        const steps = bounds?.[side];
        const sum = steps && intensityHours(steps, interval);
        if (sum === undefined) return undefined;
        sums[side] += sum;
      }
  }
  if (sums.middle === 0) return undefined;
  return { low: grams((expected * sums.low) / sums.middle), high: grams((expected * sums.high) / sums.middle) };
};

/** Readings without an interval are left out: a gap. */
const boundOf = (forecast: Forecast, side: keyof Range): IntensitySteps =>
  stepsOf({
    ...forecast,
    readings: forecast.readings.flatMap((reading) =>
      reading.intervals === undefined ? [] : [{ ...reading, intensity: reading.intervals.p80[side] }],
    ),
  });
