/** The built-in forecaster behind the forecaster port: from a source's own history, and nothing after `now`. */
import { carbonIntensity } from '../units/quantities.js';
import { HOUR_MS, instant } from '../units/time.js';
import { forecastHours, LEAST_HISTORY_HOURS, MOST_HISTORY_HOURS, MOST_LEADS } from './history-forecast.js';
import { hourlyHistory, type HourlyHistory } from './hourly-history.js';
import type { Forecast, Reading } from './reading.js';
import type { Forecaster, History } from './grid.js';

const METHOD = 'history-ridge';
/** Hours without a value after which the last deviation tells nothing of now. */
const MOST_STALE_HOURS = 24;

/**
 * Hourly steps, from the hour after the last complete one to at most 72 hours ahead, each with its 80 and 95 % interval.
 * @param whenShort forecasts, under its own name and with a note, for a zone with less than four weeks of history or none
 * of the last day
 */
export const historyForecaster = (past: History, whenShort: Forecaster): Forecaster => ({
  method: METHOD,
  async forecast(zone, span, now): Promise<Forecast> {
    const window = { start: instant(now - MOST_HISTORY_HOURS * HOUR_MS), end: now };
    const series = await past.readings(zone, window, now);
    const complete = { ...series, readings: series.readings.filter(({ interval }) => interval.end <= now) };
    const history = hourlyHistory(complete, now);
    const lacking = whatLacks(history);
    if (lacking !== undefined || history === undefined) {
      const forecast = await whenShort.forecast(zone, span, now);
      return { ...forecast, note: `${METHOD} is not possible yet: ${lacking}` };
    }
    const leads = Math.min(MOST_LEADS, Math.ceil((span.end - history.end) / HOUR_MS));
    const { kind, factorType } = series;
    const names = [...new Set(complete.readings.slice(-24).map((reading) => reading.source))].join(', ');
    const hours = leads < 1 ? [] : forecastHours(history, leads);
    const readings = hours.flatMap((hour, lead): readonly Reading[] => {
      const start = instant(history.end + lead * HOUR_MS);
      const interval = { start, end: instant(start + HOUR_MS) };
      if (interval.end <= span.start) return [];
      return [
        {
          zone,
          interval,
          intensity: carbonIntensity(hour.median),
          kind,
          factorType,
          source: `${METHOD} of ${names}`,
          provenance: 'forecast',
          issuedAt: now,
          intervals: {
            p80: { low: carbonIntensity(hour.low80), high: carbonIntensity(hour.high80) },
            p95: { low: carbonIntensity(hour.low95), high: carbonIntensity(hour.high95) },
          },
        },
      ];
    });
    return { zone, kind, factorType, method: METHOD, issuedAt: now, readings };
  },
});

const whatLacks = (history: HourlyHistory | undefined): string | undefined => {
  if (history === undefined) return 'it needs four weeks of history, there is none';
  const { log, staleHours } = history;
  if (log.length < LEAST_HISTORY_HOURS)
    return `it needs ${LEAST_HISTORY_HOURS / 24} days of history, there are ${(log.length / 24).toFixed(1)}`;
  if (staleHours > MOST_STALE_HOURS) return `it needs a value of the last ${MOST_STALE_HOURS} h, the newest is ${staleHours} h old`;
  return undefined;
};
