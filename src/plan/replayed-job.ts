/** One job of a replay: what it has run, what is left, and its decision on each forecast. */
import { HOUR_MS, instant, type Interval } from '../units/time.js';
import type { SegmentRules } from './cheapest-segments.js';
import { cheapestSlots } from './cheapest-slots.js';
import { cleanestWindow, NO_COST, type StartCost } from './contiguous-window.js';
import { intensityAt, intensityHours, type IntensitySteps } from './intensity-steps.js';
import { placeWork } from './place-work.js';
import type { Job, JobResult } from './job.js';

interface Setting {
  readonly actual: IntensitySteps;
  readonly mode: 'contiguous' | 'interruptible';
  readonly rules: Pick<SegmentRules, 'minSegmentMs' | 'start'>;
  /** Whether it waits when there is no placement, or runs at once. */
  readonly waits: boolean;
}

export class ReplayedJob {
  /** Start and end of each segment in turn. */
  private readonly bounds: number[] = [];
  private leftMs: number;
  /** What comes before is decided. */
  private decided: number;
  private blind = false;
  done = false;

  constructor(
    readonly job: Job,
    private readonly setting: Setting,
  ) {
    this.leftMs = job.durationMs;
    this.decided = job.release;
  }

  /** Decides what it does from an issue (or its release, when that comes later) until the next one. */
  decide(expected: IntensitySteps, issuedAt: number, until: number): void {
    const from = Math.max(this.decided, issuedAt);
    if (this.done || from >= until) return;
    const planned = this.plan(expected, from);
    if (planned !== undefined) this.run(planned, until);
    else if (!this.setting.waits) {
      this.blind = true;
      const start = this.isRunning(from) ? 0 : this.setting.rules.start.ms;
      this.run([from, from + start + this.leftMs], until);
    }
    this.decided = Math.max(this.decided, until);
    if (this.leftMs <= 0 || this.decided >= this.job.deadline) this.done = true;
  }

  result(): JobResult {
    const { job, bounds, leftMs, blind } = this;
    const { actual, rules } = this.setting;
    const segments: Interval[] = [];
    let planned = 0;
    for (let index = 0; index < bounds.length; index += 2) {
      const segment = { start: instant(bounds[index]!), end: instant(bounds[index + 1]!) };
      segments.push(segment);
      planned += costOf(actual, segment, rules.start);
    }
    const atOnce = { start: job.release, end: instant(job.release + rules.start.ms + job.durationMs) };
    return { job, base: costOf(actual, atOnce, rules.start), planned, segments, leftMs, blind };
  }

  private isRunning(at: number): boolean {
    return this.bounds.at(-1) === at;
  }

  /** Bounds of the segments it would run by what is expected; undefined when nothing fits. */
  private plan(expected: IntensitySteps, from: number): readonly number[] | undefined {
    const { mode, rules } = this.setting;
    const room = { start: instant(from), end: this.job.deadline };
    if (mode === 'contiguous') {
      const window = cleanestWindow(expected, room, this.leftMs, rules.start)?.interval;
      return window && [window.start, window.end];
    }
    if (rules.minSegmentMs === 0 && rules.start.ms === 0 && rules.start.energyMs === 0)
      return cheapestSlots(expected, room, this.leftMs)?.bounds;
    const { job, leftMs: workMs } = this;
    const placed = placeWork(
      {
        release: room.start,
        deadline: job.deadline,
        workMs,
        interruptible: true,
        rules: { ...rules, migration: NO_COST },
        home: job.job,
        ...(this.isRunning(from) && { running: { leastMs: 0 } }),
      },
      [{ zone: job.job, steps: expected }],
    );
    return placed.ok ? placed.segments.flatMap(({ interval }) => [interval.start, interval.end]) : undefined;
  }

  /** Runs what begins before `until`: to there, or a segment's minimum further; a window it may not leave, whole. */
  private run(planned: readonly number[], until: number): void {
    const { mode, rules } = this.setting;
    for (let index = 0; index < planned.length && planned[index]! < until; index += 2) {
      const [start, end] = [planned[index]!, planned[index + 1]!];
      const goesOn = this.isRunning(start);
      const committed = goesOn ? start : start + Math.max(rules.minSegmentMs, rules.start.ms);
      const stop = mode === 'contiguous' ? end : Math.min(end, Math.max(until, committed));
      this.leftMs -= stop - start - (goesOn ? 0 : rules.start.ms);
      if (goesOn) this.bounds[this.bounds.length - 1] = stop;
      else this.bounds.push(start, stop);
      this.decided = stop;
    }
  }
}

/** A segment's integral under what happened, its start as its energy weighs. */
const costOf = (actual: IntensitySteps, { start, end }: Interval, cost: StartCost): number => {
  const begin = instant(start + cost.ms);
  const work = intensityHours(actual, { start: begin, end });
  const starting = cost.ms > 0 ? (intensityHours(actual, { start, end: begin }) ?? Number.NaN) * (cost.energyMs / cost.ms) : 0;
  const atOnce = cost.ms === 0 && cost.energyMs > 0 ? (intensityAt(actual, start) * cost.energyMs) / HOUR_MS : 0;
  return (work ?? Number.NaN) + starting + atOnce;
};
