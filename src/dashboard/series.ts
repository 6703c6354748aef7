/** A run's curves as they grow, each in bounded memory. */
import type { RunEvent } from '../client/follow-run.js';
import { cutAt, emptyCurve, extended, type Curve } from './curve.js';

/** Points of a chart: about one for each pixel of half its width. */
export const CURVE_POINTS = 400;

/** x is the optimiser step of `loss` and `speed`, and real time in epoch ms of the others. */
export interface Series {
  /** Mean training loss per image. */
  readonly loss: Curve;
  /** W of the host. */
  readonly power: Curve;
  /** gCO2eq/kWh the energy was booked on. */
  readonly intensity: Curve;
  /** gCO2eq booked so far. */
  readonly emissions: Curve;
}

export const emptySeries: Series = {
  loss: emptyCurve(CURVE_POINTS),
  power: emptyCurve(CURVE_POINTS),
  intensity: emptyCurve(CURVE_POINTS),
  emissions: emptyCurve(CURVE_POINTS),
};

/** After one more event; unknown intensity makes a gap, never a zero. */
export const withPoint = (series: Series, event: RunEvent): Series => {
  switch (event.__typename) {
    case 'TrainingProgressed':
      return { ...series, loss: extended(series.loss, [{ x: event.step, y: event.trainingLoss }]) };
    case 'SegmentStarted':
      return { ...series, loss: cutAt(series.loss, event.step) };
    case 'EnergyBooked': {
      const x = Date.parse(event.at);
      const { powerWatts, intensityGco2eqPerKwh: intensity, emissionsGco2eq: grams } = event;
      const soFar = series.emissions.points.at(-1)?.y;
      return {
        ...series,
        power: extended(series.power, [{ x, y: powerWatts }]),
        intensity: intensity === null ? series.intensity : extended(series.intensity, [{ x, y: intensity }]),
        emissions: grams === null ? series.emissions : extended(series.emissions, [{ x, y: soFar === undefined ? grams : soFar + grams }]),
      };
    }
    default:
      return series;
  }
};
