/** What is kept of a perfect forecast's saving when jobs are planned, anew every hour, on forecasts that know only the past. */
import path from 'node:path';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import { walkForward, type IssuedForecast, type WalkForwardMethod } from '../../src/grid/walk-forward.js';
import { stepsOf, type IntensitySteps } from '../../src/plan/intensity-steps.js';
import type { Job } from '../../src/plan/job.js';
import { replayJobs } from '../../src/plan/replay-jobs.js';
import { DAY_MS, instant, parseInstant } from '../../src/units/time.js';
import { germany, mlJobs, SLACKS, START, type Slack } from '../yardstick/germany.js';

export const METHODS = ['builtin', 'persistence-24h', 'persistence-7d'] as const;
export const MODES = ['contiguous', 'interruptible'] as const;
export type Mode = (typeof MODES)[number];
export type Method = (typeof METHODS)[number];

/** As many hours ahead as the longest job has from release to deadline, a week. */
const LEADS = 169;

export interface Share {
  readonly zone: string;
  readonly slack: Slack;
  readonly mode: Mode;
  readonly jobs: number;
  readonly skipped: number;
  /** Ran some time without a forecast. */
  readonly blind: number;
  /** Per cent, under what happened. */
  readonly oracle: number;
  readonly saved: Readonly<Record<Method, number>>;
}

export interface Shares {
  readonly shares: readonly Share[];
  /** The built-in forecasts of Germany's year and the replay of its 3,387 semi-weekly, interruptible jobs on them. */
  readonly backtestSeconds: number;
}

/** The job set of Wiesner et al. on Germany 2020, and the same by step index on the four shipped zones of 2022. */
export const sharesKept = (onZone: (zone: string) => void): Shares => {
  const shares: Share[] = [];
  let backtestSeconds = 0;
  const zones = [
    { zone: 'DE', trace: germany, start: START },
    ...shippedTraces(path.resolve('configs/traces')).map(({ zone, file }) => ({
      zone: zone.key,
      trace: () => readTraceFile({ zone: zone.key, file }),
      start: parseInstant('2022-01-01T00:00:00Z'),
    })),
  ];
  for (const { zone, trace: read, start } of zones) {
    onZone(zone);
    const trace = read();
    const actual = stepsOf(trace);
    const began = performance.now();
    const builtin = issuesOf(trace, 'builtin', start);
    const walkedSeconds = (performance.now() - began) / 1000;
    const daily = issuesOf(trace, 'persistence-24h', start);
    const weekly = issuesOf(trace, 'persistence-7d', start);
    for (const slack of SLACKS)
      for (const mode of MODES) {
        const jobs = mlJobs(slack, start);
        const replayBegan = performance.now();
        const own = resultOf(actual, jobs, mode, builtin);
        if (zone === 'DE' && slack === 'semi-weekly' && mode === 'interruptible')
          backtestSeconds = walkedSeconds + (performance.now() - replayBegan) / 1000;
        const saved = {
          builtin: own.percent,
          'persistence-24h': resultOf(actual, jobs, mode, daily).percent,
          'persistence-7d': resultOf(actual, jobs, mode, weekly).percent,
        };
        const { jobs: count, skipped, blind } = own;
        shares.push({ zone, slack, mode, jobs: count, skipped, blind, oracle: resultOf(actual, jobs, mode, undefined).percent, saved });
      }
  }
  return { shares, backtestSeconds };
};

const issuesOf = (trace: IntensitySeries, method: WalkForwardMethod, start: number): readonly IssuedForecast[] => [
  ...walkForward(trace, { method, from: instant(start), to: instant(start + 371 * DAY_MS), everyHours: 1, leads: LEADS }),
];

const resultOf = (actual: IntensitySteps, list: readonly Job[], mode: Mode, issues: readonly IssuedForecast[] | undefined) => {
  const { jobs, skipped } = replayJobs(list, { actual, issues, mode });
  const base = jobs.reduce((sum, each) => sum + each.base, 0);
  const planned = jobs.reduce((sum, each) => sum + each.planned, 0);
  return {
    percent: 100 * (1 - planned / base),
    jobs: jobs.length,
    skipped: skipped.length,
    blind: jobs.filter((each) => each.blind).length,
  };
};
