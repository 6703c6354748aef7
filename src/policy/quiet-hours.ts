/** Quiet hours as spans of time: local wall-clock times of a zone, on every day of their weekdays. */
import { instantOfLocal, laterDate, localTimeOf, weekdayOfDate } from '../units/local-time.js';
import { intersection, type Interval } from '../units/time.js';
import { WEEKDAYS, type QuietHours } from './policy.js';

/** The quiet spans that touch a span of time, in order; a night across a change of clocks is as long as it really is. */
export const quietSpans = (hours: QuietHours, timeZone: string, span: Interval): readonly Interval[] => {
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
