/** Meters the whole host with the best that can be read: counters where there are some, else models, and says which. */
import fs from 'node:fs';
import type { Clock, MonotonicClock } from '../units/clock.js';
import { MINUTE_MS } from '../units/time.js';
import { openAmdgpu } from './amdgpu.js';
import { constantCpuMeter, machineCpuMeter, processCpuMeter } from './cpu-load-model.js';
import { hostTimes } from './cpu-times.js';
import { findHardware, type Hardware } from './hardware.js';
import { IdlePower } from './idle-power.js';
import type { Meter, Take } from './meter.js';
import { openNvidiaSmi } from './nvidia-smi.js';
import { openNvml, type GpuMeters } from './nvml.js';
import { processorOf } from './processor.js';
import { machineRamMeter, processRamMeter, type MemoryArchitecture } from './ram-dimm-model.js';
import { openRapl, type RaplMeters } from './rapl.js';
import type { EnergyComponent, EnergyMeter, MeterCoverage } from './sample.js';
import { GAP_INTERVALS, Sampling } from './sampling.js';

/** What the models look at where there are no counters: the whole machine, or this process as CodeCarbon's process mode does. */
export type TrackingMode = 'machine' | 'process';

export interface HostMeterOptions {
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  /** Real milliseconds between samples. */
  readonly intervalMs: number;
  /** The table of `configs/factors/cpu-tdp.csv`. */
  readonly tdpTable: string;
  /** Thermal design power of the whole machine in place of the table's. */
  readonly tdpWatts: number | undefined;
  readonly trackingMode: TrackingMode;
  /** Count the whole platform where RAPL has such a domain. */
  readonly psys: boolean;
  readonly powercapRoot?: string;
  readonly drmRoot?: string;
  /** The NVIDIA driver's library, and the command to fall back on. */
  readonly nvml?: string;
  readonly nvidiaSmi?: string;
}

export const openHostMeter = async (options: HostMeterOptions): Promise<EnergyMeter> => {
  const found = await findHardware();
  const gpu = await openGpu(options);
  const rapl = openRapl({ psys: options.psys, ...(options.powercapRoot !== undefined && { root: options.powercapRoot }) });
  const meters = [...rapl.meters, ...modelsFor(rapl, found, options), ...gpu.meters];
  const idle = new IdlePower();
  const rest = watchRest(meters, idle, options);
  return {
    hardware: { ...found, gpuModels: gpu.models },
    coverage: coverageOf(meters, rapl, gpu.reason),
    start(threads, onSample) {
      rest.sessionBegins();
      const session = new Sampling({ ...options, threads }, meters, idle, onSample, () => rest.sessionEnds());
      return Promise.resolve(session);
    },
    close() {
      rest.end();
      gpu.close();
    },
  };
};

const openGpu = async ({ nvml, nvidiaSmi, drmRoot, intervalMs }: HostMeterOptions) => {
  const native: GpuMeters = await openNvml(nvml);
  if (native.kind === 'available') return { ...native, reason: undefined };
  const present = nvidiaSmi !== undefined || fs.existsSync('/dev/nvidia0');
  const bySmi: GpuMeters | undefined = present ? await openNvidiaSmi(intervalMs, nvidiaSmi) : undefined;
  if (bySmi?.kind === 'available') return { ...bySmi, reason: undefined };
  const amd = openAmdgpu(drmRoot);
  if (amd.length > 0) return { meters: amd, models: amd.map(() => 'AMD GPU'), reason: undefined, close: () => undefined };
  const reason = bySmi === undefined ? `${native.reason}, nor an AMD one that tells its power` : `${native.reason}; ${bySmi.reason}`;
  return { meters: [], models: [], reason, close: () => undefined };
};

/** For what RAPL does not count. Memory that psys counts already has no model. */
const modelsFor = (rapl: RaplMeters, found: Hardware, { tdpTable, tdpWatts, trackingMode }: HostMeterOptions): readonly Meter[] => {
  const counted = (component: EnergyComponent) => rapl.meters.some((meter) => meter.component === component) || rapl.platform;
  const processor = () => processorOf({ model: found.cpuModel, sockets: found.sockets, cores: found.cpuCount }, tdpTable, tdpWatts);
  const cpu = () => {
    if (trackingMode === 'process') return processCpuMeter(processor());
    return hostTimes() === undefined ? constantCpuMeter(processor()) : machineCpuMeter(processor());
  };
  const architecture: MemoryArchitecture = found.architecture.startsWith('arm') ? 'arm' : 'x86';
  const ram = () => (trackingMode === 'process' ? processRamMeter(architecture) : machineRamMeter(found.memoryBytes, architecture));
  return [...(counted('cpu') ? [] : [cpu()]), ...(counted('ram') ? [] : [ram()])];
};

const coverageOf = (meters: readonly Meter[], rapl: RaplMeters, gpuReason: string | undefined): MeterCoverage => {
  const why = (component: EnergyComponent) => rapl.without.find((each) => each.component === component)?.reason;
  const covered = meters.map(({ component, method, detail }) => {
    const reason = method === 'rapl' || component === 'gpu' ? undefined : why(component);
    return { component, method, detail: reason === undefined ? detail : `${detail} (${reason})` };
  });
  return {
    covered,
    notCovered: [
      ...(rapl.platform ? [{ component: 'ram' as const, reason: why('ram')! }] : []),
      ...(gpuReason === undefined ? [] : [{ component: 'gpu' as const, reason: gpuReason }]),
    ],
  };
};

/** Real milliseconds between two looks at a host at rest; far less than a counter takes to wrap around. */
const REST_MS = MINUTE_MS;

/** Learns what counters count while no session samples: the host at rest, or at least without runs. */
const watchRest = (meters: readonly Meter[], idle: IdlePower, { monotonic, intervalMs }: HostMeterOptions) => {
  let sessions = 0;
  let takes: readonly (readonly [string, Take])[] = [];
  let sinceMs = 0;
  const look = (): void => {
    const lengthMs = monotonic.elapsedMs() - sinceMs;
    sinceMs += lengthMs;
    if (lengthMs <= 0) return;
    for (const [meter, take] of takes) {
      const taken = take({ lengthMs, observed: lengthMs <= GAP_INTERVALS * intervalMs });
      if (taken.kind === 'known' && taken.idle === undefined) idle.observe(meter, taken.energy, lengthMs);
    }
  };
  let looking: NodeJS.Timeout | undefined;
  const begin = (): void => {
    takes = meters.map((meter) => [meter.detail, meter.begin()] as const);
    sinceMs = monotonic.elapsedMs();
    looking = setInterval(look, REST_MS).unref();
  };
  const end = (): void => {
    clearInterval(looking);
    look();
    takes = [];
  };
  begin();
  return {
    sessionBegins() {
      if (sessions === 0) end();
      sessions += 1;
    },
    sessionEnds() {
      sessions -= 1;
      if (sessions === 0) begin();
    },
    end,
  };
};
