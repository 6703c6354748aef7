/** The forecasts a list of jobs is planned on. */
import { MOST_LEADS } from '../grid/history-features.js';
import type { IntensitySeries } from '../grid/reading.js';
import { walkForward, type IssuedForecast, type WalkForwardMethod } from '../grid/walk-forward.js';
import { HOUR_MS, instant } from '../units/time.js';
import type { Job } from './job.js';

export interface JobForecasts {
  /** For `replayJobs`: undefined for a perfect forecast, which is what came itself, step by step. */
  readonly issues: Iterable<IssuedForecast> | undefined;
  /** How many there are. */
  readonly count: number;
}

/** One issue an hour, from the hour the first job is released in to the last deadline. */
export const jobForecasts = (trace: IntensitySeries, jobs: readonly Job[], method: WalkForwardMethod): JobForecasts => {
  if (method === 'perfect' || jobs.length === 0) return { issues: undefined, count: 0 };
  let [first, last, longest] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const { release, deadline } of jobs) {
    first = Math.min(first, release);
    last = Math.max(last, deadline);
    longest = Math.max(longest, deadline - release);
  }
  const from = instant(Math.floor(first / HOUR_MS) * HOUR_MS);
  const to = instant(last);
  const leads = Math.min(MOST_LEADS, Math.ceil(longest / HOUR_MS) + 1);
  return { issues: walkForward(trace, { method, from, to, everyHours: 1, leads }), count: Math.ceil((to - from) / HOUR_MS) };
};
