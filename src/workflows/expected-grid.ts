/** What journeys ask the grid for: the reading in force, and a forecast issued once per zone and grid hour. */
import type { ForecastMethod } from '../experiment/schedule.js';
import { MOST_FORECAST_HOURS } from '../grid/grid.js';
import { readingAt, type Forecast, type Reading } from '../grid/reading.js';
import { HOUR_MS, later, type Instant } from '../units/time.js';
import type { Ports } from './ports.js';

/** As far as forecasts are asked for. */
const HORIZON_MS = MOST_FORECAST_HOURS * HOUR_MS;
/** Forecasts kept: a few zones and methods of the last hours. */
const KEPT = 64;

interface Issued {
  readonly at: Instant;
  readonly forecast: Promise<Forecast>;
}

const issued = new WeakMap<Ports['grid'], Map<string, Issued>>();

/** The latest forecast of a zone for the next 72 hours: a new one is issued with each complete hour of the grid. */
export const latestForecast = (
  ports: Pick<Ports, 'grid'>,
  zone: string,
  now: Instant,
  method: ForecastMethod = 'best',
): Promise<Forecast> => {
  const kept = issued.get(ports.grid) ?? new Map<string, Issued>();
  issued.set(ports.grid, kept);
  const key = `${zone} ${method} ${issueOf(now)}`;
  const known = kept.get(key);
  // A replay that was set back has no use for what was issued later.
  if (known !== undefined && known.at <= now) return known.forecast;
  const forecast = ports.grid.forecast(zone, { start: now, end: later(now, HORIZON_MS) }, now, { method });
  kept.set(key, { at: now, forecast });
  // Whoever asked hears of a failure, and the next one asks again: also when it was not yet what was asked for.
  forecast.then(
    ({ note, readings }) => (note !== undefined || readings.length === 0) && kept.delete(key),
    () => kept.delete(key),
  );
  for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT))) kept.delete(old);
  return forecast;
};

/** Number of the forecast that is the latest at an instant: rises by one with each hour. */
export const issueOf = (at: Instant): number => Math.floor(at / HOUR_MS);

/** The reading in force; undefined in a gap. */
export const currentReading = async ({ grid }: Pick<Ports, 'grid'>, zone: string, now: Instant): Promise<Reading | undefined> =>
  readingAt(await grid.readings(zone, { start: now, end: later(now, 1) }, now), now);

/** @throws RangeError on a zone the grid does not serve */
export const timeZoneOf = ({ grid }: Pick<Ports, 'grid'>, zone: string): string => {
  const served = grid.zones().find(({ key }) => key === zone);
  if (served === undefined) throw new RangeError(`the grid does not serve zone ${zone}`);
  return served.timeZone;
};
