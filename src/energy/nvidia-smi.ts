/** NVIDIA GPUs through `nvidia-smi`, where the driver's library cannot be called: power, once an interval, integrated. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { watts, type Watts } from '../units/quantities.js';
import type { Meter } from './meter.js';
import type { GpuMeters } from './nvml.js';
import { polledPower } from './polled-power.js';

const LIST_MS = 10_000;

export const openNvidiaSmi = async (intervalMs: number, command = 'nvidia-smi'): Promise<GpuMeters> => {
  let listed: string;
  try {
    ({ stdout: listed } = await promisify(execFile)(command, ['--query-gpu=index,name,power.draw', '--format=csv,noheader,nounits'], {
      timeout: LIST_MS,
    }));
  } catch (failure) {
    return { kind: 'unavailable', reason: `${command} does not run: ${(failure as Error).message.split('\n', 1)[0]!}` };
  }
  const gpus = listed
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(',').map((cell) => cell.trim()));
  if (gpus.length === 0) return { kind: 'unavailable', reason: `${command} lists no GPU` };
  const latest = new Map<string, Watts>();
  for (const [index, , power] of gpus) remember(latest, index!, power!);
  const polling = spawn(command, ['--query-gpu=index,power.draw', '--format=csv,noheader,nounits', `--loop-ms=${intervalMs}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  listen(polling, latest);
  return {
    kind: 'available',
    meters: gpus.map(([index, name]) => smiMeter(command, index!, name!, latest)),
    models: gpus.map(([, name]) => name!),
    close: () => void polling.kill(),
  };
};

/** Readings are dropped when the program ends: an old one is no reading. */
const listen = (polling: ChildProcess, latest: Map<string, Watts>): void => {
  createInterface({ input: polling.stdout! }).on('line', (line) => {
    const [index, power] = line.split(',').map((cell) => cell.trim());
    if (index !== undefined && power !== undefined) remember(latest, index, power);
  });
  const forget = (): void => {
    latest.clear();
  };
  polling.on('exit', forget);
  polling.on('error', forget);
  polling.unref();
};

/** `[N/A]` and the like are no numbers: what was known before is no longer. */
const remember = (latest: Map<string, Watts>, index: string, power: string): void => {
  const value = Number(power);
  if (power !== '' && Number.isFinite(value)) latest.set(index, watts(value));
  else latest.delete(index);
};

const smiMeter = (command: string, index: string, name: string, latest: ReadonlyMap<string, Watts>): Meter => ({
  component: 'gpu',
  method: 'nvidia-smi',
  scope: 'host',
  detail: `GPU ${index} ${name}, the whole device, power by ${command}, integrated`,
  begin: () => polledPower(() => latest.get(index), `${command} does not tell the power of GPU ${index}`),
});
