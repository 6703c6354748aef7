/** A zone's local calendar: days and hours as its people read them, daylight saving included. */
import { DAY_MS, HOUR_MS, instant, type Instant } from '../units/time.js';

export interface LocalTime {
  /** The local calendar day an instant falls on, like `2022-07-14`. */
  dayOf(at: Instant): string;
  /**
   * The instant at which a local day's clock shows the full hour; of two (clocks set back), the earlier.
   * @throws RangeError where the day is not in the calendar, or its clock skips the hour
   */
  at(day: string, hour: number): Instant;
}

/** Midnight of a calendar day as if the place kept UTC; undefined where the calendar has no such day (2022-02-30). */
const utcMidnight = (day: string): number | undefined => {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day) ? ms : undefined;
};

/** The calendar day so many days later, in text. */
export const dayAfter = (day: string, days = 1): string => {
  const midnight = utcMidnight(day);
  if (midnight === undefined) throw new RangeError(`not a calendar day (like 2022-07-14): ${JSON.stringify(day)}`);
  return new Date(midnight + days * DAY_MS).toISOString().slice(0, 10);
};

/**
 * @param timeZone IANA name, like `America/Los_Angeles`
 * @throws RangeError where the runtime knows no such time zone
 */
export const localTimeIn = (timeZone: string): LocalTime => {
  const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', ...numeric });
  /** What the local clock shows, written as if it were UTC. */
  const shownAt = (ms: number): number => {
    const shown = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(shown['year']!, shown['month']! - 1, shown['day'], shown['hour'], shown['minute'], shown['second']);
  };
  return {
    dayOf: (at) => new Date(shownAt(at)).toISOString().slice(0, 10),
    at: (day, hour) => {
      const midnight = utcMidnight(day);
      if (midnight === undefined) throw new RangeError(`not a calendar day (like 2022-07-14): ${JSON.stringify(day)}`);
      const wanted = midnight + hour * HOUR_MS;
      // No place is a full day from UTC, so the offsets a day before and after are the only ones that can hold at the instant.
      const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((ms) => shownAt(ms) - ms);
      const possible = offsets.map((offset) => wanted - offset).filter((ms) => shownAt(ms) === wanted);
      if (possible.length === 0) throw new RangeError(`the clocks of ${timeZone} skip ${hour}:00 on ${day}`);
      return instant(Math.min(...possible));
    },
  };
};
