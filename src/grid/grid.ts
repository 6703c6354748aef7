/** The grid as journeys, planner and API see it: which zones there are, what is known of each, and what is expected. */
import type { Instant, Interval } from '../units/time.js';
import type { Forecast, IntensitySeries } from './reading.js';
import type { Zone } from './zone.js';

export interface ServedZone extends Zone {
  /** Names of the sources that serve it, the first one preferred. */
  readonly sources: readonly string[];
  /** Who is to be named where its values are shown. */
  readonly attribution: string;
}

/** `best`: the forecast of the zone's own source if it makes one, else the built-in one. */
export type ForecastMethod = 'best' | 'builtin' | 'persistence-24h';

export interface Grid {
  /** What a run's record calls it, like `recorded traces`. */
  readonly name: string;
  /** Zones with a source. */
  zones(): readonly ServedZone[];
  /**
   * The best that was known at `now` of the steps that touch the span; complete steps and the step in progress, never a
   * later one. Gaps stay gaps.
   * @throws UnknownZone
   */
  readings(zone: string, span: Interval, now: Instant): Promise<IntensitySeries>;
  /** What is expected from `now` on, from nothing later than `now`. @throws UnknownZone */
  forecast(zone: string, span: Interval, now: Instant, method?: ForecastMethod): Promise<Forecast>;
}

/** Forecasts from what is known at `now`. */
export interface Forecaster {
  readonly method: string;
  forecast(zone: string, span: Interval, now: Instant): Promise<Forecast>;
}

/** The past a forecaster learns from. */
export type History = Pick<Grid, 'readings'>;
