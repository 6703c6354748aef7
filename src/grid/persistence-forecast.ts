/** The simplest honest forecast: tomorrow is like today. */
import { DAY_MS, intersection, interval, later, lengthMs, type Instant } from '../units/time.js';
import type { Reading } from './reading.js';
import type { Forecaster, IntensitySource } from './source.js';

const METHOD = 'persistence-24h';

const repeated = (reading: Reading, days: number, now: Instant): Reading => ({
  ...reading,
  interval: interval(later(reading.interval.start, days * DAY_MS), later(reading.interval.end, days * DAY_MS)),
  source: `${METHOD} of ${reading.source}`,
  provenance: 'forecast',
  issuedAt: now,
});

const requireStepsOfADay = (readings: readonly Reading[]): void => {
  const odd = readings.find((reading) => DAY_MS % lengthMs(reading.interval) !== 0);
  if (odd === undefined) return;
  throw new RangeError(`${METHOD} needs steps that divide a day, but ${odd.source} has one of ${lengthMs(odd.interval) / 1000} s`);
};

/**
 * A step is forecast as the value of the same step 24 h before, or, where that had not ended by `now`, of the nearest
 * whole number of days before that had. Only that one step is looked at: unknown there is unknown here. The source is asked
 * with `now` only, and its step in progress is not used.
 *
 * The forecast's steps are whole, so the first and the last may reach beyond the span.
 * `forecast` throws UnknownZone as the source does, and a RangeError where the source's steps do not divide a day.
 */
export const persistenceForecaster = (source: IntensitySource): Forecaster => ({
  method: METHOD,
  forecast: async (zone, span, now) => {
    const from = later(Math.min(span.start, now) as Instant, -DAY_MS);
    const asked = await source.readings(zone, interval(from, now), now);
    const ended = asked.readings.filter((reading) => reading.interval.end <= now);
    requireStepsOfADay(ended);
    const lastDay = ended.filter((reading) => reading.interval.end > now - DAY_MS);
    // Steps of the last 24 h stand for all days to come; an older step only for the step one day after it.
    const readings: Reading[] = [];
    for (let days = 1; now + (days - 1) * DAY_MS < Math.max(span.end, now + 1); days += 1) {
      for (const reading of days === 1 ? ended : lastDay) {
        const target = repeated(reading, days, now);
        if (intersection(target.interval, span) !== undefined) readings.push(target);
      }
    }
    return { zone, kind: asked.kind, factorType: asked.factorType, readings, method: METHOD, issuedAt: now };
  },
});
