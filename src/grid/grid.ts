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

export interface Grid {
  /** Zones with a source. */
  zones(): readonly ServedZone[];
  /**
   * The best that was known at `now` of the steps that touch the span: measured before estimated before forecast, and of
   * one provenance the latest; complete steps and the step in progress. Never a later one. Gaps stay gaps.
   * @throws UnknownZone
   */
  readings(zone: string, span: Interval, now: Instant): Promise<IntensitySeries>;
  /** What is expected from `now` on, from nothing later than `now`. @throws UnknownZone */
  forecast(zone: string, span: Interval, now: Instant): Promise<Forecast>;
}

/** Forecasts from what is known at `now`. */
export interface Forecaster {
  readonly method: string;
  forecast(zone: string, span: Interval, now: Instant): Promise<Forecast>;
}
