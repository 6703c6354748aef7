/**
 * The built-in forecast: each coming hour from the zone's own history, by ridge regression on the logarithm of the
 * intensity, with intervals from the errors the same regression makes on parts of the history it was not fitted to.
 * Blocks in time order as in Roberts et al., "Cross-validation strategies for data with temporal structure", Ecography 40
 * (2017).
 */
import { HOUR_MS, instant } from '../units/time.js';
import { FEATURES, MOST_LEADS, penaltiesFor, type HistoryFeatures } from './history-features.js';
import { fadedBy, fewPastIssues, HistoryModel, hourOfDayWeight, whatLacks } from './history-model.js';
import { knownHoursOf, type HourlyHistory } from './hourly-history.js';
import { addProduct, RidgeSums, solveRidge } from './ridge.js';
import { weightedQuantiles } from './weighted-quantiles.js';

/** Hours of history it looks at: what is older says little of the season. */
export const MOST_HISTORY_HOURS = 366 * 24;
const BLOCKS = 5;
/** Days after which a held-out error counts half in the intervals. */
const ERROR_HALF_LIFE_DAYS = 60;
const LEVELS = [0.025, 0.1, 0.9, 0.975];

/** One coming hour, gCO2eq/kWh. The intervals hold 80 and 95 % of what comes, by the errors of the past. */
export interface HourExpected {
  readonly median: number;
  readonly low80: number;
  readonly high80: number;
  readonly low95: number;
  readonly high95: number;
}

/** Or why a history is not enough, in words. */
export type HoursForecast =
  { readonly ok: true; readonly hours: readonly HourExpected[] } | { readonly ok: false; readonly lacking: string };

/**
 * Forecasts the `leads` hours that follow a history. One regression serves all of them: its rows are the past issues at
 * about the same hour of the day; its features the last 24 hours and the daily profile, both against each other, means of
 * one day to four weeks, and the weekday; its targets the deviations from the profile plus a fading last deviation. Hours
 * at the end of the history that are not known are forecast too, and left out.
 * @throws RangeError when `leads` is not from 1 to MOST_LEADS
 */
export const forecastHours = (history: HourlyHistory, leads: number): HoursForecast => {
  if (!(leads >= 1 && leads <= MOST_LEADS)) throw new RangeError(`leads must be from 1 to ${MOST_LEADS}, got ${leads}`);
  const { log, known, start, staleHours } = history;
  const end = log.length - staleHours;
  const lacking = whatLacks({ hours: log.length, knownHours: knownHoursOf(known), staleHours });
  if (lacking !== undefined) return { ok: false, lacking };
  const from = Math.max(0, end - MOST_HISTORY_HOURS);
  const model = new HistoryModel(log.subarray(from, end), known.subarray(from, end), instant(start + from * HOUR_MS));
  const targets = leads + staleHours;
  const now = end - from - 1;
  const issues = pastIssues(model, now, targets);
  const tooFew = fewPastIssues(issues.length);
  if (tooFew !== undefined) return { ok: false, lacking: tooFew };
  const fits = model.parts.map((part) => fit(part, issues, targets, now));
  const centre = model.expected(
    fits.map(({ deviations }) => deviations),
    now,
  );
  const errors = heldOutErrors(model, issues, fits, targets);
  const errorWeights = Float64Array.from(issues, ({ hour, atHour }) => atHour * 0.5 ** ((now - hour) / (24 * ERROR_HALF_LIFE_DAYS)));
  const hours = Array.from({ length: leads }, (_, index) => {
    const lead = index + staleHours;
    return around(centre[lead]!, weightedQuantiles(errors[lead]!, errorWeights, LEVELS) as Four);
  });
  return { ok: true, hours };
};

type Four = readonly [number, number, number, number];

/** The median lies within its intervals even where all past errors have one sign. */
const around = (centre: number, [low95, low80, high80, high95]: Four): HourExpected => ({
  median: Math.exp(centre),
  low80: Math.exp(centre + Math.min(0, low80)),
  high80: Math.exp(centre + Math.max(0, high80)),
  low95: Math.exp(centre + Math.min(0, low95)),
  high95: Math.exp(centre + Math.max(0, high95)),
});

/** A past hour after which a forecast could have been issued and checked by now. */
interface PastIssue {
  readonly hour: number;
  /** What it counts by its hour of the day. */
  readonly atHour: number;
}

const pastIssues = (model: HistoryModel, now: number, targets: number): readonly PastIssue[] => {
  const issues: PastIssue[] = [];
  for (let hour = 0; hour + targets <= now; hour += 1) {
    const atHour = hourOfDayWeight(model.hourOfDay(hour), model.hourOfDay(now));
    if (atHour > 0 && model.canLearnFrom(hour, targets)) issues.push({ hour, atHour });
  }
  return issues;
};

interface Fit {
  /** What is expected of now's targets. */
  readonly deviations: Float64Array;
  /** What each past issue's targets would have been, by the other blocks; rows × targets. */
  readonly heldOut: Float64Array;
}

const fit = (part: HistoryFeatures, issues: readonly PastIssue[], targets: number, now: number): Fit => {
  const rows = issues.length;
  const { x, y } = part.rowsOf(
    issues.map(({ hour }) => hour),
    targets,
  );
  const weights = Float64Array.from(issues, ({ hour, atHour }) => atHour * fadedBy(now - hour));
  const blocks = Array.from({ length: BLOCKS }, (_, block) => {
    const [from, to] = [Math.ceil((block * rows) / BLOCKS), Math.ceil(((block + 1) * rows) / BLOCKS)];
    const ownX = x.subarray(from * FEATURES, to * FEATURES);
    const sums = new RidgeSums(FEATURES, targets).addRows(ownX, y.subarray(from * targets, to * targets), weights.subarray(from, to));
    return { ownX, sums, from, to };
  });
  const total = new RidgeSums(FEATURES, targets);
  for (const { sums } of blocks) total.addScaled(sums, 1);
  const penalties = penaltiesFor(total);
  const heldOut = new Float64Array(rows * targets);
  for (const { ownX, sums, from, to } of blocks) {
    const others = new RidgeSums(FEATURES, targets).addScaled(total, 1).addScaled(sums, -1);
    addProduct(heldOut.subarray(from * targets, to * targets), ownX, FEATURES, solveRidge(others, penalties), targets);
  }
  const deviations = new Float64Array(targets);
  addProduct(deviations, part.featuresOf(now), FEATURES, solveRidge(total, penalties), targets);
  return { deviations, heldOut };
};

/** What came less what was expected: of each lead, at each past issue. */
const heldOutErrors = (
  model: HistoryModel,
  issues: readonly PastIssue[],
  fits: readonly Fit[],
  targets: number,
): readonly Float64Array[] => {
  const errors = Array.from({ length: targets }, () => new Float64Array(issues.length));
  issues.forEach(({ hour }, row) => {
    const expected = model.expected(
      fits.map(({ heldOut }) => heldOut.subarray(row * targets, (row + 1) * targets)),
      hour,
    );
    for (let lead = 0; lead < targets; lead += 1) errors[lead]![row] = model.log[hour + 1 + lead]! - expected[lead]!;
  });
  return errors;
};
