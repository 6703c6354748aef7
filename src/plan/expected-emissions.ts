/** What a stretch of time would emit, by a series of readings or forecasts. */
import { piecesOf, type IntensitySeries } from '../grid/reading.js';
import { carbonIntensity, emittedBy, energyOver, joules, type CarbonIntensity, type GramsCO2eq, type Watts } from '../units/quantities.js';
import { lengthMs, type Interval } from '../units/time.js';

/** Time-weighted mean over an interval, exact for a piecewise constant series; undefined where any part of it is unknown, or it is empty. */
export const meanIntensity = (series: IntensitySeries, span: Interval): CarbonIntensity | undefined => {
  let weighted = 0;
  for (const { interval, reading } of piecesOf(series, span)) {
    if (reading === undefined) return undefined;
    weighted += reading.intensity * lengthMs(interval);
  }
  return lengthMs(span) > 0 ? carbonIntensity(weighted / lengthMs(span)) : undefined;
};

/**
 * Emissions of a run of constant power over an interval of grid time: Σ power × real duration × PUE × intensity, where a
 * piece's real duration is its grid duration / gridSpeed.
 *
 * @param power mean power of the run
 * @param gridSpeed grid milliseconds per real millisecond, 1 on the live grid
 * @param pue power usage effectiveness: facility energy per energy of the equipment, at least 1
 * @returns undefined where any part of the interval is unknown
 */
export const expectedEmissions = (series: IntensitySeries, interval: Interval, power: Watts, gridSpeed: number, pue: number): GramsCO2eq | undefined => {
  const mean = meanIntensity(series, interval);
  if (mean === undefined) return undefined;
  const drawn = energyOver(power, lengthMs(interval) / gridSpeed);
  return emittedBy(joules(drawn * pue), mean);
};
