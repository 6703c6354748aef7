/** The built-in forecaster behind the forecaster port: from a source's own history, and nothing after `now`. */
import { carbonIntensity } from '../units/quantities.js';
import { HOUR_MS, instant, type Instant } from '../units/time.js';
import type { Forecaster, History } from './grid.js';
import { MOST_LEADS } from './history-features.js';
import { forecastHours, MOST_HISTORY_HOURS, type HourExpected, type HoursForecast } from './history-forecast.js';
import { hourlyHistory, type HourlyHistory } from './hourly-history.js';
import type { Forecast, IntensitySeries, Reading } from './reading.js';

const METHOD = 'history-ridge';

/**
 * Hourly steps, from the hour after the last complete one to at most MOST_LEADS ahead, each with its 80 and 95 % interval;
 * of a finer history they are the hours' means.
 * @param whenLacking forecasts, under its own name and with a note, for a zone with less than four weeks of history, too
 * many gaps in it, or no value of the last day
 */
export const historyForecaster = (past: History, whenLacking: Forecaster): Forecaster => ({
  method: METHOD,
  async forecast(zone, span, now): Promise<Forecast> {
    const window = { start: instant(now - MOST_HISTORY_HOURS * HOUR_MS), end: now };
    const series = await past.readings(zone, window, now);
    const history = hourlyHistory(series, now);
    const made = hoursUntil(span.end, history);
    if (history === undefined || !made.ok) {
      const forecast = await whenLacking.forecast(zone, span, now);
      return made.ok ? forecast : { ...forecast, note: `${METHOD} is not possible yet: ${made.lacking}` };
    }
    const readings = readingsOf(made.hours, history.end, series, now).filter(({ interval }) => interval.end > span.start);
    return { zone, kind: series.kind, factorType: series.factorType, method: METHOD, issuedAt: now, readings };
  },
});

const hoursUntil = (end: Instant, history: HourlyHistory | undefined): HoursForecast => {
  if (history === undefined) return { ok: false, lacking: 'it needs four weeks of history, there is none' };
  const leads = Math.min(MOST_LEADS, Math.ceil((end - history.end) / HOUR_MS));
  return leads < 1 ? { ok: true, hours: [] } : forecastHours(history, leads);
};

const readingsOf = (
  hours: readonly HourExpected[],
  from: Instant,
  { zone, kind, factorType, readings }: IntensitySeries,
  now: Instant,
): readonly Reading[] => {
  const names = [...new Set(readings.slice(-24).map((reading) => reading.source))].join(', ');
  return hours.map(({ median, low80, high80, low95, high95 }, lead) => {
    const start = instant(from + lead * HOUR_MS);
    return {
      zone,
      interval: { start, end: instant(start + HOUR_MS) },
      intensity: carbonIntensity(median),
      kind,
      factorType,
      source: `${METHOD} of ${names}`,
      provenance: 'forecast',
      issuedAt: now,
      intervals: {
        p80: { low: carbonIntensity(low80), high: carbonIntensity(high80) },
        p95: { low: carbonIntensity(low95), high: carbonIntensity(high95) },
      },
    };
  });
};
