/** The plainest forecast: each hour as it was the last time that hour of the day was complete. */
import { DAY_MS, instant, type Instant, type Interval } from '../units/time.js';
import type { Forecast, Reading } from './reading.js';
import type { Forecaster, History } from './grid.js';

const METHOD = 'persistence-24h';

/**
 * 24-hour persistence: the value of a step is that of the step 24 h before it, or 48 h, 72 h, … where that one was not
 * over by `now`. Only steps that ended at or before `now` are used; a gap there is a gap in the forecast.
 */
export const persistenceForecaster = (past: History): Forecaster => ({
  method: METHOD,
  async forecast(zone, span, now): Promise<Forecast> {
    const reachMs = Math.max(0, span.end - now) + 2 * DAY_MS;
    const history = await past.readings(zone, { start: instant(now - reachMs), end: now }, now);
    const complete = history.readings.filter(({ interval }) => interval.end <= now);
    const readings = complete.flatMap((reading) => repeated(reading, span, now)).sort((a, b) => a.interval.start - b.interval.start);
    return { zone, kind: history.kind, factorType: history.factorType, method: METHOD, issuedAt: now, readings };
  },
});

/** Where a complete step stands for later ones: those for which no later same hour was over by now. */
const repeated = (reading: Reading, span: Interval, now: Instant): readonly Reading[] => {
  const copies: Reading[] = [];
  const { start, end } = reading.interval;
  if (end + DAY_MS <= now) return copies; // The same hour a day later is known already.
  for (let shift = DAY_MS; start + shift < span.end; shift += DAY_MS) {
    const interval = { start: instant(start + shift), end: instant(end + shift) };
    if (interval.end <= span.start) continue;
    copies.push({ ...reading, interval, source: `${METHOD} of ${reading.source}`, provenance: 'forecast', issuedAt: now });
  }
  return copies;
};
