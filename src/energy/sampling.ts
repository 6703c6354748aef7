/** One session of sampling: asks every meter once an interval, on a monotonic clock, and shares what it hears. */
import os from 'node:os';
import type { Clock, MonotonicClock } from '../units/clock.js';
import { microjoules, type Joules, type Microjoules } from '../units/quantities.js';
import { instant } from '../units/time.js';
import { sharedByTime } from './attribution.js';
import { hostTimes, loadBetween, processTimes, usedBetween } from './cpu-times.js';
import type { IdlePower } from './idle-power.js';
import type { Meter, Span, Take, Taken } from './meter.js';
import { runCpuTimes, type RunTimes } from './run-cpu-time.js';
import type { ComponentEnergy, EnergySample, MeterSession, UnknownEnergy } from './sample.js';

/** A span longer than this many intervals is a gap in coverage. */
export const GAP_INTERVALS = 3;

export interface SamplingOptions {
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly intervalMs: number;
  /** Names the threads of the metered run. */
  readonly threads: string;
}

/** What the processor did in a span, by whom. */
interface Use {
  readonly runs: RunTimes | undefined;
  readonly hostBusyMs: number | undefined;
  /** Of this process and its children; undefined where no meter asks for it. */
  readonly processBusyMs: number | undefined;
  readonly load: number | undefined;
}

export class Sampling implements MeterSession {
  private readonly takes: ReadonlyMap<Meter, Take>;
  private readonly remainders = new Map<Meter, number>();
  private readonly runTimes = runCpuTimes();
  private anchor: { readonly wall: number; readonly elapsedMs: number };
  private host = hostTimes();
  private lastUse: Use | undefined;
  private tree: ReadonlyMap<string, number> | undefined;
  private lastMs: number;
  private timer: NodeJS.Timeout;
  private failure: unknown;
  private stopped = false;

  constructor(
    private readonly options: SamplingOptions,
    private readonly meters: readonly Meter[],
    private readonly idle: IdlePower,
    private readonly onSample: (sample: EnergySample) => void,
    private readonly onEnd: () => void,
  ) {
    if (meters.some(({ scope }) => scope === 'process')) this.tree = processTimes();
    this.takes = new Map(meters.map((meter) => [meter, meter.begin()]));
    this.anchor = { wall: options.clock.now(), elapsedMs: options.monotonic.elapsedMs() };
    this.lastMs = this.anchor.elapsedMs;
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
      this.onEnd();
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
    const lengthMs = nowMs - this.lastMs;
    if (lengthMs <= 0) return;
    const interval = { start: this.at(this.lastMs), end: this.at(nowMs) };
    const span: Span = { lengthMs, observed: lengthMs <= GAP_INTERVALS * this.options.intervalMs };
    const use = this.use();
    const components: ComponentEnergy[] = [];
    const unknown: UnknownEnergy[] = [];
    for (const [meter, take] of this.takes) {
      const taken = take(span);
      if (taken.kind === 'unknown') unknown.push({ component: meter.component, reason: taken.reason });
      else components.push(this.shared(meter, taken, lengthMs, use));
    }
    this.lastMs = nowMs;
    this.followClock(nowMs);
    const memoryUsedBytes = os.totalmem() - os.freemem();
    this.onSample({ interval, components, unknown, gap: !span.observed, cpuLoad: use.load, memoryUsedBytes });
  }

  private at(elapsedMs: number) {
    return instant(this.anchor.wall + elapsedMs - this.anchor.elapsedMs);
  }

  /**
   * A clock that ran ahead was set forward, or the host slept, which a monotonic clock does not count: what follows is
   * metered at the new time. One that was set back is not followed, since no energy may be drawn twice at the same time.
   */
  private followClock(nowMs: number): void {
    const wall = this.options.clock.now();
    if (wall - this.at(nowMs) > GAP_INTERVALS * this.options.intervalMs) this.anchor = { wall, elapsedMs: nowMs };
  }

  /** A span in which the clocks did not tick is shared like the one before it. */
  private use(): Use {
    const now = this.usedSince();
    if (now.hostBusyMs === 0 && this.lastUse !== undefined) return this.lastUse;
    return (this.lastUse = now);
  }

  private usedSince(): Use {
    const before = this.host;
    this.host = hostTimes();
    const tree = this.tree;
    if (tree !== undefined) this.tree = processTimes();
    const both = before !== undefined && this.host !== undefined;
    return {
      runs: this.runTimes(),
      hostBusyMs: both ? this.host!.busyMs - before.busyMs : undefined,
      processBusyMs: tree && this.tree && usedBetween(tree, this.tree),
      load: both ? loadBetween(before, this.host!) : undefined,
    };
  }

  private shared(meter: Meter, { energy, idle }: Extract<Taken, { kind: 'known' }>, lengthMs: number, use: Use): ComponentEnergy {
    const whole = this.whole(meter, energy);
    const known = idle ?? this.idle.over(meter.detail, energy, lengthMs);
    if (idle === undefined) this.idle.observe(meter.detail, energy, lengthMs);
    const base = { component: meter.component, method: meter.method, energy: whole };
    if (known === undefined) return { ...base, idle: undefined, attributed: undefined };
    const least = microjoules(Math.min(whole, Math.floor(known * 1e6)));
    const busyMs = meter.scope === 'process' ? use.processBusyMs : use.hostBusyMs;
    if (use.runs === undefined || busyMs === undefined) return { ...base, idle: least, attributed: undefined };
    const { shares } = sharedByTime(whole, least, use.runs.ofRuns, busyMs);
    return { ...base, idle: least, attributed: shares.get(this.options.threads) ?? NOTHING };
  }

  /** Whole microjoules; what rounding leaves over is carried to the next sample. */
  private whole(meter: Meter, energy: Joules): Microjoules {
    const exact = energy * 1e6 + (this.remainders.get(meter) ?? 0);
    const rounded = Math.max(0, Math.floor(exact));
    this.remainders.set(meter, exact - rounded);
    return microjoules(rounded);
  }
}

/** A run none of whose threads used the processor drew nothing above idle. */
const NOTHING = microjoules(0);

/** Does it now; what it throws rejects. */
const settled = (work: () => void): Promise<void> =>
  new Promise((resolve) => {
    work();
    resolve();
  });
