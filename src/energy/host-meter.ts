/** Meters the whole host with the best that can be read: counters where there are some, else models, and says which. */
import fs from 'node:fs';
import os from 'node:os';
import type { Clock, MonotonicClock } from '../units/clock.js';
import { energyOver, joules, microjoules, type Joules } from '../units/quantities.js';
import { instant } from '../units/time.js';
import { cpuPower, loadBetween, machineTimes, processorOf, socketsOf, type CpuTimes } from './cpu-load-model.js';
import { ramPower } from './ram-dimm-model.js';
import { openRapl, type RaplAnswer } from './rapl.js';
import type { ComponentEnergy, EnergyComponent, EnergyMeter, EnergyMethod, EnergySample, MeterCoverage, MeterSession } from './sample.js';

export interface HostMeterOptions {
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  /** Real milliseconds between samples. */
  readonly intervalMs: number;
  /** The table of `configs/factors/cpu-tdp.csv`. */
  readonly tdpTable: string;
  readonly tdpWatts: number | undefined;
  readonly powercapRoot?: string;
}

/** A span longer than this many intervals was not observed: models say nothing about it, counters still count. */
const GAP_INTERVALS = 3;

/** Gives one component's energy over the span since the last time; undefined where it cannot be known. */
interface Channel {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  readonly detail: string;
  take(spanMs: number, observed: boolean): Joules | undefined;
}

export const hostMeter = (options: HostMeterOptions): EnergyMeter => {
  const coverage = describe(openChannels(options));
  return {
    coverage,
    start: (onSample) => Promise.resolve(new HostSession(options, openChannels(options).channels, onSample)),
  };
};

interface Opened {
  readonly channels: readonly Channel[];
  readonly rapl: RaplAnswer;
}

const openChannels = (options: HostMeterOptions): Opened => {
  const rapl = openRapl(options.powercapRoot);
  const counted = rapl.kind === 'available' ? raplChannels(rapl.counters) : [];
  const has = (component: EnergyComponent) => counted.some((channel) => channel.component === component);
  return { rapl, channels: [...counted, ...(has('cpu') ? [] : [loadChannel(options)]), ...(has('ram') ? [] : [ramChannel()])] };
};

const raplChannels = (counters: Extract<RaplAnswer, { kind: 'available' }>['counters']): readonly Channel[] => {
  // One read serves all domains: it is made when the first channel of a sample asks.
  const pending = new Map<EnergyComponent, Joules>();
  return counters.components.map(({ component, domains }) => ({
    component,
    method: 'rapl',
    detail: `RAPL ${domains.join(', ')}`,
    take() {
      if (!pending.has(component)) for (const [each, energy] of counters.take()) pending.set(each, energy);
      const energy = pending.get(component);
      pending.delete(component);
      return energy;
    },
  }));
};

const loadChannel = ({ tdpTable, tdpWatts }: HostMeterOptions): Channel => {
  const processor = processorOf(os.cpus()[0]?.model.trim() ?? 'unknown processor', socketsOf(), tdpTable, tdpWatts);
  let last: CpuTimes = machineTimes();
  let lastLoad = 0;
  return {
    component: 'cpu',
    method: 'cpu-load-model',
    detail: `CodeCarbon's load model P = TDP·(0.1 + 0.9·u³), whole machine; ${processor.detail}`,
    take(spanMs, observed) {
      const now = machineTimes();
      const load = loadBetween(last, now) ?? lastLoad;
      last = now;
      lastLoad = load;
      return observed ? energyOver(cpuPower(processor.tdp, load), spanMs) : undefined;
    },
  };
};

const ramChannel = (): Channel => {
  const gigabytes = os.totalmem() / 2 ** 30;
  const power = ramPower(gigabytes, process.arch.startsWith('arm') ? 'arm' : 'x86');
  return {
    component: 'ram',
    method: 'ram-dimm-model',
    detail: `CodeCarbon's DIMM model: ${power.toFixed(0)} W for ${gigabytes.toFixed(1)} GiB, whatever the load`,
    take: (spanMs, observed) => (observed ? energyOver(power, spanMs) : undefined),
  };
};

const describe = ({ channels, rapl }: Opened): MeterCoverage => ({
  covered: channels.map(({ component, method, detail }) => ({
    component,
    method,
    detail: component === 'cpu' && rapl.kind === 'unavailable' ? `${detail} (${rapl.reason})` : detail,
  })),
  notCovered: [
    {
      component: 'gpu',
      reason: fs.existsSync('/dev/nvidia0')
        ? 'this host has an NVIDIA GPU, which is not metered; training here runs on the CPU'
        : 'no NVIDIA GPU found; training here runs on the CPU',
    },
  ],
});

class HostSession implements MeterSession {
  private readonly began: { readonly wall: number; readonly elapsedMs: number };
  private readonly remainders = new Map<EnergyComponent, number>();
  private lastMs: number;
  private timer: NodeJS.Timeout;
  private failure: unknown;
  private stopped = false;

  constructor(
    private readonly options: HostMeterOptions,
    private readonly channels: readonly Channel[],
    private readonly onSample: (sample: EnergySample) => void,
  ) {
    this.began = { wall: options.clock.now(), elapsedMs: options.monotonic.elapsedMs() };
    this.lastMs = this.began.elapsedMs;
    this.timer = this.tick();
  }

  cut(): Promise<void> {
    return settled(() => {
      clearInterval(this.timer);
      this.rethrow();
      this.sample();
      this.timer = this.tick();
    });
  }

  /** Once; a second call does nothing. */
  stop(): Promise<void> {
    return settled(() => {
      clearInterval(this.timer);
      if (this.stopped) return;
      this.stopped = true;
      this.rethrow();
      this.sample();
    });
  }

  private tick(): NodeJS.Timeout {
    return setInterval(() => {
      try {
        this.sample();
      } catch (failure) {
        this.failure ??= failure;
        clearInterval(this.timer);
      }
    }, this.options.intervalMs);
  }

  /** What failed in the timer is told to whoever cuts or stops next. */
  private rethrow(): void {
    if (this.failure !== undefined) throw new Error('the energy meter failed while sampling', { cause: this.failure });
  }

  private sample(): void {
    const nowMs = this.options.monotonic.elapsedMs();
    const spanMs = nowMs - this.lastMs;
    if (spanMs <= 0) return;
    const at = (elapsedMs: number) => instant(this.began.wall + elapsedMs - this.began.elapsedMs);
    const interval = { start: at(this.lastMs), end: at(nowMs) };
    const observed = spanMs <= GAP_INTERVALS * this.options.intervalMs;
    const components = this.channels.flatMap((channel) => this.whole(channel, channel.take(spanMs, observed)));
    this.lastMs = nowMs;
    this.onSample({ interval, components });
  }

  /** Whole microjoules; what rounding leaves over is carried to the next sample. */
  private whole({ component, method }: Channel, energy: Joules | undefined): readonly ComponentEnergy[] {
    if (energy === undefined) return [];
    const exact = joules(energy) * 1e6 + (this.remainders.get(component) ?? 0);
    const rounded = Math.max(0, Math.floor(exact));
    this.remainders.set(component, exact - rounded);
    return [{ component, method, energy: microjoules(rounded) }];
  }
}

/** Does it now; what it throws rejects. */
const settled = (work: () => void): Promise<void> =>
  new Promise((resolve) => {
    work();
    resolve();
  });
