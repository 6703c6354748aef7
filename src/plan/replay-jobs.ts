/** Replays jobs over a trace as they would have been planned: on each forecast as it was issued, and anew on the next one. */
import type { IssuedForecast } from '../grid/walk-forward.js';
import { HOUR_MS, type Instant } from '../units/time.js';
import type { SegmentRules } from './cheapest-segments.js';
import { NO_COST } from './contiguous-window.js';
import { equalSteps, gapIn, type IntensitySteps } from './intensity-steps.js';
import { span as spanInWords } from './in-words.js';
import type { Job, JobResult, SkippedJob } from './job.js';
import { ReplayedJob } from './replayed-job.js';

export interface ReplayOptions {
  /** What really happened. */
  readonly actual: IntensitySteps;
  /** In time order, the first not after the first release; undefined: a perfect forecast, planned on once. */
  readonly issues: Iterable<IssuedForecast> | undefined;
  readonly mode: 'contiguous' | 'interruptible';
  /** Absent: no minimum, and starts cost nothing. */
  readonly rules?: Pick<SegmentRules, 'minSegmentMs' | 'start'>;
  /**
   * What is expected, closed where a policy lets nothing run (see `permittedSteps`, `stepsWithin`). A job for which that
   * leaves no placement waits; without a restriction a job nothing is known for runs at once.
   */
  readonly restrict?: (expected: IntensitySteps) => IntensitySteps;
  /** Called before each issue is planned on. */
  readonly onIssue?: (issuedAt: Instant) => void;
}

export interface JobsReplay {
  /** In the order given. */
  readonly jobs: readonly JobResult[];
  /** Jobs whose time from release to deadline is not wholly known: their emissions would be guesses. */
  readonly skipped: readonly SkippedJob[];
}

const FREE = { minSegmentMs: 0, start: NO_COST };

/** @throws RangeError when a job is released before the first issue */
export const replayJobs = (jobs: readonly Job[], options: ReplayOptions): JobsReplay => {
  const { actual, mode, rules = FREE, restrict } = options;
  const skipped: SkippedJob[] = [];
  const replayed: ReplayedJob[] = [];
  for (const job of jobs) {
    const gap = gapIn(actual, { start: job.release, end: job.deadline });
    if (gap === undefined) replayed.push(new ReplayedJob(job, { actual, mode, rules, waits: restrict !== undefined }));
    else skipped.push({ job, reason: `the trace does not tell of ${spanInWords(gap)}` });
  }
  if (options.issues === undefined) {
    const expected = restrict === undefined ? actual : restrict(actual);
    for (const each of replayed) each.decide(expected, each.job.release, Number.POSITIVE_INFINITY);
  } else {
    replayIssues(replayed, options.issues, options);
  }
  return { jobs: replayed.map((each) => each.result()), skipped };
};

const replayIssues = (replayed: readonly ReplayedJob[], issues: Iterable<IssuedForecast>, { restrict, onIssue }: ReplayOptions): void => {
  const waiting = [...replayed].sort((a, b) => a.job.release - b.job.release);
  let active: ReplayedJob[] = [];
  let next = 0;
  const planOn = (issue: IssuedForecast, until: number) => {
    if (next === 0 && waiting.length > 0 && waiting[0]!.job.release < issue.issuedAt)
      throw new RangeError('a job is released before the first forecast is issued');
    while (next < waiting.length && waiting[next]!.job.release < until) active.push(waiting[next++]!);
    onIssue?.(issue.issuedAt);
    if (active.length === 0) return;
    const furthest = active.reduce((most, { job }) => Math.max(most, job.deadline), 0);
    const forecast = stepsOfIssue(issue, furthest);
    const expected = restrict === undefined ? forecast : restrict(forecast);
    for (const each of active) each.decide(expected, issue.issuedAt, until);
    active = active.filter((each) => !each.done);
  };
  let last: IssuedForecast | undefined;
  for (const issue of issues) {
    if (last !== undefined) planOn(last, issue.issuedAt);
    last = issue;
    if (next === waiting.length && active.length === 0) return;
  }
  if (last !== undefined) planOn(last, Number.POSITIVE_INFINITY);
};

const DAY_HOURS = 24;
const WEEK_HOURS = 168;

/** Hourly steps until an instant; after its last hour a forecast repeats its last week, or day where it is shorter. */
const stepsOfIssue = ({ issuedAt, hours }: IssuedForecast, until: number): IntensitySteps => {
  const wanted = Math.ceil((until - issuedAt) / HOUR_MS);
  if (wanted <= hours.length) return equalSteps(issuedAt, HOUR_MS, hours.subarray(0, wanted));
  const values = new Float64Array(wanted).fill(Number.NaN);
  values.set(hours);
  const period = hours.length >= WEEK_HOURS ? WEEK_HOURS : DAY_HOURS;
  for (let hour = hours.length; hour < wanted; hour += 1) values[hour] = values[hour - period] ?? Number.NaN;
  return equalSteps(issuedAt, HOUR_MS, values);
};
