/**
 * The built-in forecast's model: what is fitted to which part of a history, and how the parts are put together. Its
 * constants were chosen once for all zones, on the five zone-years of `npm run bench forecast`, where halving or doubling
 * any one of them moves the mean error by less than a fiftieth.
 */
import type { Instant } from '../units/time.js';
import { FIRST_HOUR, HistoryFeatures, MOST_LEADS, MOST_STALE_HOURS, sameHourOfDay } from './history-features.js';

/** Hours of history it needs, and how many of them must be known. */
export const LEAST_HISTORY_HOURS = 28 * 24;
const LEAST_KNOWN_HOURS = 21 * 24;
/** Past issues at about the same hour of the day it needs. */
const LEAST_PAST_ISSUES = 50;

/** Of the daily profile, in days: one regression each, and the forecast is their mean. */
const PROFILE_HALF_LIVES = [2, 8];
/** Days after which a past issue counts half. */
const MEMORY_DAYS = 120;
/** What past issues count at this hour of the day, one and two hours off: exp(−½ hours²). Those further off do not. */
const HOUR_OF_DAY_WEIGHTS = [1, Math.exp(-0.5), Math.exp(-2)];
/** Share of 24-hour persistence in the forecast: rises from the first hour ahead to the end of the third day. */
const PERSISTENCE_SHARES = Array.from({ length: MOST_LEADS + MOST_STALE_HOURS }, (_, lead) => 0.04 + 0.1 * Math.min(1, lead / 72));
/** Of an issue's last day and of what followed it, this much must be known for it to be learnt from. */
const LEAST_KNOWN_SHARE = 0.75;

/** The filled hours of a history. What it says of an issue at the end of an hour depends on no later hour. */
export class HistoryModel {
  readonly parts: readonly HistoryFeatures[];
  /** Known hours before each. */
  private readonly knownBefore: Uint32Array;

  constructor(
    readonly log: Float64Array,
    known: Uint8Array,
    start: Instant,
  ) {
    this.parts = PROFILE_HALF_LIVES.map((days) => new HistoryFeatures(log, start, days));
    this.knownBefore = new Uint32Array(log.length + 1);
    for (let hour = 0; hour < log.length; hour += 1) this.knownBefore[hour + 1] = this.knownBefore[hour]! + known[hour]!;
  }

  hourOfDay(hour: number): number {
    return this.parts[0]!.hourOfDay(hour);
  }

  /** Whether an issue at the end of this hour, and the hours that followed it, are known well enough. */
  canLearnFrom(hour: number, leads: number): boolean {
    const span = 24 + leads;
    return hour >= FIRST_HOUR && this.knownBefore[hour + 1 + leads]! - this.knownBefore[hour - 23]! >= LEAST_KNOWN_SHARE * span;
  }

  /**
   * Logarithms of the hours that follow `hour`.
   * @param deviations of each part, what its regression expects of its targets
   */
  expected(deviations: readonly Float64Array[], hour: number): Float64Array {
    const expected = new Float64Array(deviations[0]!.length);
    this.parts.forEach((part, index) => {
      const own = deviations[index]!;
      for (let lead = 0; lead < own.length; lead += 1) expected[lead]! += (own[lead]! + part.reference(hour, lead)) / this.parts.length;
    });
    for (let lead = 0; lead < expected.length; lead += 1)
      expected[lead]! += PERSISTENCE_SHARES[lead]! * (this.log[sameHourOfDay(hour, lead)]! - expected[lead]!);
    return expected;
  }
}

/** What a past issue counts that is this many hours old. */
export const fadedBy = (hours: number): number => 0.5 ** (hours / (24 * MEMORY_DAYS));

/** What a past issue counts by its hour of the day; 0 when too far off. */
export const hourOfDayWeight = (hour: number, other: number): number => {
  const apart = Math.abs(((hour - other + 36) % 24) - 12);
  return HOUR_OF_DAY_WEIGHTS[apart] ?? 0;
};

/** Why too few past issues, known well enough, are there to learn from; undefined when there are enough. */
export const fewPastIssues = (issues: number): string | undefined =>
  issues < LEAST_PAST_ISSUES
    ? `its history has too many gaps: ${issues} past issues to learn from, it needs ${LEAST_PAST_ISSUES}`
    : undefined;

/** Why no forecast can be made from a history, in words; undefined when one can. */
export const whatLacks = (history: {
  readonly hours: number;
  readonly knownHours: number;
  readonly staleHours: number;
}): string | undefined => {
  const { hours, knownHours, staleHours } = history;
  if (hours < LEAST_HISTORY_HOURS) return `it needs ${LEAST_HISTORY_HOURS / 24} days of history, there are ${(hours / 24).toFixed(1)}`;
  if (knownHours < LEAST_KNOWN_HOURS) return `it needs ${LEAST_KNOWN_HOURS} known hours of history, there are ${knownHours}`;
  if (staleHours > MOST_STALE_HOURS) return `it needs a value of the last ${MOST_STALE_HOURS} h, the newest is ${staleHours} h old`;
  return undefined;
};
