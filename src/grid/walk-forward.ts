/** Forecasts as they would have been issued hour after hour over a zone's past: what a backtest plans with. */
import { HOUR_MS, instant, type Instant } from '../units/time.js';
import { forecastHours, LEAST_HISTORY_HOURS, MOST_LEADS } from './history-forecast.js';
import { hourlyHistory, hourlyMeans, type HourlyHistory } from './hourly-history.js';
import type { IntensitySeries } from './reading.js';

/** `perfect` is what came, the bound of what any forecast could give. */
export const FORECAST_METHODS = ['builtin', 'persistence-24h', 'persistence-7d', 'perfect'] as const;
export type ForecastMethod = (typeof FORECAST_METHODS)[number];

export interface WalkForwardOptions {
  readonly method: ForecastMethod;
  /** The first issue is at the first whole UTC hour not before `from`, the last one before `to`. */
  readonly from: Instant;
  readonly to: Instant;
  /** Whole hours from one issue to the next. */
  readonly everyHours: number;
  /** Hours forecast at each issue, from 1 to MOST_LEADS. */
  readonly leads: number;
}

export interface IssuedForecast {
  readonly issuedAt: Instant;
  /** What it was made by: another method than the one asked for while there is too little history for that one. */
  readonly method: ForecastMethod;
  /**
   * Expected mean of each coming hour, gCO2eq/kWh: hour k is [issuedAt + k h, issuedAt + (k + 1) h). NaN where unknown: for
   * `perfect` in a gap, for the others while no day of history is known.
   */
  readonly hours: Float64Array;
}

/**
 * One median forecast per issue, in time order. The trace may have any constant step (5, 15, 30, 60 min) and gaps; the
 * forecasts are of hourly means all the same. What is known at an issue are the steps that ended at or before it and no
 * other; `perfect` alone knows the rest. Until four weeks of history are known, or when the newest value is more than a day
 * old, `builtin` is 24-hour persistence; until a week is known, so is `persistence-7d`.
 * @throws RangeError when `everyHours` is not a whole number of at least 1, or `leads` is not one from 1 to MOST_LEADS
 */
export function* walkForward(series: IntensitySeries, options: WalkForwardOptions): Generator<IssuedForecast, void, undefined> {
  const { method, from, to, everyHours, leads } = options;
  if (!Number.isInteger(everyHours) || everyHours < 1)
    throw new RangeError(`everyHours must be a whole number of hours of at least 1, got ${everyHours}`);
  if (!Number.isInteger(leads) || leads < 1 || leads > MOST_LEADS)
    throw new RangeError(`leads must be a whole number from 1 to ${MOST_LEADS}, got ${leads}`);
  const whole = hourlyMeans(series, series.readings.at(-1)?.interval.end ?? from);
  for (let at = Math.ceil(from / HOUR_MS) * HOUR_MS; at < to; at += everyHours * HOUR_MS) {
    const issuedAt = instant(at);
    if (method === 'perfect') {
      const hours = Float64Array.from({ length: leads }, (_, lead) => whole?.means[(at - whole.start) / HOUR_MS + lead] ?? Number.NaN);
      yield { issuedAt, method, hours };
      continue;
    }
    const known = { ...series, readings: series.readings.filter(({ interval }) => interval.end <= at) };
    yield { issuedAt, ...forecastFrom(hourlyHistory(known, issuedAt), method, leads) };
  }
}

const WEEK_HOURS = 168;
const DAY_HOURS = 24;
const MOST_STALE_HOURS = 24;

const forecastFrom = (
  history: HourlyHistory | undefined,
  wanted: Exclude<ForecastMethod, 'perfect'>,
  leads: number,
): { readonly method: ForecastMethod; readonly hours: Float64Array } => {
  const known = history?.log.length ?? 0;
  if (wanted === 'builtin' && history !== undefined && known >= LEAST_HISTORY_HOURS && history.staleHours <= MOST_STALE_HOURS)
    return { method: wanted, hours: Float64Array.from(forecastHours(history, leads), ({ median }) => median) };
  const period = wanted === 'persistence-7d' && known >= WEEK_HOURS ? WEEK_HOURS : DAY_HOURS;
  const method = period === WEEK_HOURS ? 'persistence-7d' : 'persistence-24h';
  const hours = Float64Array.from({ length: leads }, (_, lead) =>
    history === undefined || known < period ? Number.NaN : Math.exp(history.log[known - period + (lead % period)]!),
  );
  return { method, hours };
};
