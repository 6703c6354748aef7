/** What a meter says: energy of one span of real time, by component and by the method it is known. */
import type { Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';

export type EnergyComponent = 'cpu' | 'gpu' | 'ram';

/** `rapl`: hardware counters; the models are CodeCarbon's, see each meter. */
export type EnergyMethod = 'rapl' | 'cpu-load-model' | 'ram-dimm-model';

export interface ComponentEnergy {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  readonly energy: Microjoules;
}

/** Energy of the whole host over a span of real time. */
export interface EnergySample {
  /** Real time; its length is the monotonic duration. */
  readonly interval: Interval;
  readonly components: readonly ComponentEnergy[];
}

/** Which components a meter covers, and how; what it does not cover is named with the reason. */
export interface MeterCoverage {
  readonly covered: readonly { readonly component: EnergyComponent; readonly method: EnergyMethod; readonly detail: string }[];
  readonly notCovered: readonly { readonly component: EnergyComponent; readonly reason: string }[];
}

/** Samples one host's energy between `start` and `stop`. */
export interface EnergyMeter {
  readonly coverage: MeterCoverage;
  /**
   * Begins to sample every `intervalMs` (1,000 by default). The handler is called in time order, never concurrently,
   * with samples that touch end to end.
   */
  start(onSample: (sample: EnergySample) => void): Promise<MeterSession>;
}

export interface MeterSession {
  /** Ends the current sample now and delivers it, so that what follows can be booked under another purpose. */
  cut(): Promise<void>;
  /** Delivers the last sample and stops. */
  stop(): Promise<void>;
}
