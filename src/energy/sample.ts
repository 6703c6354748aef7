/** What a host's meter says: energy of one span of real time, by component and by the method it is known. */
import type { Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import type { Hardware } from './hardware.js';

export type EnergyComponent = 'cpu' | 'gpu' | 'ram';

/**
 * Counters: `rapl`, `nvml-energy`. Power polled and integrated: `nvml-power`, `nvidia-smi`, `amdgpu-power`. Models, all
 * CodeCarbon's: `cpu-load-model` and `ram-dimm-model` of the whole machine, `cpu-process-model` and `ram-process-model` of
 * this process, `cpu-constant` where not even the load can be read.
 */
export type EnergyMethod =
  | 'rapl'
  | 'nvml-energy'
  | 'nvml-power'
  | 'nvidia-smi'
  | 'amdgpu-power'
  | 'cpu-load-model'
  | 'cpu-process-model'
  | 'cpu-constant'
  | 'ram-dimm-model'
  | 'ram-process-model';

export interface ComponentEnergy {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  /** Of the host. */
  readonly energy: Microjoules;
  /** The part drawn whether or not anything runs; undefined where the meter never saw the host at rest. */
  readonly idle: Microjoules | undefined;
  /** The part above idle that was drawn for the metered run; undefined where idle or its processor time is unknown. */
  readonly attributed: Microjoules | undefined;
}

/** A component whose energy of a span is not known, and why. It is not counted, and not zero. */
export interface UnknownEnergy {
  readonly component: EnergyComponent;
  readonly reason: string;
}

/** Energy of the whole host over a span of real time. */
export interface EnergySample {
  /** Real time; its length is the monotonic duration. */
  readonly interval: Interval;
  readonly components: readonly ComponentEnergy[];
  readonly unknown: readonly UnknownEnergy[];
  /** Longer than three sampling intervals: what counters counted in it is known, its course in time is not. */
  readonly gap: boolean;
  /** Share of the host's processor time in use, 0 to 1; undefined where it cannot be read. */
  readonly cpuLoad: number | undefined;
  /** Main memory of the host in use at its end, in bytes. */
  readonly memoryUsedBytes: number;
}

/** Which components a meter covers, and how; what it does not cover is named with the reason. */
export interface MeterCoverage {
  readonly covered: readonly { readonly component: EnergyComponent; readonly method: EnergyMethod; readonly detail: string }[];
  readonly notCovered: readonly { readonly component: EnergyComponent; readonly reason: string }[];
}

/** Samples one host's energy between `start` and `stop`. */
export interface EnergyMeter {
  readonly hardware: Hardware;
  readonly coverage: MeterCoverage;
  /**
   * Begins to sample every `intervalMs` (1,000 by default). The handler is called in time order, never concurrently, with
   * samples that touch end to end, except where the host was suspended or its clock set forward: then the next sample
   * begins at the new time.
   * @param threads name of the threads whose processor time the run's share is taken from (see threadName)
   */
  start(threads: string, onSample: (sample: EnergySample) => void): Promise<MeterSession>;
  /** Ends what it keeps running beside sessions. */
  close(): void;
}

export interface MeterSession {
  /** Ends the current sample now and delivers it, so that what follows can be booked under another purpose. */
  cut(): Promise<void>;
  /** Delivers the last sample and stops. */
  stop(): Promise<void>;
}
