/** What the built-in forecast looks at: features of an hour of a zone's history, each known when that hour has ended. */
import { DAY_MS, HOUR_MS, type Instant } from '../units/time.js';
import type { RidgeSums } from './ridge.js';

const DAY = 24;
const WEEK = 168;
const WEEKDAYS = 7;
/** Hours ahead: eight days, enough for plans over a week. */
export const MOST_LEADS = 192;
/** Hours without a value after which the last deviation tells nothing of now. */
export const MOST_STALE_HOURS = 24;
/** Share of the last deviation from the daily profile that is still there an hour later, before the regression corrects it. */
const DEVIATION_KEPT = 0.96;
const FADING = Array.from({ length: MOST_LEADS + MOST_STALE_HOURS }, (_, lead) => DEVIATION_KEPT ** (lead + 1));

/** Trailing means, as hours before the issue: from (inclusive) to (exclusive). */
const MEANS: readonly (readonly [number, number])[] = [
  [0, DAY],
  [DAY, 2 * DAY],
  [0, WEEK],
  [0, 2 * WEEK],
  [0, 4 * WEEK],
];
const PENALISED_BY_VARIANCE = DAY + DAY + MEANS.length;
/** The last 24 hours, the daily profile, means of one day to four weeks, the weekday, and a constant. */
export const FEATURES = PENALISED_BY_VARIANCE + WEEKDAYS + 1;
/** Hours of history an hour needs before it for its features to mean something. */
export const FIRST_HOUR = WEEK;

/** Penalties of features, in units of their variance: of the profile and the means, and of the last and the 24th last hour. */
const PENALTY = 450;
const LAST_HOUR_PENALTY = 0.05 * PENALTY;
const OLDEST_HOUR_PENALTY = 4 * PENALTY;
const WEEKDAY_PENALTY = 25;
const CONSTANT_PENALTY = 1e-3;

/** Hours are counted from the history's start. What is said of an hour depends on no later one. */
export class HistoryFeatures {
  private readonly firstWeekday: number;
  private readonly firstHourOfDay: number;
  /** At each hour the exponentially weighted mean of this hour of day, itself included. */
  private readonly profile: Float64Array;
  /** Sums of all hours before one. */
  private readonly before: Float64Array;

  /** @param halfLifeDays days after which a day counts half in the daily profile */
  constructor(
    readonly log: Float64Array,
    start: Instant,
    halfLifeDays: number,
  ) {
    this.firstHourOfDay = Math.round((start % DAY_MS) / HOUR_MS);
    this.firstWeekday = Math.floor(start / DAY_MS) % WEEKDAYS;
    const kept = 0.5 ** (1 / halfLifeDays);
    this.profile = new Float64Array(log.length);
    this.before = new Float64Array(log.length + 1);
    log.forEach((value, hour) => {
      this.profile[hour] = hour < DAY ? value : (1 - kept) * value + kept * this.profile[hour - DAY]!;
      this.before[hour + 1] = this.before[hour]! + value;
    });
  }

  hourOfDay(hour: number): number {
    return (this.firstHourOfDay + hour) % DAY;
  }

  /** What the regression corrects: the daily profile, and a fading part of the last hour's deviation from it. */
  reference(hour: number, lead: number): number {
    const deviation = this.log[hour]! - this.profile[hour - DAY]!;
    return this.profile[sameHourOfDay(hour, lead)]! + FADING[lead]! * deviation;
  }

  /** `into` must be zero before. */
  private featuresInto(into: Float64Array, hour: number): void {
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

  featuresOf(hour: number): Float64Array {
    const features = new Float64Array(FEATURES);
    this.featuresInto(features, hour);
    return features;
  }

  /** Row-major: the features of issues at the ends of these hours, and the hours that followed less their reference. */
  rowsOf(hours: readonly number[], targets: number): { readonly x: Float64Array; readonly y: Float64Array } {
    const x = new Float64Array(hours.length * FEATURES);
    const y = new Float64Array(hours.length * targets);
    hours.forEach((hour, row) => {
      this.featuresInto(x.subarray(row * FEATURES, (row + 1) * FEATURES), hour);
      for (let lead = 0; lead < targets; lead += 1) y[row * targets + lead] = this.log[hour + 1 + lead]! - this.reference(hour, lead);
    });
    return { x, y };
  }

  /** From hour `from`, or the first there is, up to `to`, not included. */
  private mean(from: number, to: number): number {
    const begin = Math.max(0, from);
    return (this.before[to]! - this.before[begin]!) / (to - begin);
  }
}

/** The last hour not after `hour` that has the hour of day of hour + 1 + lead. */
export const sameHourOfDay = (hour: number, lead: number): number => hour - (DAY - 1 - (lead % DAY));

/**
 * Of each feature. The older an hour of the last day, the more its coefficient is held back; scaled by the variance of the
 * features over the rows, so that it holds as much in a calm zone as in a restless one.
 */
export const penaltiesFor = ({ gram }: RidgeSums): Float64Array => {
  // The constant is 1 in every row: its row of the Gram matrix holds the sums of the features and of the weights.
  const constant = (FEATURES - 1) * FEATURES;
  const weight = gram[constant + FEATURES - 1]!;
  let sum = 0;
  let squares = 0;
  for (let feature = 0; feature < PENALISED_BY_VARIANCE; feature += 1) {
    sum += gram[constant + feature]!;
    squares += gram[feature * FEATURES + feature]!;
  }
  const count = weight * PENALISED_BY_VARIANCE;
  // A history that never changes has no variance; any positive penalty then gives the same forecast.
  const variance = Math.max(squares / count - (sum / count) ** 2, 1e-12);
  const penalties = new Float64Array(FEATURES).fill(PENALTY * variance, 0, PENALISED_BY_VARIANCE);
  for (let lag = 0; lag < DAY; lag += 1) penalties[lag] = (LAST_HOUR_PENALTY + OLDEST_HOUR_PENALTY * (lag / DAY) ** 2) * variance;
  return penalties.fill(WEEKDAY_PENALTY, PENALISED_BY_VARIANCE).fill(CONSTANT_PENALTY, FEATURES - 1);
};
