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
  /** 1 for each hour that is known and not broken; the others are filled. */
  readonly known: Uint8Array;
  /** Hours since the last one that is known. */
  readonly staleHours: number;
}

/** The hours of a series in order. What is said of one hour depends on it and on earlier ones alone. */
export interface HourlyRecord {
  /** A whole UTC hour. */
  readonly start: Instant;
  /** Time-weighted means, gCO2eq/kWh; NaN where any part of the hour is unknown. */
  readonly means: Float64Array;
  /** End of the last reading that tells of the hour, epoch ms: when the mean is known. */
  readonly knownAt: Float64Array;
  /** 1 for each hour outside a quarter to four times the median of the known hours in the week before it. */
  readonly outside: Uint8Array;
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

/** The complete hours of the readings that had ended by `now`. Undefined when no hour is known. */
export const hourlyHistory = (series: IntensitySeries, now: Instant): HourlyHistory | undefined => {
  const record = hourlyRecord(series, now);
  if (record === undefined) return undefined;
  const { start, means } = record;
  const { log, known } = filledHours(record, outsideIsBroken(record.outside.reduce(sum, 0), means.filter(isKnown).length));
  return { start, end: instant(start + means.length * HOUR_MS), log, known, staleHours: means.length - 1 - known.lastIndexOf(1) };
};

/**
 * Hours outside a quarter to four times the median of the known hours in the week before them: what a balancing authority
 * reports when it leaves out its fossil plants.
 */
export const brokenHours = ({ means, outside }: HourlyRecord): ReadonlySet<number> => {
  const hours = [...outside.keys()].filter((hour) => outside[hour] === 1);
  return new Set(outsideIsBroken(hours.length, means.filter(isKnown).length) ? hours : []);
};

export const knownHoursOf = (known: Uint8Array): number => known.reduce(sum, 0);

/** Whether hours outside the band are to be taken for broken, by how many of the known ones are. */
export const outsideIsBroken = (outside: number, known: number): boolean => outside <= MOST_BROKEN_SHARE * known;

/** Gaps, and broken hours if there are any, get the value of 24 hours before; before the first known hour, that one's. */
export const filledHours = (
  { means, outside }: HourlyRecord,
  isBroken: boolean,
): { readonly log: Float64Array; readonly known: Uint8Array } => {
  const known = Uint8Array.from(means, (mean, hour) => (isKnown(mean) && !(isBroken && outside[hour] === 1) ? 1 : 0));
  const first = means[known.indexOf(1)]!;
  const log = new Float64Array(means.length);
  means.forEach((mean, hour) => {
    if (known[hour] === 1) log[hour] = logOf(mean);
    else log[hour] = hour >= DAY_HOURS ? log[hour - DAY_HOURS]! : logOf(first);
  });
  return { log, known };
};

/** Of the readings that had ended by `until`; undefined when no hour is known. Ends with the last hour complete at `until`. */
export const hourlyRecord = (series: IntensitySeries, until: Instant): HourlyRecord | undefined => {
  const readings = series.readings.filter(({ interval }) => interval.end <= until);
  const [first] = readings;
  if (first === undefined) return undefined;
  const start = instant(Math.floor(first.interval.start / HOUR_MS) * HOUR_MS);
  const length = Math.floor((until - start) / HOUR_MS);
  if (length <= 0) return undefined;
  const { intensityMs, knownMs } = stepIntegrals({ ...series, readings }, start, HOUR_MS, length);
  const means = intensityMs.map((sum, hour) => (knownMs[hour] === HOUR_MS ? sum / HOUR_MS : Number.NaN));
  if (!means.some(isKnown)) return undefined;
  const knownAt = new Float64Array(length);
  for (const { interval } of readings) {
    const last = Math.min(length, Math.ceil((interval.end - start) / HOUR_MS));
    for (let hour = Math.floor((interval.start - start) / HOUR_MS); hour < last; hour += 1) knownAt[hour] = interval.end;
  }
  return { start, means, knownAt, outside: outsideBand(means) };
};

const outsideBand = (means: Float64Array): Uint8Array => {
  const week = new RunningMedian(WEEK_HOURS);
  return Uint8Array.from(means, (mean) => {
    const median = week.count >= LEAST_FOR_MEDIAN ? week.median : mean;
    week.push(mean);
    return mean < median / BROKEN_FACTOR || mean > median * BROKEN_FACTOR ? 1 : 0;
  });
};

const isKnown = (mean: number): boolean => !Number.isNaN(mean);
const sum = (a: number, b: number): number => a + b;
const logOf = (mean: number): number => Math.log(Math.max(mean, FLOOR_GCO2EQ_PER_KWH));
