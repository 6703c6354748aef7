/** Instants, half-open intervals and durations. An instant is UTC epoch milliseconds; text appears only at the edge. */

declare const instantBrand: unique symbol;
export type Instant = number & { readonly [instantBrand]: 'epoch ms' };

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const instant = (epochMs: number): Instant => {
  if (!Number.isFinite(epochMs)) throw new RangeError(`an instant must be finite epoch milliseconds, got ${epochMs}`);
  return epochMs as Instant;
};

/** Half-open: `start` belongs to it, `end` does not. */
export interface Interval {
  readonly start: Instant;
  readonly end: Instant;
}

/** The common part of two intervals; undefined when they share no time. */
export const intersection = (a: Interval, b: Interval): Interval | undefined => {
  const start = Math.max(a.start, b.start) as Instant;
  const end = Math.min(a.end, b.end) as Instant;
  return start < end ? { start, end } : undefined;
};

export const later = (from: Instant, byMs: number): Instant => instant(from + byMs);
export const iso = (at: Instant): string => new Date(at).toISOString();

/** Reads an ISO-8601 instant that names its offset; throws a RangeError on anything else. */
export const parseInstant = (text: string): Instant => {
  const ms = /(Z|[+-]\d\d:?\d\d)$/i.test(text) && isOnCalendar(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new RangeError(`not an ISO-8601 instant with an offset (like 2022-06-01T17:00:00Z): ${text}`);
  return instant(ms);
};

const isOnCalendar = (text: string): boolean => {
  const day = /^\d{4}-\d\d-\d\d/.exec(text)?.[0];
  return day === undefined || isDate(day);
};

/** Whether it is a date of the calendar, like 2022-07-14: Date.parse takes the 30th of February for the 2nd of March. */
export const isDate = (text: string): boolean => {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
};

const NAIVE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/;

/** As `parseInstant`, but a time without an offset (like 2022-06-01T17:00 or 2022-06-01 17:00:00) is in UTC. */
export const parseInstantOrUtc = (text: string): Instant => {
  const naive = NAIVE.exec(text);
  return parseInstant(naive === null ? text : `${naive[1]!}T${naive[2]!}Z`);
};

const DURATION = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of an ISO-8601 duration in days and smaller (P1D, PT24H, PT1H30M); throws a RangeError on anything else. */
export const parseDurationMs = (text: string): number => {
  const match = DURATION.exec(text) as readonly (string | undefined)[] | null;
  const [days, hours, minutes, seconds] = match?.slice(1).map((part) => (part === undefined ? 0 : Number(part))) ?? [];
  if (match === null || text.endsWith('P') || text.endsWith('T')) {
    throw new RangeError(`not an ISO-8601 duration in days or smaller (like PT24H): ${text}`);
  }
  return Math.round(days! * DAY_MS + hours! * HOUR_MS + minutes! * MINUTE_MS + seconds! * SECOND_MS);
};
