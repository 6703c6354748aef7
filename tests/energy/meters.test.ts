import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openAmdgpu } from '../../src/energy/amdgpu.js';
import { constantCpuMeter, machineCpuMeter, processCpuMeter } from '../../src/energy/cpu-load-model.js';
import type { CpuTimes } from '../../src/energy/cpu-times.js';
import { openNvidiaSmi } from '../../src/energy/nvidia-smi.js';
import { openNvml } from '../../src/energy/nvml.js';
import { machineRamMeter, processRamMeter } from '../../src/energy/ram-dimm-model.js';
import { openRapl } from '../../src/energy/rapl.js';
import { watts } from '../../src/units/quantities.js';
import { describeMeter, type ConstructedMeter } from './meter-contract.js';
import { constructedRapl } from './rapl-tree.js';

const folder = (what: string): string => fs.mkdtempSync(path.join(os.tmpdir(), `constructed-${what}-`));
const processor = { model: 'constructed', tdp: watts(100), cores: 4, detail: 'constructed: TDP 100 W' };

describeMeter('a RAPL package', () => {
  const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 0 } });
  let uj = 0;
  return {
    meter: openRapl({ root: tree.root }).meters[0]!,
    draw: (power, lengthMs) => tree.set('intel-rapl:0', Math.round((uj += power * lengthMs * 1000) % 262_143_328_850)),
    fail: () => fs.rmSync(tree.energyFile('intel-rapl:0')),
    watts: [5, 180, 40],
    counts: true,
  };
});

describeMeter('the load model of a machine', () => {
  let times: CpuTimes | undefined = { busyMs: 0, totalMs: 0 };
  return {
    meter: machineCpuMeter(processor, () => times),
    draw(power, lengthMs) {
      const load = Math.cbrt((power / 100 - 0.1) / 0.9);
      times = times && { busyMs: times.busyMs + 4 * lengthMs * load, totalMs: times.totalMs + 4 * lengthMs };
    },
    fail: () => (times = undefined),
    watts: [10, 100, 32.5],
    counts: false,
  };
});

describeMeter('the load model of a process', () => {
  let used = 0;
  return {
    meter: processCpuMeter(processor, () => new Map([['1', used]])),
    draw: (power, lengthMs) => (used += (4 * lengthMs * power) / 100),
    fail: undefined,
    watts: [0, 25, 100],
    counts: false,
  };
});

describeMeter('a processor whose load cannot be read', () => ({
  meter: constantCpuMeter(processor),
  draw: () => undefined,
  fail: undefined,
  watts: [50],
  counts: false,
}));

describeMeter("a machine's memory", () => ({
  meter: machineRamMeter(128 * 2 ** 30, 'x86'),
  draw: () => undefined,
  fail: undefined,
  watts: [38],
  counts: false,
}));

describeMeter("a process' memory", () => ({
  meter: processRamMeter('x86', () => 32 * 2 ** 30),
  draw: () => undefined,
  fail: undefined,
  watts: [20],
  counts: false,
}));

const amdCard = () => {
  const root = folder('drm');
  const hwmon = path.join(root, 'card0', 'device', 'hwmon', 'hwmon3');
  fs.mkdirSync(hwmon, { recursive: true });
  fs.mkdirSync(path.join(root, 'card0-HDMI-A-1'));
  fs.writeFileSync(path.join(hwmon, 'name'), 'amdgpu\n');
  const file = path.join(hwmon, 'power1_average');
  fs.writeFileSync(file, '0\n');
  return { root, file };
};

describeMeter('an AMD GPU', () => {
  const { root, file } = amdCard();
  return {
    meter: openAmdgpu(root)[0]!,
    draw: (power) => fs.writeFileSync(file, `${power * 1e6}\n`),
    fail: () => fs.rmSync(file),
    watts: [9, 220],
    counts: false,
  };
});

test('a card of another driver is no AMD GPU', () => {
  const { root } = amdCard();
  fs.writeFileSync(path.join(root, 'card0', 'device', 'hwmon', 'hwmon3', 'name'), 'nouveau\n');
  expect(openAmdgpu(root)).toEqual([]);
  expect(openAmdgpu('/no/such/drm')).toEqual([]);
});

/** A shared library with NVML's names whose one GPU says what a file tells it: `mJ mW`, with mJ -1 for no counter, mW -1 for lost. */
const NVML_SOURCE = String.raw`
#include <stdio.h>
#include <string.h>
static const char *path = CONSTRUCTED_STATE;
static void read_state(long long *mj, long *mw) { FILE *f = fopen(path, "r"); *mj = -1; *mw = -1; if (f) { if (fscanf(f, "%lld %ld", mj, mw) != 2) *mw = -1; fclose(f); } }
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (void *)0x1234; return i == 0 ? 0 : 2; }
int nvmlDeviceGetName(void *d, char *name, unsigned n) { strncpy(name, "Constructed GPU", n); return 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *out) { long long mj; long mw; read_state(&mj, &mw); if (mw < 0) return 15; if (mj < 0) return 3; *out = mj; return d == (void *)0x1234 ? 0 : 2; }
int nvmlDeviceGetPowerUsage(void *d, unsigned *out) { long long mj; long mw; read_state(&mj, &mw); if (mw < 0) return 15; *out = mw; return 0; }
const char *nvmlErrorString(int code) { return code == 3 ? "Not Supported" : code == 15 ? "GPU is lost" : "Unknown"; }
`;

const compiler = ['cc', 'gcc', 'clang'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (compiler === undefined) process.stdout.write('not run: the constructed NVML library needs a C compiler\n');

const constructedNvml = () => {
  const directory = folder('nvml');
  const [source, library, state] = ['nvml.c', 'libnvidia-ml.so', 'state'].map((name) => path.join(directory, name)) as [
    string,
    string,
    string,
  ];
  fs.writeFileSync(source, NVML_SOURCE);
  execFileSync(compiler!, ['-shared', '-fPIC', `-DCONSTRUCTED_STATE="${state}"`, '-o', library, source]);
  const set = (mj: number, mw: number) => fs.writeFileSync(state, `${mj} ${mw}\n`);
  return { library, set };
};

const openedNvml = async (library: string) => {
  const answer = await openNvml(library);
  if (answer.kind === 'unavailable') throw new Error(answer.reason);
  return answer;
};

if (compiler !== undefined) {
  describeMeter('an NVIDIA GPU with an energy counter', async (): Promise<ConstructedMeter> => {
    const { library, set } = constructedNvml();
    let mj = 2 ** 40; // Above 32 bits: the counter has 64.
    set(mj, 1);
    const { meters, models } = await openedNvml(library);
    expect(models).toEqual(['Constructed GPU']);
    expect(meters[0]!.method).toBe('nvml-energy');
    return {
      meter: meters[0]!,
      draw: (power, lengthMs) => set((mj += power * lengthMs), power * 1000),
      fail: () => set(0, -1),
      watts: [40, 700],
      counts: true,
    };
  });

  describeMeter('an NVIDIA GPU without an energy counter', async (): Promise<ConstructedMeter> => {
    const { library, set } = constructedNvml();
    set(-1, 40_000);
    const { meters } = await openedNvml(library);
    expect(meters[0]!).toMatchObject({ method: 'nvml-power', detail: expect.stringContaining('no energy counter: Not Supported') });
    return { meter: meters[0]!, draw: (power) => set(-1, power * 1000), fail: () => set(-1, -1), watts: [40, 300], counts: false };
  });

  test('a GPU counter that went backwards, as when its driver was loaded anew, is unknown', async () => {
    const { library, set } = constructedNvml();
    set(9_000_000, 1);
    const take = (await openedNvml(library)).meters[0]!.begin();
    set(1000, 1);
    expect(take({ lengthMs: 1000, observed: true })).toEqual({
      kind: 'unknown',
      reason: 'GPU 0: the counter went backwards: it was reset',
    });
  });
}

test('a library that is not there is said to be missing, and where', async () => {
  const answer = await openNvml('/no/such/libnvidia-ml.so.1');
  expect(answer).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('/no/such/libnvidia-ml.so.1') });
});

/** A program that answers like nvidia-smi, from a file that holds the power in W. */
const constructedSmi = () => {
  const directory = folder('smi');
  const [command, state] = [path.join(directory, 'nvidia-smi'), path.join(directory, 'state')];
  fs.writeFileSync(state, '30\n');
  fs.writeFileSync(
    command,
    `#!/bin/sh
case "$*" in
  *--loop-ms*) while sleep 0.02; do echo "0, $(cat ${state})" || exit; done ;;
  *) echo "0, Constructed GPU, $(cat ${state})" ;;
esac
`,
    { mode: 0o755 },
  );
  return { command, set: (power: string) => fs.writeFileSync(state, `${power}\n`) };
};

test('nvidia-smi gives the trapezoid of its readings, unknown when it stops saying, and ends with the meter', async () => {
  const { command, set } = constructedSmi();
  const answer = await openNvidiaSmi(1000, command);
  if (answer.kind === 'unavailable') throw new Error(answer.reason);
  const heard = () => new Promise((resolve) => setTimeout(resolve, 400));
  try {
    const take = answer.meters[0]!.begin();
    set('50');
    await heard();
    expect(take({ lengthMs: 1000, observed: true })).toMatchObject({ kind: 'known', energy: 40 });
    set('[N/A]');
    await heard();
    expect(take({ lengthMs: 1000, observed: true }).kind).toBe('unknown');
  } finally {
    answer.close();
  }
});

test('a missing nvidia-smi is said to be missing', async () => {
  expect(await openNvidiaSmi(1000, '/no/such/nvidia-smi')).toMatchObject({
    kind: 'unavailable',
    reason: expect.stringContaining('/no/such/nvidia-smi'),
  });
});
