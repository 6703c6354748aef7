/** Says when a run's energy is booked on a forecast because no source tells the intensity, and when sources tell again. */
import type { Grid } from '../grid/grid.js';
import type { IntensitySeries } from '../grid/reading.js';
import { DAY_MS, instant, iso, type Instant } from '../units/time.js';

/** How far back the last told reading is looked for. */
const LOOK_BACK_MS = 7 * DAY_MS;

/**
 * A watch over one run's zone: given each series it books on, returns a warning when that turns from told to forecast or
 * back, else undefined.
 */
export const silenceWatch = (grid: Grid, zone: string): ((series: IntensitySeries, now: Instant) => Promise<string | undefined>) => {
  let onForecast = false;
  return async ({ readings }, now) => {
    const forecast = readings.find(({ provenance }) => provenance === 'forecast');
    if ((forecast !== undefined) === onForecast || readings.length === 0) return undefined;
    onForecast = forecast !== undefined;
    if (forecast === undefined) return `the sources of ${zone} tell its intensity again`;
    const past = await grid.readings(zone, { start: instant(now - LOOK_BACK_MS), end: now }, now);
    const told = past.readings.filter(({ provenance }) => provenance !== 'forecast').at(-1);
    const since = told === undefined ? `within the last ${LOOK_BACK_MS / DAY_MS} days` : `since ${iso(told.interval.end)}`;
    return `no source has told the intensity of ${zone} ${since}: energy is booked on the forecast by ${forecast.source}, issued ${iso(forecast.issuedAt)}`;
  };
};
