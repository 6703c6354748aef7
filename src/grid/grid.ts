/** The grid as journeys, planner and API see it: which zones there are, what is known of each, and what is expected. */
import { HOUR_MS, type Instant, type Interval } from '../units/time.js';
import type { Forecast, IntensityKind, IntensitySeries } from './reading.js';
import type { SourceState } from './source-state.js';
import type { Zone } from './zone.js';

export interface ServedZone extends Zone {
  /** Names of the sources that serve it, the preferred one first. */
  readonly sources: readonly string[];
  /** What its sources tell, the kind runs are accounted in first. */
  readonly kinds: readonly IntensityKind[];
  /** Who is to be named where its values are shown. */
  readonly attribution: string;
}

/**
 * `best`: the forecast of the zone's own source as far as it reaches, then the built-in one; `source`: only the former;
 * `builtin`: from the zone's history.
 */
export type ForecastMethod = 'best' | 'source' | 'builtin' | 'persistence-24h';

export interface ForecastOptions {
  /** `best` when absent. */
  readonly method?: ForecastMethod;
  /** The kind runs are accounted in when absent. */
  readonly kind?: IntensityKind;
}

export interface Grid {
  /** What a run's record calls it, like `recorded traces`. */
  readonly name: string;
  /** Zones with a source. */
  zones(): readonly ServedZone[];
  /**
   * The best that was known at `now` of the steps that touch the span; complete steps and the step in progress, never a
   * later one. Where no source has told yet, the last forecast stands in, and says so. Gaps stay gaps.
   * @param kind the one runs are accounted in when absent
   * @throws UnknownZone, NotServed
   */
  readings(zone: string, span: Interval, now: Instant, kind?: IntensityKind): Promise<IntensitySeries>;
  /** What is expected from `now` on, from nothing later than `now`. @throws UnknownZone, NotServed */
  forecast(zone: string, span: Interval, now: Instant, options?: ForecastOptions): Promise<Forecast>;
  /** How each source is doing for each zone it is polled for. */
  sources(): Promise<readonly SourceState[]>;
  /** Calls back when something new is known of a zone; returns how to stop. */
  onNews(zone: string, listener: () => void): () => void;
}

/** The zone is served, but not with what was asked for; the message says with what. */
export class NotServed extends Error {
  constructor(
    readonly what: 'kind' | 'method' | 'horizon',
    readonly given: string,
    readonly allowed: string,
  ) {
    super(`${what}: got ${given}, allowed is ${allowed}`);
    this.name = 'NotServed';
  }
}

/** Hours ahead anything is forecast. */
export const MOST_FORECAST_HOURS = 72;

/** @throws NotServed when a span ends further ahead than anything is forecast */
export const expectReach = (span: Interval, now: Instant): void => {
  const hours = (span.end - now) / HOUR_MS;
  if (hours > MOST_FORECAST_HOURS) throw new NotServed('horizon', `${hours.toFixed(1)} h`, `at most ${MOST_FORECAST_HOURS} h from now`);
};

/** Forecasts from what is known at `now`. */
export interface Forecaster {
  readonly method: string;
  forecast(zone: string, span: Interval, now: Instant): Promise<Forecast>;
}

/** The past a forecaster learns from. */
export interface History {
  readings(zone: string, span: Interval, now: Instant): Promise<IntensitySeries>;
}
