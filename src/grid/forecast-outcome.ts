/** How a forecast turned out, where it is over by now. */
import type { Interval } from '../units/time.js';
import { carbonIntensity, type CarbonIntensity } from '../units/quantities.js';
import { piecesOf, type Forecast, type IntensitySeries } from './reading.js';
import { timeWeightedMean } from './weighted-mean.js';

export interface ForecastOutcome {
  /** Steps of the forecast that are judged. */
  readonly steps: number;
  /** Mean of forecast − actual, weighted by time: positive means a dirtier grid was expected than came. */
  readonly bias: CarbonIntensity;
  readonly meanAbsoluteError: CarbonIntensity;
  /** Share of the steps that came within their 80 % interval, 0 to 1; undefined when none has one. */
  readonly within80: number | undefined;
}

/**
 * Over the steps that lie in the span and are wholly known since, by anything but another forecast; undefined when there are none.
 * @param actual what came, as known now
 */
export const forecastOutcome = (forecast: Forecast, actual: IntensitySeries, span: Interval): ForecastOutcome | undefined => {
  let [steps, weight, error, absolute, bounded, within] = [0, 0, 0, 0, 0, 0];
  for (const { interval, intensity, intervals } of forecast.readings) {
    if (interval.start < span.start || interval.end > span.end) continue;
    const isKnown = piecesOf(actual, interval).every(({ reading }) => reading !== undefined && reading.provenance !== 'forecast');
    const { intensity: came } = timeWeightedMean(actual, interval);
    if (!isKnown || came === undefined) continue;
    const length = interval.end - interval.start;
    steps += 1;
    weight += length;
    error += (intensity - came) * length;
    absolute += Math.abs(intensity - came) * length;
    if (intervals === undefined) continue;
    bounded += 1;
    if (came >= intervals.p80.low && came <= intervals.p80.high) within += 1;
  }
  if (steps === 0) return undefined;
  return {
    steps,
    bias: carbonIntensity(error / weight),
    meanAbsoluteError: carbonIntensity(absolute / weight),
    within80: bounded === 0 ? undefined : within / bounded,
  };
};
