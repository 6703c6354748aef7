/** What was predicted of a run after its first epoch, and how far off that was. */
import type { GramsCO2eq, Microjoules } from '../units/quantities.js';

export interface Prediction {
  /** Of the host for the whole run, overhead included. */
  readonly energy: Microjoules;
  /** Real milliseconds metered. */
  readonly durationMs: number;
  /** Undefined where the intensity of the grid was not known or not forecast. */
  readonly emissions: GramsCO2eq | undefined;
  /** Like `history-ridge`; begins with `none` and says why where there was no forecast. */
  readonly forecastMethod: string;
}

/** (predicted − booked) / booked in per cent; positive: less came than was predicted. Undefined where either is unknown. */
export interface PredictionError {
  readonly energyPercent: number | undefined;
  readonly durationPercent: number | undefined;
  readonly emissionsPercent: number | undefined;
}

export const predictionError = (
  predicted: Prediction,
  booked: { readonly energy: number; readonly durationMs: number; readonly emissions: number | undefined },
): PredictionError => ({
  energyPercent: percentOff(predicted.energy, booked.energy),
  durationPercent: percentOff(predicted.durationMs, booked.durationMs),
  emissionsPercent: percentOff(predicted.emissions, booked.emissions),
});

const percentOff = (predicted: number | undefined, booked: number | undefined): number | undefined =>
  predicted === undefined || booked === undefined || booked <= 0 ? undefined : 100 * (predicted / booked - 1);
