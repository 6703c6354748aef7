/** What a replayed year came to: emissions, delays, deadlines, and what its budgets would have said. */
import { periodOf } from '../policy/budget.js';
import type { Policy } from '../policy/policy.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { HOUR_MS, type Instant, type Interval } from '../units/time.js';
import { intensityHours, type IntensitySteps } from './intensity-steps.js';
import type { Job } from './job.js';
import type { JobsReplay } from './replay-jobs.js';

export interface BacktestJob extends Job {
  /** Mean power while it runs. */
  readonly powerWatts: number;
}

export interface Spread {
  readonly mean: number;
  readonly p95: number;
  readonly most: number;
}

export interface BacktestOutcome {
  /** gCO2eq of the finished jobs, each started at its release. */
  readonly base: GramsCO2eq;
  /** gCO2eq of the finished jobs as they ran. */
  readonly planned: GramsCO2eq;
  /** (base − planned) / base; undefined when nothing was finished. */
  readonly savingPercent: number | undefined;
  readonly finished: number;
  /** Jobs that were not done by their own deadline. */
  readonly missedDeadlines: number;
  /** Hours by which finished jobs ended later than if they had started at their release. */
  readonly delayHours: Spread | undefined;
  /** Hours trained, over all jobs, while the intensity turned out above the ceiling. */
  readonly hoursAboveCeiling: number;
  /** Finished jobs that emitted more than the policy gives a run. */
  readonly jobsOverRunBudget: number;
  /** Periods in which the jobs together would have passed a budget of the policy. */
  readonly periodsOverBudget: readonly PeriodOverBudget[];
}

export interface PeriodOverBudget {
  readonly period: 'day' | 'week' | 'month';
  readonly start: Instant;
  readonly spent: GramsCO2eq;
  readonly most: GramsCO2eq;
}

/** @param replay of jobs that state their power */
export const outcomeOf = (replay: JobsReplay, actual: IntensitySteps, policy: Policy | undefined): BacktestOutcome => {
  const delays: number[] = [];
  const ran: Ran[] = [];
  let [base, planned, finished, missed, overRunBudget] = [0, 0, 0, 0, 0];
  for (const result of replay.jobs) {
    const { powerWatts, release, durationMs } = result.job as BacktestJob;
    const kilowatts = powerWatts / 1000;
    for (const segment of result.segments) ran.push({ segment, kilowatts });
    if (result.leftMs > 0) {
      missed += 1;
      continue;
    }
    finished += 1;
    base += kilowatts * result.base;
    planned += kilowatts * result.planned;
    delays.push((result.segments.at(-1)!.end - release - durationMs) / HOUR_MS);
    if (policy?.runBudget !== undefined && kilowatts * result.planned > policy.runBudget) overRunBudget += 1;
  }
  return {
    base: grams(base),
    planned: grams(planned),
    savingPercent: base > 0 ? 100 * (1 - planned / base) : undefined,
    finished,
    missedDeadlines: missed,
    delayHours: spreadOf(delays),
    hoursAboveCeiling: policy?.ceiling === undefined ? 0 : hoursAbove(ran, actual, policy.ceiling),
    jobsOverRunBudget: overRunBudget,
    periodsOverBudget: policy === undefined ? [] : overBudget(ran, actual, policy),
  };
};

interface Ran {
  readonly segment: Interval;
  readonly kilowatts: number;
}

const spreadOf = (values: readonly number[]): Spread | undefined => {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean, p95: sorted[Math.min(sorted.length - 1, Math.ceil(0.95 * sorted.length) - 1)]!, most: sorted.at(-1)! };
};

/** The parts of a segment within each step of what really happened. */
function* partsOf({ start, end }: Interval, { edges, values }: IntensitySteps): Generator<{ start: number; end: number; value: number }> {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle + 1]! > start) high = middle;
    else low = middle + 1;
  }
  for (let step = low; step < values.length && edges[step]! < end; step += 1)
    yield { start: Math.max(start, edges[step]!), end: Math.min(end, edges[step + 1]!), value: values[step]! };
}

const hoursAbove = (ran: readonly Ran[], actual: IntensitySteps, ceiling: number): number => {
  let above = 0;
  for (const { segment } of ran)
    for (const { start, end, value } of partsOf(segment, actual)) if (value > ceiling) above += (end - start) / HOUR_MS;
  return above;
};

/** What is drawn in a step belongs to the period in which it begins. */
const overBudget = (ran: readonly Ran[], actual: IntensitySteps, policy: Policy): readonly PeriodOverBudget[] =>
  policy.budgets.flatMap((budget) => {
    const spent = new Map<Instant, number>();
    for (const { segment, kilowatts } of ran) {
      for (let from = segment.start; from < segment.end;) {
        const period = periodOf(budget, from);
        const part = { start: from, end: period.end < segment.end ? period.end : segment.end };
        const area = intensityHours(actual, part);
        if (area !== undefined) spent.set(period.start, (spent.get(period.start) ?? 0) + kilowatts * area); // A sum begins at 0.
        from = part.end;
      }
    }
    return [...spent]
      .filter(([, amount]) => amount > budget.most)
      .sort(([a], [b]) => a - b)
      .map(([start, amount]) => ({ period: budget.period, start, spent: grams(amount), most: budget.most }));
  });
