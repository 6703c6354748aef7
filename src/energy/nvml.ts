/**
 * NVIDIA GPUs through the driver's own library (NVML), called natively. A whole device each: other users of a shared GPU are
 * in it. Energy counters (Volta and newer) where there are some, else power polled and integrated.
 */
import fs from 'node:fs';
import type { LibraryHandle } from 'koffi';
import { joules, watts } from '../units/quantities.js';
import { countedBetween } from './counter.js';
import type { Meter, Take } from './meter.js';
import { polledPower } from './polled-power.js';

/** No single GPU draws so much. */
const MOST_WATTS = 5000;
const NAME_BYTES = 96;
const SUCCESS = 0;

export type GpuMeters =
  | {
      readonly kind: 'available';
      readonly meters: readonly Meter[];
      readonly models: readonly string[];
      /** Ends what runs beside the sessions. */
      close(): void;
    }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** @param library the driver's library; by default where it is installed when the system has an NVIDIA device */
export const openNvml = async (library: string | undefined = installedLibrary()): Promise<GpuMeters> => {
  if (library === undefined) return { kind: 'unavailable', reason: 'no NVIDIA GPU found' };
  const { default: koffi } = await import('koffi');
  let nvml: Nvml;
  try {
    nvml = functionsOf(koffi.load(library));
  } catch (failure) {
    return { kind: 'unavailable', reason: `cannot load the NVIDIA driver's ${library}: ${(failure as Error).message}` };
  }
  const started = nvml.init();
  if (started !== SUCCESS) return { kind: 'unavailable', reason: `NVML does not start: ${nvml.errorText(started)}` };
  const devices = devicesOf(nvml);
  if (devices.length === 0) return { kind: 'unavailable', reason: 'NVML knows no GPU' };
  return {
    kind: 'available',
    meters: devices.map((device) => gpuMeter(nvml, device)),
    models: devices.map(({ name }) => name),
    close: () => undefined,
  };
};

const installedLibrary = (): string | undefined => {
  if (process.platform === 'win32') return 'nvml.dll';
  return ['/dev/nvidiactl', '/dev/dxg'].some((device) => fs.existsSync(device)) ? 'libnvidia-ml.so.1' : undefined;
};

interface Nvml {
  init(): number;
  count(out: number[]): number;
  handle(index: number, out: unknown[]): number;
  name(handle: unknown, out: Buffer, length: number): number;
  /** mJ since the driver was loaded. */
  energy(handle: unknown, out: (number | bigint)[]): number;
  /** mW. */
  power(handle: unknown, out: number[]): number;
  errorText(code: number): string;
}

const functionsOf = (library: LibraryHandle): Nvml => ({
  init: library.func('int nvmlInit_v2()') as Nvml['init'],
  count: library.func('int nvmlDeviceGetCount_v2(_Out_ uint *count)') as Nvml['count'],
  handle: library.func('int nvmlDeviceGetHandleByIndex_v2(uint index, _Out_ void **device)') as Nvml['handle'],
  name: library.func('int nvmlDeviceGetName(void *device, uint8 *name, uint length)') as Nvml['name'],
  energy: library.func('int nvmlDeviceGetTotalEnergyConsumption(void *device, _Out_ uint64 *energy)') as Nvml['energy'],
  power: library.func('int nvmlDeviceGetPowerUsage(void *device, _Out_ uint *power)') as Nvml['power'],
  errorText: library.func('const char *nvmlErrorString(int code)') as Nvml['errorText'],
});

interface Device {
  readonly index: number;
  readonly handle: unknown;
  readonly name: string;
}

const devicesOf = (nvml: Nvml): readonly Device[] => {
  const count = [0];
  if (nvml.count(count) !== SUCCESS) return [];
  return Array.from({ length: count[0]! }, (_none, index) => index).flatMap((index): readonly Device[] => {
    const handle: unknown[] = [null];
    if (nvml.handle(index, handle) !== SUCCESS) return [];
    const name = Buffer.alloc(NAME_BYTES);
    const named = nvml.name(handle[0], name, NAME_BYTES) === SUCCESS;
    return [{ index, handle: handle[0], name: named ? name.toString('utf8').split('\0', 1)[0]! : 'NVIDIA GPU' }];
  });
};

const gpuMeter = (nvml: Nvml, device: Device): Meter => {
  const counter = energyOf(nvml, device);
  const whole = `GPU ${device.index} ${device.name}, the whole device`;
  return typeof counter === 'number'
    ? {
        component: 'gpu',
        method: 'nvml-energy',
        scope: 'host',
        detail: `${whole}, energy counter of the driver`,
        begin: () => counting(nvml, device),
      }
    : {
        component: 'gpu',
        method: 'nvml-power',
        scope: 'host',
        detail: `${whole}, power polled and integrated (no energy counter: ${counter.reason})`,
        begin: () => polledPower(() => powerOf(nvml, device), `GPU ${device.index} does not tell its power`),
      };
};

const counting = (nvml: Nvml, device: Device): Take => {
  let last = energyOf(nvml, device);
  return ({ lengthMs }) => {
    const before = last;
    last = energyOf(nvml, device);
    if (typeof last !== 'number') return { kind: 'unknown', reason: `GPU ${device.index}: ${last.reason}` };
    if (typeof before !== 'number') return { kind: 'unknown', reason: `GPU ${device.index} could not be read before` };
    const counted = countedBetween(before, last, lengthMs, { wrapsAt: undefined, mostWatts: MOST_WATTS });
    return counted.kind === 'known'
      ? { ...counted, idle: undefined }
      : { kind: 'unknown', reason: `GPU ${device.index}: ${counted.reason}` };
  };
};

/** J since the driver was loaded, or why not. */
const energyOf = (nvml: Nvml, { handle }: Device): number | { readonly reason: string } => {
  const out: (number | bigint)[] = [0];
  const code = nvml.energy(handle, out);
  return code === SUCCESS ? joules(Number(out[0]) / 1000) : { reason: nvml.errorText(code) };
};

const powerOf = (nvml: Nvml, { handle }: Device) => {
  const out = [0];
  return nvml.power(handle, out) === SUCCESS ? watts(out[0]! / 1000) : undefined;
};
