/** The port behind which readings, forecasts and the sources' states are kept; the adapter is in `store`. */
import type { Instant, Interval } from '../units/time.js';
import type { FactorType, Forecast, IntensityKind, Reading } from './reading.js';
import type { KnownReading } from './settled-series.js';
import type { SourceState } from './source-state.js';

/** Which of a zone's values: average and marginal, lifecycle and direct never meet. */
export interface Strand {
  readonly zone: string;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
}

export interface ReadingStore {
  /**
   * Keeps what is new: a reading that says the same as the last one of its source about its step is not kept again.
   * Nothing is ever changed or removed. Returns how many were new.
   */
  keep(readings: readonly Reading[], knownAt: Instant): Promise<number>;
  /** Every version known at `asOf` of the steps that touch the span. */
  versions(strand: Strand, span: Interval, asOf: Instant): Promise<readonly KnownReading[]>;
  /** Start of the oldest step kept; undefined when there is none. */
  oldest(strand: Strand, source: string): Promise<Instant | undefined>;
  keepForecast(forecast: Forecast, knownAt: Instant): Promise<void>;
  /** The last issues known at `asOf` that touch the span, the newest first. */
  forecasts(strand: Strand, span: Interval, asOf: Instant, most: number): Promise<readonly Forecast[]>;
  keepState(state: SourceState): Promise<void>;
  states(): Promise<readonly SourceState[]>;
  /** Calls back when a zone's readings or forecasts have changed, by whichever process; returns how to stop. */
  onNews(zone: string, listener: () => void): () => void;
  /** Whether this process is the one that polls a zone, or may be from now on. */
  mayPoll(zone: string): Promise<boolean>;
}
