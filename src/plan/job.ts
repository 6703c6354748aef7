/** A job of a list, planned by itself: its work is so long, wherever its energy goes. */
import type { Instant, Interval } from '../units/time.js';

export interface Job {
  readonly job: string;
  readonly release: Instant;
  /** Of the work, starts excluded; above 0. */
  readonly durationMs: number;
  /** Strict: done by then, at least the duration (and a start) after the release. */
  readonly deadline: Instant;
}

export interface JobResult {
  readonly job: Job;
  /** Of the job started at its release, in gCO2eq/kWh × h under what really happened. */
  readonly base: number;
  /** Of what was run. */
  readonly planned: number;
  readonly segments: readonly Interval[];
  /** Work not done by the deadline, in ms: 0 but where a restriction left no room. */
  readonly leftMs: number;
  /** At some time it ran for want of a forecast, not by a plan. */
  readonly blind: boolean;
}

export interface SkippedJob {
  readonly job: Job;
  readonly reason: string;
}
