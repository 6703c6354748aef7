/** A zone's past as whole hours on a logarithmic scale, with gaps and broken hours filled: what a forecaster learns from. */
import { HOUR_MS, instant, type Instant } from '../units/time.js';
import { stepIntegrals } from './integral.js';
import type { IntensitySeries } from './reading.js';
import { RunningMedian } from './running-median.js';

export interface HourlyHistory {
  /** Start of the first hour; a whole UTC hour. */
  readonly start: Instant;
  /** End of the last hour. */
  readonly end: Instant;
  /** Natural logarithm of gCO2eq/kWh, one value an hour, without a hole. */
  readonly log: Float64Array;
  /** Hours filled because the record has a gap there. */
  readonly gaps: number;
  /** Hours filled because their value is taken for broken. */
  readonly broken: number;
  /** Hours since the last one that is known. */
  readonly staleHours: number;
}

/** Intensities are floored here before the logarithm. */
const FLOOR_GCO2EQ_PER_KWH = 1;
const DAY_HOURS = 24;
const WEEK_HOURS = 168;
/** Known hours a median needs before it may call another hour broken. */
const LEAST_FOR_MEDIAN = 24;
const BROKEN_FACTOR = 4;
/** More hours than this share outside the band, and it is the zone's nature, not a fault of the record. */
const MOST_BROKEN_SHARE = 0.01;

/**
 * Time-weighted means of the complete hours of a series that had ended by `now`. An hour of which any part is unknown is
 * a gap. Undefined when no hour is known.
 */
export const hourlyHistory = (series: IntensitySeries, now: Instant): HourlyHistory | undefined => {
  const hours = hourlyMeans(series, now);
  if (hours === undefined) return undefined;
  const { start, means } = hours;
  const broken = brokenHours(means);
  const log = new Float64Array(means.length);
  let gaps = 0;
  let last = 0;
  const first = means.findIndex((mean) => !Number.isNaN(mean));
  means.forEach((mean, hour) => {
    if (Number.isNaN(mean)) gaps += 1;
    if (Number.isNaN(mean) || broken.has(hour)) {
      log[hour] = hour >= DAY_HOURS ? log[hour - DAY_HOURS]! : logOf(means[first]!);
      return;
    }
    log[hour] = logOf(mean);
    last = hour;
  });
  return {
    start,
    end: instant(start + means.length * HOUR_MS),
    log,
    gaps,
    broken: broken.size,
    staleHours: means.length - 1 - last,
  };
};

/**
 * Hours outside a quarter to four times the median of the known hours in the week before them: what a balancing authority
 * reports when it leaves out its fossil plants. Unknown hours are NaN.
 */
export const brokenHours = (means: Float64Array): ReadonlySet<number> => {
  const outside = new Set<number>();
  const week = new RunningMedian(WEEK_HOURS);
  let known = 0;
  means.forEach((mean, hour) => {
    if (!Number.isNaN(mean)) {
      known += 1;
      const median = week.count >= LEAST_FOR_MEDIAN ? week.median : mean;
      if (mean < median / BROKEN_FACTOR || mean > median * BROKEN_FACTOR) outside.add(hour);
    }
    week.push(mean);
  });
  return outside.size > MOST_BROKEN_SHARE * known ? new Set() : outside;
};

const logOf = (mean: number): number => Math.log(Math.max(mean, FLOOR_GCO2EQ_PER_KWH));

/** NaN where any part of the hour is unknown. Ends with the last hour complete at `now`, known or not. */
export const hourlyMeans = (
  series: IntensitySeries,
  now: Instant,
): { readonly start: Instant; readonly means: Float64Array } | undefined => {
  const [first] = series.readings;
  if (first === undefined) return undefined;
  const start = instant(Math.floor(first.interval.start / HOUR_MS) * HOUR_MS);
  const length = Math.floor((now - start) / HOUR_MS);
  if (length <= 0) return undefined;
  const { intensityMs, knownMs } = stepIntegrals(series, start, HOUR_MS, length);
  const means = intensityMs.map((sum, hour) => (knownMs[hour] === HOUR_MS ? sum / HOUR_MS : Number.NaN));
  return means.every((mean) => Number.isNaN(mean)) ? undefined : { start, means };
};
