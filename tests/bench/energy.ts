/** `npm run bench energy`: what metering costs, and how it agrees with codecarbon over the same load on the same machine. */
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';
import Table from 'cli-table3';
import { openHostMeter, type TrackingMode } from '../../src/energy/host-meter.js';
import { threadName } from '../../src/energy/run-cpu-time.js';
import type { EnergyComponent, EnergyMeter, EnergySample } from '../../src/energy/sample.js';
import { monotonicClock, wallClock, type MonotonicClock } from '../../src/units/clock.js';
import { codecarbonPython, openPeer, type Peer, type PeerFigures } from './codecarbon-peer.js';
import type { Load } from './energy-load.js';

export interface EnergyBenchOptions {
  readonly json?: boolean;
  /** Length of the load. */
  readonly seconds: number;
}

const THREADS = threadName('bench');
const INTERVAL_MS = 1000;
const OVERHEAD_SECONDS = 30;
/** What starting up left to do is done by then. */
const SETTLE_SECONDS = 5;
const TIMED_SAMPLES = 200;
const HOUR_SAMPLES = 3600;

const openMeter = (trackingMode: TrackingMode, monotonic: MonotonicClock = monotonicClock): Promise<EnergyMeter> =>
  openHostMeter({
    clock: wallClock,
    monotonic,
    intervalMs: INTERVAL_MS,
    tdpTable: path.resolve('configs/factors/cpu-tdp.csv'),
    tdpWatts: undefined,
    trackingMode,
    psys: false,
  });

export const benchEnergy = async ({ json, seconds }: EnergyBenchOptions): Promise<void> => {
  const startup = performance.now();
  const meter = await openMeter('machine');
  const session = await meter.start(THREADS, () => undefined);
  const startupMs = performance.now() - startup;
  await session.stop();

  const overheadCorePercent = await overheadOf(meter);
  const perSample = await sampleTimes(meter);
  meter.close();
  const heapGrowthKb = await heapGrowth();
  const agreement = await agreementOver(seconds);

  const figures = {
    overheadCorePercent: round(overheadCorePercent),
    msPerSample: round(perSample.median),
    startupMs: round(startupMs),
    agreementPercent: agreement?.percent ?? {},
    msPerSampleP99: round(perSample.p99),
    heapGrowthKbPerHour: round(heapGrowthKb),
    ...(agreement && { codecarbon: agreement.peer }),
  };
  console.log(tableOf(figures, agreement));
  for (const { component, detail } of meter.coverage.covered) console.log(`${component}: ${detail}`);
  if (agreement === undefined) console.log('agreement: not measured; there is no Python with codecarbon, and none could be made from PyPI');
  if (json === true) console.log(JSON.stringify(figures));
};

/** Processor time of this process while it does nothing but sample once a second, in per cent of a core. */
const overheadOf = async (meter: EnergyMeter): Promise<number> => {
  await sleep(SETTLE_SECONDS * 1000);
  const session = await meter.start(THREADS, () => undefined);
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await sleep(OVERHEAD_SECONDS * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const lengthMs = performance.now() - began;
  await session.stop();
  return (user + system) / 10 / lengthMs;
};

/** Milliseconds of one sample, far enough apart that nothing is warm by chance. */
const sampleTimes = async (meter: EnergyMeter): Promise<{ readonly median: number; readonly p99: number }> => {
  const session = await meter.start(THREADS, () => undefined);
  const times: number[] = [];
  for (let index = 0; index < TIMED_SAMPLES; index += 1) {
    await sleep(25);
    const began = performance.now();
    await session.cut();
    times.push(performance.now() - began);
  }
  await session.stop();
  times.sort((a, b) => a - b);
  return { median: times[TIMED_SAMPLES / 2]!, p99: times[Math.floor(TIMED_SAMPLES * 0.99)]! };
};

/** Growth of the heap over an hour of samples on a clock that is moved by hand. */
const heapGrowth = async (): Promise<number> => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const hands = { elapsedMs: 0 };
  const meter = await openMeter('machine', { elapsedMs: () => hands.elapsedMs });
  const session = await meter.start(THREADS, () => undefined);
  const run = async (samples: number): Promise<number> => {
    for (let index = 0; index < samples; index += 1) {
      hands.elapsedMs += INTERVAL_MS;
      await session.cut();
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await run(600);
  const after = await run(HOUR_SAMPLES);
  await session.stop();
  meter.close();
  return (after - before) / 1024;
};

/** Mean power in W over a load, by each. */
interface Watts {
  readonly lowtide: number;
  readonly codecarbon: number;
}

interface Agreement {
  readonly percent: Readonly<Record<string, number>>;
  readonly watts: Readonly<Record<string, Watts>>;
  readonly peer: { readonly overheadCorePercent: number; readonly startupMs: number };
}

/** Host total against codecarbon's machine mode, share against its process mode; all four over one load. */
const agreementOver = async (seconds: number): Promise<Agreement | undefined> => {
  const python = codecarbonPython();
  if (python === undefined) return undefined;
  const meters = await Promise.all((['machine', 'process'] as const).map((mode) => openMeter(mode)));
  const tdpWatts = tdpOf(meters[0]!);
  const peers: Peer[] = [];
  for (const mode of ['machine', 'process'] as const) peers.push(await openPeer(python, mode, tdpWatts));
  const samples: EnergySample[][] = [[], []];
  await Promise.all(peers.map((peer) => peer.start()));
  const sessions = await Promise.all(meters.map((meter, index) => meter.start(THREADS, (sample) => samples[index]!.push(sample))));
  await load(seconds);
  for (const session of sessions) await session.stop();
  const [machine, process] = (await Promise.all(peers.map((peer) => peer.stop()))) as [PeerFigures, PeerFigures];
  for (const meter of meters) meter.close();
  const host = (component?: EnergyComponent) => powerOf(samples[0]!, ({ energy }) => energy, component);
  const share = (component?: EnergyComponent) => powerOf(samples[1]!, ({ attributed }) => attributed ?? Number.NaN, component);
  const watts: Record<string, Watts> = {
    hostTotal: { lowtide: host(), codecarbon: wattsOf(machine, machine.cpuKwh + machine.ramKwh) },
    hostCpu: { lowtide: host('cpu'), codecarbon: wattsOf(machine, machine.cpuKwh) },
    hostRam: { lowtide: host('ram'), codecarbon: wattsOf(machine, machine.ramKwh) },
    share: { lowtide: share(), codecarbon: wattsOf(process, process.cpuKwh + process.ramKwh) },
    shareCpu: { lowtide: share('cpu'), codecarbon: wattsOf(process, process.cpuKwh) },
  };
  const percent = Object.fromEntries(
    Object.entries(watts).map(([name, { lowtide, codecarbon }]) => [name, round(100 * (lowtide / codecarbon - 1))]),
  );
  return { percent, watts, peer: { overheadCorePercent: round(machine.overheadCorePercent), startupMs: round(machine.startupMs) } };
};

/** Both are to assume the same thermal design power; with counters neither needs one. */
const tdpOf = ({ coverage }: EnergyMeter): number => {
  const cpu = coverage.covered.find(({ component }) => component === 'cpu')!;
  if (cpu.method === 'rapl') return 0;
  const sockets = Number(/× (\d+) sockets/.exec(cpu.detail)?.[1] ?? 1);
  const each = Number(/TDP ([\d.]+) W/.exec(cpu.detail)?.[1] ?? /([\d.]+) W is assumed/.exec(cpu.detail)?.[1]);
  return sockets * each;
};

/** A third on one core, a third on all, a third half busy. */
const load = async (seconds: number): Promise<void> => {
  const third = (seconds * 1000) / 3;
  const first = [1, 1, 0.5];
  const others = [0, 1, 0];
  await Promise.all(
    Array.from({ length: os.availableParallelism() }, (_none, core) => {
      const phases = (core === 0 ? first : others).map((busy) => ({ ms: third, busy }));
      const worker = new Worker(new URL('energy-load.js', import.meta.url), { workerData: { threads: THREADS, phases } satisfies Load });
      return new Promise<void>((resolve, reject) => {
        worker.once('exit', () => resolve());
        worker.once('error', reject);
      });
    }),
  );
};

const powerOf = (
  samples: readonly EnergySample[],
  part: (component: EnergySample['components'][number]) => number,
  wanted?: EnergyComponent,
): number => {
  const energy = samples.reduce(
    (sum, { components }) =>
      sum +
      components.reduce((each, component) => each + (wanted === undefined || component.component === wanted ? part(component) : 0), 0),
    0,
  );
  const ms = samples.reduce((sum, { interval }) => sum + interval.end - interval.start, 0);
  return energy / 1000 / ms;
};

const wattsOf = ({ seconds }: PeerFigures, kwh: number): number => (kwh * 3.6e6) / seconds;

const round = (value: number): number => Number(value.toFixed(3));

const tableOf = (
  figures: {
    readonly overheadCorePercent: number;
    readonly msPerSample: number;
    readonly msPerSampleP99: number;
    readonly startupMs: number;
    readonly heapGrowthKbPerHour: number;
  },
  agreement: Agreement | undefined,
): string => {
  const table = new Table({ head: ['', 'Lowtide', 'codecarbon', 'difference'], style: { head: [], border: [] } });
  const peer = (value: number | undefined) => value?.toFixed(1) ?? '';
  table.push(['overhead at 1 s, % of a core', figures.overheadCorePercent.toFixed(2), peer(agreement?.peer.overheadCorePercent), '']);
  table.push(['ms a sample, median (p99)', `${figures.msPerSample.toFixed(2)} (${figures.msPerSampleP99.toFixed(2)})`, '', '']);
  table.push(['start-up, ms', figures.startupMs.toFixed(0), agreement?.peer.startupMs.toFixed(0) ?? '', '']);
  table.push(['heap growth over an hour of samples, kB', figures.heapGrowthKbPerHour.toFixed(0), '', '']);
  for (const [name, { lowtide, codecarbon }] of Object.entries(agreement?.watts ?? {}))
    table.push([`${name}, mean W over the load`, lowtide.toFixed(2), codecarbon.toFixed(2), `${agreement!.percent[name]!.toFixed(2)} %`]);
  return table.toString();
};
