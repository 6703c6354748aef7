/**
 * The built-in forecast: each coming hour from the zone's own history, by ridge regression on the logarithm of the
 * intensity, with intervals from the errors the same regression makes on parts of the history it was not fitted to.
 */
import { DAY_MS, HOUR_MS } from '../units/time.js';
import { addProduct, fitRidge } from './blocked-ridge.js';
import type { HourlyHistory } from './hourly-history.js';
import { weightedQuantiles } from './weighted-quantiles.js';

/** Hours ahead: eight days, enough for plans over a week. Calibration is stated for the first 72. */
export const MOST_LEADS = 192;
/** Hours of history it needs. */
export const LEAST_HISTORY_HOURS = 28 * 24;
/** Hours of history it looks at: what is older says little of the season. */
export const MOST_HISTORY_HOURS = 366 * 24;

const DAY = 24;
const WEEK = 168;
/** Days after which a day counts half in the daily profile. */
const PROFILE_HALF_LIFE_DAYS = 4;
/** Share of the last deviation from the daily profile that is still there an hour later, before the regression corrects it. */
const DEVIATION_KEPT = 0.96;
const FADING = Array.from({ length: MOST_LEADS }, (_, lead) => DEVIATION_KEPT ** (lead + 1));
/** Issue hours of day this far from now's, in hours, weigh exp(−½) as much; beyond LEAST_WEIGHT they are left out. */
const HOUR_OF_DAY_WIDTH = 1.5;
const LEAST_WEIGHT = 0.05;
/** Penalty of the history features, in units of their variance, and of the weekdays. */
const PENALTY = 600;
const WEEKDAY_PENALTY = 25;
const CONSTANT_PENALTY = 1e-3;
const BLOCKS = 5;
/** Shares of 24-hour persistence that may be mixed in, chosen for each day ahead by its error on held-out blocks. */
const PERSISTENCE_SHARES = [0, 0.1, 0.2, 0.3, 0.4];
/** Days after which a held-out error counts half in the intervals. */
const ERROR_HALF_LIFE_DAYS = 60;

/** Trailing means, as hours before the issue: from (inclusive) to (exclusive). */
const MEANS: readonly (readonly [number, number])[] = [
  [0, DAY],
  [DAY, 2 * DAY],
  [0, WEEK],
  [0, 2 * WEEK],
  [0, 4 * WEEK],
];
const WEEKDAYS = 7;
const FEATURES = DAY + DAY + MEANS.length + WEEKDAYS + 1;
const PENALISED_BY_VARIANCE = FEATURES - WEEKDAYS - 1;

/** One coming hour, gCO2eq/kWh. The intervals hold 80 and 95 % of what comes, by the errors of the past. */
export interface HourExpected {
  readonly median: number;
  readonly low80: number;
  readonly high80: number;
  readonly low95: number;
  readonly high95: number;
}

/**
 * Forecasts the `leads` hours that follow a history. One regression serves all of them: its rows are the past issues at
 * about the same hour of the day; its features the last 24 hours and the daily profile, both against each other, means of
 * one day to four weeks, and the weekday; its targets the deviations from the profile plus a fading last deviation.
 * @throws RangeError when the history is shorter than LEAST_HISTORY_HOURS or `leads` is not from 1 to MOST_LEADS
 */
export const forecastHours = (whole: HourlyHistory, leads: number): readonly HourExpected[] => {
  if (!(leads >= 1 && leads <= MOST_LEADS)) throw new RangeError(`leads must be from 1 to ${MOST_LEADS}, got ${leads}`);
  if (whole.log.length < LEAST_HISTORY_HOURS)
    throw new RangeError(`a forecast needs ${LEAST_HISTORY_HOURS} hours of history, there are ${whole.log.length}`);
  const history = new History(whole);
  const now = history.length - 1;
  const issues = pastIssues(history, now, leads);
  const { x, variance } = featuresOf(history, issues.hours);
  const rows = issues.hours.length;
  const y = new Float64Array(rows * leads);
  issues.hours.forEach((hour, row) => {
    for (let lead = 0; lead < leads; lead += 1) y[row * leads + lead] = history.log[hour + 1 + lead]! - history.reference(hour, lead);
  });
  const penalties = new Float64Array(FEATURES).fill(PENALTY * variance, 0, PENALISED_BY_VARIANCE);
  penalties.fill(WEEKDAY_PENALTY, PENALISED_BY_VARIANCE).fill(CONSTANT_PENALTY, FEATURES - 1);
  const fit = fitRidge({ rows, features: FEATURES, targets: leads, x, y, weights: issues.weights, penalties, blocks: BLOCKS });

  const here = new Float64Array(FEATURES);
  history.featuresInto(here, now);
  const median = new Float64Array(leads);
  addProduct(median, here, FEATURES, fit.coefficients, leads);
  const errorWeights = issues.weights.map((weight, row) => weight * 0.5 ** ((now - issues.hours[row]!) / (DAY * ERROR_HALF_LIFE_DAYS)));
  const expected: HourExpected[] = [];
  for (let from = 0; from < leads; from += DAY) {
    const block = { from, to: Math.min(from + DAY, leads) };
    const errors = heldOutErrors(history, issues.hours, fit.heldOut, y, leads, block);
    const share = bestShare(errors, issues.weights);
    for (let lead = block.from; lead < block.to; lead += 1) {
      const { ofFit, gap } = errors[lead - from]!;
      const residuals = ofFit.map((error, row) => error - share * gap[row]!);
      const [low95, low80, high80, high95] = weightedQuantiles(residuals, errorWeights, [0.025, 0.1, 0.9, 0.975]) as Four;
      const fitted = median[lead]! + history.reference(now, lead);
      const centre = fitted + share * (history.sameHourBefore(now, lead) - fitted);
      expected.push({
        median: Math.exp(centre),
        low80: Math.exp(centre + Math.min(0, low80)),
        high80: Math.exp(centre + Math.max(0, high80)),
        low95: Math.exp(centre + Math.min(0, low95)),
        high95: Math.exp(centre + Math.max(0, high95)),
      });
    }
  }
  return expected;
};

type Four = readonly [number, number, number, number];

/** The last hours of a history with what the features need of each hour at hand. Hours are counted from its start. */
class History {
  readonly log: Float64Array;
  readonly length: number;
  private readonly firstWeekday: number;
  private readonly firstHourOfDay: number;
  /** At each hour the exponentially weighted mean of this hour of day, itself included. */
  private readonly profile: Float64Array;
  /** Sums of all hours before one. */
  private readonly before: Float64Array;

  constructor({ log, start }: HourlyHistory) {
    const skipped = Math.max(0, log.length - MOST_HISTORY_HOURS);
    this.log = log.subarray(skipped);
    this.length = this.log.length;
    const first = start + skipped * HOUR_MS;
    this.firstHourOfDay = Math.round((first % DAY_MS) / HOUR_MS);
    this.firstWeekday = Math.floor(first / DAY_MS) % WEEKDAYS;
    const kept = 0.5 ** (1 / PROFILE_HALF_LIFE_DAYS);
    this.profile = new Float64Array(this.length);
    this.before = new Float64Array(this.length + 1);
    this.log.forEach((value, hour) => {
      this.profile[hour] = hour < DAY ? value : (1 - kept) * value + kept * this.profile[hour - DAY]!;
      this.before[hour + 1] = this.before[hour]! + value;
    });
  }

  hourOfDay(hour: number): number {
    return (this.firstHourOfDay + hour) % DAY;
  }

  /** The last complete hour of the day of hour + 1 + lead. */
  sameHourBefore(hour: number, lead: number): number {
    return this.log[hour - (DAY - 1 - (lead % DAY))]!;
  }

  /** What the regression corrects: the daily profile, and a fading part of the last hour's deviation from it. */
  reference(hour: number, lead: number): number {
    const deviation = this.log[hour]! - this.profile[hour - DAY]!;
    return this.profile[hour - (DAY - 1 - (lead % DAY))]! + FADING[lead]! * deviation;
  }

  featuresInto(into: Float64Array, hour: number): void {
    const { log, profile } = this;
    const level = log[hour]!;
    for (let lag = 0; lag < DAY; lag += 1) {
      into[lag] = log[hour - lag]! - profile[hour - lag - DAY]!;
      into[DAY + lag] = profile[hour - lag]! - level;
    }
    MEANS.forEach(([from, to], index) => {
      into[2 * DAY + index] = this.mean(hour - to + 1, hour - from + 1) - level;
    });
    const weekday = (this.firstWeekday + Math.floor((this.firstHourOfDay + hour) / DAY)) % WEEKDAYS;
    into[PENALISED_BY_VARIANCE + weekday] = 1;
    into[FEATURES - 1] = 1;
  }

  /** From hour `from`, or the first there is, up to `to`, not included. */
  private mean(from: number, to: number): number {
    const begin = Math.max(0, from);
    return (this.before[to]! - this.before[begin]!) / (to - begin);
  }
}

/** Past hours after which a forecast could have been issued and checked, and how much each tells about one issued now. */
const pastIssues = (
  history: History,
  now: number,
  leads: number,
): { readonly hours: readonly number[]; readonly weights: Float64Array } => {
  const hours: number[] = [];
  const weights: number[] = [];
  for (let hour = WEEK; hour + leads <= now; hour += 1) {
    const apart = Math.abs(((history.hourOfDay(hour) - history.hourOfDay(now) + DAY + DAY / 2) % DAY) - DAY / 2);
    const weight = Math.exp(-0.5 * (apart / HOUR_OF_DAY_WIDTH) ** 2);
    if (weight < LEAST_WEIGHT) continue;
    hours.push(hour);
    weights.push(weight);
  }
  return { hours, weights: Float64Array.from(weights) };
};

const featuresOf = (history: History, hours: readonly number[]): { readonly x: Float64Array; readonly variance: number } => {
  const x = new Float64Array(hours.length * FEATURES);
  let sum = 0;
  let squares = 0;
  hours.forEach((hour, row) => {
    history.featuresInto(x.subarray(row * FEATURES, (row + 1) * FEATURES), hour);
    for (let index = row * FEATURES; index < row * FEATURES + PENALISED_BY_VARIANCE; index += 1) {
      sum += x[index]!;
      squares += x[index]! ** 2;
    }
  });
  const count = hours.length * PENALISED_BY_VARIANCE;
  // A history that never changes has no variance; any positive penalty then gives the same forecast.
  return { x, variance: Math.max(squares / count - (sum / count) ** 2, 1e-12) };
};

interface LeadErrors {
  /** What came − what the regression expected, of each past issue. */
  readonly ofFit: Float64Array;
  /** Persistence − the regression. */
  readonly gap: Float64Array;
}

const heldOutErrors = (
  history: History,
  hours: readonly number[],
  heldOut: Float64Array,
  y: Float64Array,
  leads: number,
  block: { readonly from: number; readonly to: number },
): readonly LeadErrors[] => {
  const errors: LeadErrors[] = [];
  for (let lead = block.from; lead < block.to; lead += 1) {
    const ofFit = new Float64Array(hours.length);
    const gap = new Float64Array(hours.length);
    hours.forEach((hour, row) => {
      const predicted = heldOut[row * leads + lead]!;
      ofFit[row] = y[row * leads + lead]! - predicted;
      gap[row] = history.sameHourBefore(hour, lead) - history.reference(hour, lead) - predicted;
    });
    errors.push({ ofFit, gap });
  }
  return errors;
};

/** Of equal shares the smallest. */
const bestShare = (errors: readonly LeadErrors[], weights: Float64Array): number => {
  const costs = PERSISTENCE_SHARES.map((share) => {
    let cost = 0;
    for (const { ofFit, gap } of errors)
      for (let row = 0; row < ofFit.length; row += 1) cost += weights[row]! * Math.abs(ofFit[row]! - share * gap[row]!);
    return cost;
  });
  return PERSISTENCE_SHARES[costs.indexOf(Math.min(...costs))]!;
};
