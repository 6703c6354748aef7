/**
 * Which day a replay shows. The rule leaves nothing to choose: of all days of the trace, the one of median possible
 * saving for a job submitted at 17:00 local time with 24 hours to finish.
 */
import type { IntensitySeries } from '../grid/reading.js';
import { instantOfLocal, localTimeOf } from '../units/local-time.js';
import { DAY_MS, HOUR_MS, instant, isDate, type Instant } from '../units/time.js';
import { cleanestWindow, windowAt } from './contiguous-window.js';
import { intensityHours, stepsOf, type IntensitySteps } from './intensity-steps.js';

const SUBMISSION_HOUR = 17;

export interface ReplayDay {
  /** Local date, like `2022-05-14`. */
  readonly day: string;
  readonly submission: Instant;
  /** 1 − least / at once, under what was recorded: what a perfect forecast could have saved, 0 to 1. */
  readonly possibleSaving: number;
}

export interface DayChoice {
  readonly chosen: ReplayDay;
  /** Days the rule looked at, and days left out because their 24 hours have a gap or leave the trace. */
  readonly eligible: number;
  readonly excluded: number;
  readonly jobHours: number;
}

/** The days a replay can be given, in words: the first, the last, and how many between them have gaps. */
export const availableDays = (trace: IntensitySeries, timeZone: string, jobHours: number): string => {
  const steps = stepsOf(trace);
  const days = localDays(trace, timeZone).filter((day) => savingIn(steps, day, timeZone, jobHours) !== undefined);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return 'no day of the trace has';
  const between = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
  return `allowed are ${first} to ${last}${between > days.length ? `, but for ${between - days.length} days with gaps` : ''}`;
};

/** The lower median when the number of days is even; of equal savings the earliest day. */
export const medianSavingDay = (trace: IntensitySeries, timeZone: string, jobHours: number): DayChoice => {
  const days = localDays(trace, timeZone);
  const steps = stepsOf(trace);
  const rated = days.flatMap((day) => savingIn(steps, day, timeZone, jobHours) ?? []);
  const ranked = [...rated].sort((a, b) => a.possibleSaving - b.possibleSaving || a.submission - b.submission);
  const chosen = ranked[Math.ceil(ranked.length / 2) - 1];
  if (chosen === undefined)
    throw new RangeError(`no day of the trace of ${trace.zone} has 24 hours without a gap after ${SUBMISSION_HOUR}:00`);
  return { chosen, eligible: rated.length, excluded: days.length - rated.length, jobHours };
};

/** A given day under the same rule; undefined when its 24 hours have a gap or leave the trace. */
export const savingOn = (trace: IntensitySeries, day: string, timeZone: string, jobHours: number): ReplayDay | undefined =>
  savingIn(stepsOf(trace), day, timeZone, jobHours);

const savingIn = (steps: IntensitySteps, day: string, timeZone: string, jobHours: number): ReplayDay | undefined => {
  const submission = submissionOn(day, timeZone);
  const room = { start: submission, end: instant(submission + DAY_MS) };
  if (intensityHours(steps, room) === undefined) return undefined;
  const lengthMs = jobHours * HOUR_MS;
  const atOnce = windowAt(steps, submission, lengthMs);
  const best = cleanestWindow(steps, room, lengthMs);
  if (atOnce === undefined || best === undefined || atOnce.intensityHours === 0) return undefined;
  return { day, submission, possibleSaving: 1 - best.intensityHours / atOnce.intensityHours };
};

/** 17:00 local time of a date. @throws RangeError on anything but an existing date like 2022-07-14 */
export const submissionOn = (day: string, timeZone: string): Instant => {
  if (!isDate(day)) throw new RangeError(`not a date like 2022-07-14: ${day}`);
  return instantOfLocal(day, SUBMISSION_HOUR * 60, timeZone);
};

const localDays = (trace: IntensitySeries, timeZone: string): readonly string[] => [
  ...new Set(trace.readings.map(({ interval }) => localTimeOf(interval.start, timeZone).date)),
];
