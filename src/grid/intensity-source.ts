/** The port every source of carbon intensity implements, one file a source in `sources/`, and how a source fails. */
import type { Interval } from '../units/time.js';
import type { FactorType, Forecast, IntensityKind, IntensitySeries } from './reading.js';

export interface SourceQuery {
  /** Key of the zone, like `US-CAL-CISO`. */
  readonly zone: string;
  readonly span: Interval;
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface IntensitySource {
  /** Like `electricity-maps`; what settings and readings call it. */
  readonly name: string;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  /** Who is to be named where these values are shown, and under which licence they came. */
  readonly attribution: string;
  /** How far ahead it forecasts, in hours; 0 when it does not, and the built-in forecaster stands in. */
  readonly forecastHours: number;
  /**
   * Real milliseconds between two polls of a zone: not shorter than the step of its values and what its rate allows; 0 for a
   * local source, a table or a formula that is asked whenever it is needed.
   */
  readonly pollMs: number;
  /** How its connection is doing; undefined for local sources. */
  readonly health?: SourceHealth;
  /** What it calls a zone; undefined when it does not serve it. */
  locationOf(zone: string): string | undefined;
  /**
   * Its values for the steps that touch the span and have begun; a step it has no value for is a gap. Each reading says
   * when the source said so (`issuedAt`) and whether it is measured or the source's own estimate.
   * @throws SourceFault, UnknownZone
   */
  readings(query: SourceQuery): Promise<IntensitySeries>;
  /** Its own forecast of the steps that touch the span. @throws SourceFault (`not-offered` when it makes none), UnknownZone */
  forecast(query: SourceQuery): Promise<Forecast>;
}

/** What a source's connection knows of itself. */
export interface SourceHealth {
  /** `open`: it failed so often that it is left alone for a while; `half-open`: the next call decides. */
  readonly circuit: 'closed' | 'half-open' | 'open';
  /** The source's clock (its Date header) minus ours, in ms; undefined while none was seen. */
  readonly clockSkewMs: number | undefined;
}

export type SourceFaultKind =
  /** No key, or a key the source does not accept (401). */
  | 'unauthorized'
  /** The key does not cover what was asked (403). */
  | 'forbidden'
  /** Too many calls (429); `retryAfterMs` says how long to wait when the source did. */
  | 'rate-limited'
  /** Any other 4xx: the request is wrong. */
  | 'refused'
  /** 5xx, no connection, or the circuit is open. */
  | 'unavailable'
  | 'timed-out'
  /** Not JSON, cut short, or not of the documented shape. */
  | 'malformed'
  /** An answer about another zone, unit or signal than was asked for. */
  | 'mismatched'
  /** The source does not provide this. */
  | 'not-offered';

/** A source that failed. The message names source, address without its query, and reason; never a key. */
export class SourceFault extends Error {
  constructor(
    readonly source: string,
    readonly kind: SourceFaultKind,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(`${source}: ${message}`, { cause: options.cause });
    this.name = 'SourceFault';
    this.retryAfterMs = options.retryAfterMs;
  }
  readonly retryAfterMs: number | undefined;
}
