/** Power of a processor without counters, from its thermal design power and its load: CodeCarbon 3's models. */
import { energyOver, joules, watts, type Watts } from '../units/quantities.js';
import { hostTimes, loadBetween, processTimes, usedBetween, type CpuTimes } from './cpu-times.js';
import { GAP, type Meter } from './meter.js';
import { steadily } from './polled-power.js';
import type { Processor } from './processor.js';

/** Share of the thermal design power a processor draws when nothing runs on it. */
const IDLE_SHARE = 0.1;
/** Share it is taken to draw where its load cannot be read. */
const CONSTANT_SHARE = 0.5;

/** P = TDP·(0.1 + 0.9·u³), u = share of the machine's processor time in use (CodeCarbon 3, CPU load mode, whole machine). */
export const cpuPower = (tdp: Watts, load: number): Watts => {
  if (!(load >= 0 && load <= 1)) throw new RangeError(`CPU load must be from 0 to 1, got ${load}`);
  return watts(tdp * (IDLE_SHARE + (1 - IDLE_SHARE) * load ** 3));
};

/** P = TDP·(ΔCPU time/Δt)/n (CodeCarbon 3, CPU load mode, process): linear, and nothing when the process rests. */
export const processPower = (tdp: Watts, usedMs: number, lengthMs: number, cores: number): Watts =>
  watts((tdp * usedMs) / lengthMs / cores);

/** The whole machine's processor. A span shorter than the counters' tick has the load of the one before. */
export const machineCpuMeter = ({ tdp, detail }: Processor, times: () => CpuTimes | undefined = hostTimes): Meter => ({
  component: 'cpu',
  method: 'cpu-load-model',
  scope: 'host',
  detail: `CodeCarbon's load model P = TDP·(0.1 + 0.9·u³), whole machine; ${detail}`,
  begin() {
    let last = times();
    let lastLoad = 0;
    return ({ lengthMs, observed }) => {
      const before = last;
      last = times();
      if (before === undefined || last === undefined) return { kind: 'unknown', reason: 'the load of the processor cannot be read' };
      lastLoad = loadBetween(before, last) ?? lastLoad;
      if (!observed) return GAP;
      return { kind: 'known', energy: energyOver(cpuPower(tdp, lastLoad), lengthMs), idle: energyOver(cpuPower(tdp, 0), lengthMs) };
    };
  },
});

/** This process' and its children's part of the processor. */
export const processCpuMeter = ({ tdp, detail, cores }: Processor, times: () => ReadonlyMap<string, number> = processTimes): Meter => ({
  component: 'cpu',
  method: 'cpu-process-model',
  scope: 'process',
  detail: `CodeCarbon's process model P = TDP·(ΔCPU time/Δt)/${cores}, this process and its children; ${detail}`,
  begin() {
    let last = times();
    return ({ lengthMs, observed }) => {
      const used = usedBetween(last, (last = times()));
      return observed ? { kind: 'known', energy: energyOver(processPower(tdp, used, lengthMs, cores), lengthMs), idle: joules(0) } : GAP;
    };
  },
});

/** Where not even the load can be read: half the thermal design power, whatever runs. */
export const constantCpuMeter = ({ tdp, detail }: Processor): Meter => {
  const power = watts(CONSTANT_SHARE * tdp);
  return {
    component: 'cpu',
    method: 'cpu-constant',
    scope: 'host',
    detail: `half the thermal design power, ${power.toFixed(1)} W, whatever the load; ${detail}`,
    begin: () => steadily(() => power),
  };
};
