/** Local wall-clock time of an IANA time zone, and back to instants, changes of clocks included. */
import { DAY_MS, instant, MINUTE_MS, type Instant } from './time.js';

export interface LocalTime {
  /** Like `2022-07-14`. */
  readonly date: string;
  /** 0 Monday to 6 Sunday. */
  readonly weekday: number;
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number;
}

export const isTimeZone = (name: string): boolean => {
  try {
    formatterOf(name);
    return true;
  } catch (failure) {
    if (failure instanceof RangeError) return false;
    throw failure;
  }
};

/** @throws RangeError on an unknown time zone */
export const localTimeOf = (at: Instant, timeZone: string): LocalTime => {
  const local = at + offsetAt(at, timeZone);
  return { date: dateOf(local), weekday: weekdayOf(local), minute: Math.floor((local - Math.floor(local / DAY_MS) * DAY_MS) / MINUTE_MS) };
};

/**
 * The instant of a local date and minute. A time the clocks pass twice means the first pass, one they skip the instant
 * that many minutes after the skip began.
 * @param date like `2022-07-14`
 * @param minute since local midnight; 1440 is the next midnight
 */
export const instantOfLocal = (date: string, minute: number, timeZone: string): Instant => {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE_MS;
  const [before, after] = [offsetAt(instant(wanted - DAY_MS), timeZone), offsetAt(instant(wanted + DAY_MS), timeZone)];
  const early = instant(wanted - before);
  if (before === after || offsetAt(early, timeZone) === before) return early;
  const late = instant(wanted - after);
  return offsetAt(late, timeZone) === after ? late : early;
};

/** The date so many days later. */
export const laterDate = (date: string, days: number): string => dateOf(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS);

export const weekdayOfDate = (date: string): number => weekdayOf(Date.parse(`${date}T00:00:00Z`));

const dateOf = (local: number): string => new Date(local).toISOString().slice(0, 10);

/** Day 0 of the epoch was a Thursday. */
const weekdayOf = (local: number): number => (((Math.floor(local / DAY_MS) + 3) % 7) + 7) % 7;

const formatters = new Map<string, Intl.DateTimeFormat>();

const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formatters.set(timeZone, format);
  return format;
};

/** Quarter-hours share an offset: every change of clocks known falls on one. */
const OFFSET_STEP_MS = 15 * MINUTE_MS;
/** Offsets kept per time zone; a year has 35,040 quarter-hours. */
const OFFSETS_KEPT = 100_000;
const offsets = new Map<string, Map<number, number>>();

/** Local time − UTC in ms. */
const offsetAt = (at: Instant, timeZone: string): number => {
  const step = Math.floor(at / OFFSET_STEP_MS);
  let kept = offsets.get(timeZone);
  if (kept === undefined || kept.size > OFFSETS_KEPT) {
    kept = new Map();
    offsets.set(timeZone, kept);
  }
  const known = kept.get(step);
  if (known !== undefined) return known;
  const start = instant(step * OFFSET_STEP_MS);
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(start)
      .map(({ type, value }) => [type, value]),
  );
  const offset =
    Date.parse(`${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}:${parts['second']}Z`) - start;
  kept.set(step, offset);
  return offset;
};
