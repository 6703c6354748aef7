/** The port every source of carbon intensity implements, and what it throws. */
import type { Instant, Interval } from '../units/time.js';
import type { FactorType, Forecast, IntensityKind, IntensitySeries } from './reading.js';

export interface Zone {
  /** Electricity Maps' key, like `US-CAL-CISO`. */
  readonly key: string;
  readonly name: string;
  /** IANA name of its local time, like `America/Los_Angeles`. */
  readonly timeZone: string;
}

export interface IntensitySource {
  readonly name: string;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  /** Who is to be named where these values are shown, and under which licence they came. */
  readonly attribution: string;
  zones(): readonly Zone[];
  /**
   * What is known at `now` of the steps that touch the span: complete steps, and the step in progress. Never a later one.
   * Gaps stay gaps.
   * @throws UnknownZone
   */
  readings(zone: string, span: Interval, now: Instant): Promise<IntensitySeries>;
}

/** Forecasts from what is known at `now`. */
export interface Forecaster {
  readonly method: string;
  forecast(zone: string, span: Interval, now: Instant): Promise<Forecast>;
}

/** A zone no configured source serves; the message names the zones there are. */
export class UnknownZone extends Error {
  constructor(
    readonly zone: string,
    readonly known: readonly string[],
  ) {
    super(`unknown grid zone ${JSON.stringify(zone)}; known zones: ${known.join(', ')}`);
    this.name = 'UnknownZone';
  }
}
