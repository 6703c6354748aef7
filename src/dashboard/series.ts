/** A run's curves as they grow, each in bounded memory. */
import type { RunCurvesQuery } from '../client/documents.js';
import type { RunEvent } from '../client/follow-run.js';
import { curveOf, cutAt, emptyCurve, extended, type Curve } from './curve.js';

/** Points of a chart: about one for each pixel of half its width. */
export const CURVE_POINTS = 400;

/** x is the optimiser step of `loss`, and real time in epoch ms of the others. */
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

/** As the server has thinned them out. */
export const seriesOf = ({ trainingCurve, emissionsTimeline }: NonNullable<RunCurvesQuery['run']>): Series => {
  const booked = emissionsTimeline.map((entry) => ({ ...entry, x: Date.parse(entry.endedAt) })).sort((a, b) => a.x - b.x);
  const known = booked.filter(({ intensityGco2eqPerKwh }) => intensityGco2eqPerKwh !== null);
  return {
    loss: curveOf(
      trainingCurve.map(({ step, trainingLoss }) => ({ x: step, y: trainingLoss })),
      CURVE_POINTS,
    ),
    power: curveOf(
      booked.map(({ x, powerWatts }) => ({ x, y: powerWatts })),
      CURVE_POINTS,
    ),
    intensity: curveOf(
      known.map(({ x, intensityGco2eqPerKwh }) => ({ x, y: intensityGco2eqPerKwh! })),
      CURVE_POINTS,
    ),
    emissions: curveOf(
      booked.map(({ x, cumulativeEmissionsGco2eq }) => ({ x, y: cumulativeEmissionsGco2eq })),
      CURVE_POINTS,
    ),
  };
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
      const last = series.emissions.points.at(-1);
      if (last !== undefined && x <= last.x) return series;
      return {
        ...series,
        power: extended(series.power, [{ x, y: powerWatts }]),
        intensity: intensity === null ? series.intensity : extended(series.intensity, [{ x, y: intensity }]),
        emissions: grams === null ? series.emissions : extended(series.emissions, [{ x, y: last === undefined ? grams : last.y + grams }]),
      };
    }
    default:
      return series;
  }
};
