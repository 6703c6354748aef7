/** How a source is doing for one zone. */
import type { Instant } from '../units/time.js';
import type { SourceFaultKind, SourceHealth } from './intensity-source.js';
import type { FactorType, IntensityKind } from './reading.js';

export interface SourceFailure {
  /** When it began to fail. */
  readonly since: Instant;
  /** `fault`: not one of the ways a source is known to fail. */
  readonly kind: SourceFaultKind | 'fault';
  readonly message: string;
}

export interface SourceState {
  readonly source: string;
  readonly zone: string;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  readonly attribution: string;
  /** How far ahead it forecasts, hours; 0 when it does not. */
  readonly forecastHours: number;
  /** `local`: a table or a formula of its own, nothing is called. */
  readonly circuit: SourceHealth['circuit'] | 'local';
  readonly clockSkewMs: number | undefined;
  /** Undefined until it has answered. */
  readonly lastSuccessAt: Instant | undefined;
  /** Kept when it answers again. */
  readonly lastFailure: SourceFailure | undefined;
  /** End of the newest step it has told of. */
  readonly newestEnd: Instant | undefined;
}

/** Its last word was a failure. */
export const isFailing = ({ lastFailure, lastSuccessAt }: SourceState): boolean =>
  lastFailure !== undefined && (lastSuccessAt === undefined || lastSuccessAt <= lastFailure.since);
