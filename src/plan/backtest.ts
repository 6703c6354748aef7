/**
 * A backtest: what a policy would have cost and saved over a past year. Jobs are replayed over what really happened, planned
 * on the forecast as it would have been issued each hour and planned anew on the next one, and, as the bound of what any
 * forecast could give, with perfect foresight; each with the policy and without any.
 */
import type { IntensitySeries } from '../grid/reading.js';
import { walkForward, type IssuedForecast } from '../grid/walk-forward.js';
import type { Policy } from '../policy/policy.js';
import { combinedRules } from '../policy/rules.js';
import { rulesAgainstZone } from '../policy/violations.js';
import { HOUR_MS, instant } from '../units/time.js';
import { outcomeOf, type BacktestJob, type BacktestOutcome } from './backtest-outcome.js';
import { delayedDeadline, restrictionOf } from './backtest-rules.js';
import { NO_COST } from './contiguous-window.js';
import { stepsOf } from './intensity-steps.js';
import { replayJobs, type JobsReplay } from './replay-jobs.js';

export interface BacktestRequest {
  readonly policy: Policy;
  /** Released within the series, each with its deadline. */
  readonly jobs: readonly BacktestJob[];
  /** What really happened in the zone: the whole record, from which the forecasts are made too. */
  readonly series: IntensitySeries;
  readonly timeZone: string;
  readonly mode: 'contiguous' | 'interruptible';
  /** Least length of a segment and grid time every start takes, interruptible only. */
  readonly minimumSegmentMs: number;
  readonly startMs: number;
}

/** The same jobs under the same rules, with two kinds of foresight. */
export interface BacktestPair {
  readonly forecast: BacktestOutcome;
  readonly perfect: BacktestOutcome;
  /**
   * Saving by the forecast over saving by perfect foresight, per cent, on the jobs both finished; undefined when there was
   * nothing to save.
   */
  readonly shareOfOraclePercent: number | undefined;
}

export interface BacktestReport {
  readonly zone: string;
  readonly policy: string;
  readonly mode: BacktestRequest['mode'];
  readonly jobs: number;
  /** Jobs whose time the record does not wholly know: left out, not guessed. */
  readonly skipped: readonly { readonly job: string; readonly reason: string }[];
  /** Hourly forecasts, by what they were made of: less is known in the first weeks of a record. */
  readonly issues: Readonly<Partial<Record<IssuedForecast['method'], number>>>;
  readonly withPolicy: BacktestPair;
  readonly withoutPolicy: BacktestPair;
}

/** A policy or jobs that leave nothing to replay; the message says why. */
export class BacktestRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BacktestRefused';
  }
}

/** Hours each forecast reaches: what lies further repeats its last week. */
const LEADS = 168;

/** @throws BacktestRefused */
export const backtest = (request: BacktestRequest): BacktestReport => {
  const { policy, series } = request;
  expectUsable(request);
  const issues = issuesFor(request);
  const withPolicy = replayed(request, issues, policy);
  const withoutPolicy = replayed(request, issues, undefined);
  const methods: Partial<Record<IssuedForecast['method'], number>> = {};
  for (const { method } of issues) methods[method] = (methods[method] ?? 0) + 1; // A count begins at 0.
  const { skipped, jobs } = withPolicy.replay;
  return {
    zone: series.zone,
    policy: policy.name,
    mode: request.mode,
    jobs: jobs.length,
    skipped: skipped.map(({ job, reason }) => ({ job: job.job, reason })),
    issues: methods,
    withPolicy: withPolicy.pair,
    withoutPolicy: withoutPolicy.pair,
  };
};

const expectUsable = ({ policy, series, jobs }: BacktestRequest): void => {
  const rules = combinedRules([{ policy: { ...policy, dryRun: false }, version: 0 }]);
  const against = rulesAgainstZone(rules, series.zone, series.kind);
  if (against.some(({ kind }) => kind === 'allowed-zones'))
    throw new BacktestRefused(
      `policy ${policy.name} allows ${policy.allowedZones?.join(', ') ?? ''} only; replay one of these, not ${series.zone}`,
    );
  if (against.length > 0)
    throw new BacktestRefused(
      `policy ${policy.name} requires ${policy.requiredKind ?? ''} intensities; the record of ${series.zone} is ${series.kind}`,
    );
  const provenance = series.readings[0]?.provenance;
  if (provenance === undefined) throw new BacktestRefused(`there is no record of ${series.zone} to replay`);
  if (policy.requiredProvenance !== undefined && !policy.requiredProvenance.includes(provenance))
    throw new BacktestRefused(
      `policy ${policy.name} requires ${policy.requiredProvenance.join(' or ')} readings; the record of ${series.zone} is ${provenance}`,
    );
  if (jobs.length === 0) throw new BacktestRefused('there are no jobs to replay');
};

/** Every hour from the first release until nothing is left to plan. */
const issuesFor = ({ series, jobs }: BacktestRequest): readonly IssuedForecast[] => {
  const first = Math.min(...jobs.map(({ release }) => release));
  const last = Math.max(...jobs.map(({ deadline }) => deadline));
  const from = instant(Math.floor(first / HOUR_MS) * HOUR_MS);
  return [...walkForward(series, { method: 'builtin', from, to: instant(last), everyHours: 1, leads: LEADS })];
};

const replayed = (
  request: BacktestRequest,
  issues: readonly IssuedForecast[],
  policy: Policy | undefined,
): { readonly pair: BacktestPair; readonly replay: JobsReplay } => {
  const { series, timeZone, mode, minimumSegmentMs, startMs } = request;
  const actual = stepsOf(series);
  const restrict = policy && restrictionOf(policy, timeZone, series);
  const jobs = request.jobs.map((job) => (policy === undefined ? job : { ...job, deadline: delayedDeadline(policy, job) }));
  const start = startMs === 0 ? NO_COST : { ms: startMs, energyMs: startMs };
  const rules = mode === 'interruptible' ? { minSegmentMs: minimumSegmentMs, start } : { minSegmentMs: 0, start: NO_COST };
  const options = { actual, mode, rules, ...(restrict && { restrict }) };
  const real = replayJobs(jobs, { ...options, issues });
  const perfect = replayJobs(jobs, { ...options, issues: undefined });
  const forecast = outcomeOf(real, actual, policy);
  const oracle = outcomeOf(perfect, actual, policy);
  return { replay: real, pair: { forecast, perfect: oracle, shareOfOraclePercent: shareKept(real, perfect) } };
};

const shareKept = (real: JobsReplay, perfect: JobsReplay): number | undefined => {
  let [kept, possible] = [0, 0];
  real.jobs.forEach((result, index) => {
    const bound = perfect.jobs[index]!;
    if (result.leftMs > 0 || bound.leftMs > 0) return;
    const { powerWatts: watts } = result.job as BacktestJob;
    kept += watts * (result.base - result.planned);
    possible += watts * (bound.base - bound.planned);
  });
  return possible > 0 ? (100 * kept) / possible : undefined;
};
