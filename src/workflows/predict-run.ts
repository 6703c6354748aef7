/** After its first epoch: what a run will have taken, drawn and emitted when it is done. Its error is known at the end. */
import type { TrainingSpec } from '../experiment/spec.js';
import { NotServed } from '../grid/grid.js';
import { piecesOf, type Forecast } from '../grid/reading.js';
import type { Prediction } from '../record/prediction.js';
import { bookedInAll, type RunSummary } from '../record/run-summary.js';
import type { StoredRun } from '../record/run-log.js';
import { emittedBy, fromMicrojoules, grams, joules, microjoules, type GramsCO2eq, type Microjoules } from '../units/quantities.js';
import { instant } from '../units/time.js';
import { imagePasses } from './estimate-run.js';
import type { Ports } from './ports.js';

/**
 * Active energy and time grow with the images that pass through the model, overhead is taken as spent; what is still to be
 * drawn is laid on the forecast from now on, in one piece.
 * @returns undefined while nothing active is booked
 */
export const predictRun = async (ports: Ports, run: StoredRun): Promise<Prediction | undefined> => {
  const { summary, spec } = run;
  const { active } = summary.booked;
  const done = passesDone(summary, spec.training);
  if (active.energy === 0 || done <= 0) return undefined;
  const left = imagePasses(spec.training) / done - 1;
  const booked = bookedInAll(summary);
  const leftEnergy = microjoules(Math.max(0, Math.round(active.energy * left)));
  const leftMs = Math.max(0, active.durationMs * left);
  const { method, emissions } = await expected(ports, run, leftEnergy, leftMs);
  return {
    energy: microjoules(booked.energy + leftEnergy),
    durationMs: booked.durationMs + leftMs,
    emissions: emissions === undefined || booked.coveredEnergy !== booked.energy ? undefined : grams(booked.emissions + emissions),
    forecastMethod: method,
  };
};

/** Images trained in the first epoch, and those evaluated so far at a third each, as in `imagePasses`. */
const passesDone = ({ evaluations }: RunSummary, { dataset }: TrainingSpec): number =>
  dataset.trainImages + evaluations.reduce((sum, { images }) => sum + images, 0) / 3;

const expected = async (
  { grid, gridClock, pue }: Ports,
  run: StoredRun,
  energy: Microjoules,
  durationMs: number,
): Promise<{ readonly method: string; readonly emissions: GramsCO2eq | undefined }> => {
  const now = gridClock.now();
  const span = { start: now, end: instant(now + durationMs * gridClock.speed) };
  let forecast: Forecast;
  try {
    forecast = await grid.forecast(run.zone, span, now);
  } catch (failure) {
    if (!(failure instanceof NotServed)) throw failure;
    return { method: `none: ${failure.message}`, emissions: undefined }; // Longer than any forecast reaches.
  }
  let total = 0;
  for (const { interval, reading } of span.end > span.start ? piecesOf(forecast, span) : []) {
    if (reading === undefined) return { method: forecast.method, emissions: undefined };
    const part = (interval.end - interval.start) / (span.end - span.start);
    total += emittedBy(joules(fromMicrojoules(energy) * part), reading.intensity) * pue;
  }
  return { method: forecast.method, emissions: grams(total) };
};
