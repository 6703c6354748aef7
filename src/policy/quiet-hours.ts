/** Quiet hours as spans of time: local wall-clock times of a zone, on every day of their weekdays. */
import { instantOfLocal, laterDate, localTimeOf, weekdayOfDate } from '../units/local-time.js';
import { DAY_MS, instant, intersection, type Interval } from '../units/time.js';
import { WEEKDAYS, type QuietHours } from './policy.js';

/** The quiet spans that touch a span of time, in order; a night across a change of clocks is as long as it really is. */
export const quietSpans = (hours: QuietHours, timeZone: string, span: Interval): readonly Interval[] => {
  const day = Math.floor(span.start / DAY_MS);
  if (span.end > (day + 1) * DAY_MS) return spansWithin(hours, timeZone, span);
  return ofDay(hours, timeZone, day).flatMap((quiet) => intersection(quiet, span) ?? []);
};

/** By UTC day: a ledger asks of many short spans, and local times are slow to find. */
const known = new WeakMap<QuietHours, Map<string, readonly Interval[]>>();

const ofDay = (hours: QuietHours, timeZone: string, day: number): readonly Interval[] => {
  const days = known.get(hours) ?? new Map<string, readonly Interval[]>();
  known.set(hours, days);
  const key = `${timeZone} ${day}`;
  const spans = days.get(key) ?? spansWithin(hours, timeZone, { start: instant(day * DAY_MS), end: instant((day + 1) * DAY_MS) });
  days.set(key, spans);
  return spans;
};

const spansWithin = (hours: QuietHours, timeZone: string, span: Interval): readonly Interval[] => {
  const last = localTimeOf(span.end, timeZone).date;
  const spans: Interval[] = [];
  // From the day before: its night may reach into the span.
  for (let date = laterDate(localTimeOf(span.start, timeZone).date, -1); date <= last; date = laterDate(date, 1)) {
    if (!hours.days.includes(WEEKDAYS[weekdayOfDate(date)]!)) continue;
    const ends = hours.toMinute > hours.fromMinute ? date : laterDate(date, 1);
    const quiet = { start: instantOfLocal(date, hours.fromMinute, timeZone), end: instantOfLocal(ends, hours.toMinute, timeZone) };
    const common = intersection(quiet, span);
    if (common !== undefined) spans.push(common);
  }
  return spans;
};
