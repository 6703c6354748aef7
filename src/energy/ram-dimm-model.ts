/** Power of main memory from its size: CodeCarbon's DIMM model. It does not depend on load. */
import { energyOver, joules, watts, type Watts } from '../units/quantities.js';
import { GAP, type Meter } from './meter.js';
import { steadily } from './polled-power.js';

/** The models' gigabyte is CodeCarbon's: 2^30 bytes. */
const BYTES_PER_GB = 2 ** 30;

export type MemoryArchitecture = 'x86' | 'arm';

const PER_DIMM: Readonly<Record<MemoryArchitecture, { readonly watts: number; readonly floor: number }>> = {
  x86: { watts: 5, floor: 10 },
  arm: { watts: 1.5, floor: 3 },
};

/** Modules a machine of so many GB is assumed to have. */
export const dimmCount = (gigabytes: number): number => {
  if (gigabytes <= 2) return 1;
  if (gigabytes <= 16) return 2;
  if (gigabytes <= 64) return 4;
  if (gigabytes <= 128) return 8;
  const size = [128, 64, 32, 16, 8, 4].find((dimm) => dimm <= gigabytes / 8) ?? 4;
  return Math.min(32, Math.ceil(gigabytes / size));
};

/** The first four modules draw in full, 5 to 8 nine tenths, 9 to 16 eight tenths, the rest seven tenths. */
export const ramPower = (gigabytes: number, architecture: MemoryArchitecture): Watts => {
  const count = dimmCount(gigabytes);
  const { watts: each, floor } = PER_DIMM[architecture];
  const between = (from: number, to: number) => Math.max(0, Math.min(count, to) - from);
  return watts(Math.max(floor, each * (between(0, 4) + 0.9 * between(4, 8) + 0.8 * between(8, 16) + 0.7 * between(16, 32))));
};

/** The whole machine's memory: the same power whatever runs. */
export const machineRamMeter = (totalBytes: number, architecture: MemoryArchitecture): Meter => {
  const gigabytes = totalBytes / BYTES_PER_GB;
  const power = ramPower(gigabytes, architecture);
  return {
    component: 'ram',
    method: 'ram-dimm-model',
    scope: 'host',
    detail: `CodeCarbon's DIMM model: ${power.toFixed(0)} W for ${gigabytes.toFixed(1)} GiB, whatever the load`,
    begin: () => steadily(() => power),
  };
};

/** The same model on what this process holds, as CodeCarbon's process mode has it. */
export const processRamMeter = (architecture: MemoryArchitecture, residentBytes = () => process.memoryUsage.rss()): Meter => ({
  component: 'ram',
  method: 'ram-process-model',
  scope: 'process',
  detail: "CodeCarbon's DIMM model on the resident memory of this process",
  begin:
    () =>
    ({ lengthMs, observed }) =>
      observed
        ? { kind: 'known', energy: energyOver(ramPower(residentBytes() / BYTES_PER_GB, architecture), lengthMs), idle: joules(0) }
        : GAP,
});
