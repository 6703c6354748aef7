/** `lowtide plan`: a list of jobs laid over a trace, as it would have been planned on a forecast. No server, no database. */
import path from 'node:path';
import Table from 'cli-table3';
import { logUpdateStderr } from 'log-update';
import { readTraceFile } from '../grid/trace-file.js';
import type { WalkForwardMethod } from '../grid/walk-forward.js';
import { stepsOf } from '../plan/intensity-steps.js';
import type { Job, JobResult } from '../plan/job.js';
import { jobForecasts } from '../plan/job-forecasts.js';
import { parseJobs } from '../plan/jobs-csv.js';
import { replayJobs, type JobsReplay } from '../plan/replay-jobs.js';
import { HOUR_MS, iso, type Interval } from '../units/time.js';
import { givenText } from './given-file.js';

export interface PlanOptions {
  readonly trace: string;
  readonly jobs: string;
  readonly mode: 'contiguous' | 'interruptible';
  readonly forecast: WalkForwardMethod;
  readonly tz?: 'UTC';
  /** Grid ms. */
  readonly minSegment?: number;
  readonly startOverhead?: number;
  readonly json?: boolean;
}

/** What it prints. @throws TraceError, JobsError, or Error when the list is missing */
export const planJobs = (options: PlanOptions): string => {
  const { mode, forecast, tz, minSegment = 0, startOverhead = 0 } = options;
  const timeZone = tz && { timeZone: tz };
  const trace = readTraceFile({ zone: path.basename(options.trace, '.csv'), file: options.trace, ...timeZone });
  const jobs = parseJobs(givenText(options.jobs), { file: options.jobs, startMs: startOverhead, ...timeZone });
  const { issues, count } = jobForecasts(trace, jobs, forecast);
  const replay = replayJobs(jobs, {
    actual: stepsOf(trace),
    issues,
    mode,
    rules: { minSegmentMs: minSegment, start: { ms: startOverhead, energyMs: startOverhead } },
    onIssue: progress(count),
  });
  if (process.stderr.isTTY) logUpdateStderr.clear();
  return options.json === true ? JSON.stringify(jsonOf(replay)) : textOf(replay, options);
};

const BAR_WIDTH = 24;
const SHOWN_EVERY = 50;

/** A bar on a terminal, none elsewhere. */
const progress = (count: number): (() => void) => {
  let done = 0;
  const began = performance.now();
  return () => {
    done += 1;
    if (!process.stderr.isTTY || done % SHOWN_EVERY !== 0) return;
    const filled = Math.round((BAR_WIDTH * done) / count);
    const leftSeconds = ((performance.now() - began) / 1000 / done) * (count - done);
    logUpdateStderr(
      `[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] planned anew on ${done} of ${count} hourly forecasts, about ${leftSeconds.toFixed(0)} s left`,
    );
  };
};

const totalsOf = ({ jobs }: JobsReplay): { readonly base: number; readonly planned: number; readonly savingPercent: number | null } => {
  const base = jobs.reduce((sum, each) => sum + each.base, 0);
  const planned = jobs.reduce((sum, each) => sum + each.planned, 0);
  return { base, planned, savingPercent: base === 0 ? null : 100 * (1 - planned / base) };
};

const jsonOf = (replay: JobsReplay): unknown => ({
  unit: 'gCO2eq/kWh × h',
  ...totalsOf(replay),
  jobs: replay.jobs.map(({ job, base, planned, segments, blind }) => ({
    job: job.job,
    base,
    planned,
    segments: segments.map(({ start, end }) => ({ start: iso(start), end: iso(end) })),
    ...(blind && { withoutForecast: true }),
  })),
  skipped: replay.skipped.map(({ job, reason }) => ({ job: job.job, reason })),
});

/** Rows of the table; a list of thousands is for --json. */
const MOST_ROWS = 20;

const textOf = (replay: JobsReplay, { mode, forecast, trace }: PlanOptions): string => {
  const { base, planned, savingPercent } = totalsOf(replay);
  const table = new Table({
    head: ['job', 'released', 'runs', 'at once, gCO2eq/kWh × h', 'as planned', 'saving'],
    style: { head: [], border: [] },
  });
  for (const each of replay.jobs.slice(0, MOST_ROWS)) table.push(rowOf(each));
  const lines = [table.toString()];
  if (replay.jobs.length > MOST_ROWS) lines.push(`and ${replay.jobs.length - MOST_ROWS} more jobs (--json prints all)`);
  lines.push(
    `${replay.jobs.length} jobs, ${mode}, on ${forecast === 'perfect' ? 'a perfect forecast' : `the ${forecast} forecast, planned anew every hour`}, over ${trace}`,
    `at once ${base.toFixed(2)}, as planned ${planned.toFixed(2)} gCO2eq/kWh × h: ${savingPercent === null ? 'nothing to save' : `${savingPercent.toFixed(3)} % saved`} under what really happened`,
  );
  const blind = replay.jobs.filter((each) => each.blind).length;
  if (blind > 0) lines.push(`${blind} jobs ran for some time without a forecast: the trace does not reach back far enough, or has a gap`);
  if (replay.skipped.length > 0) lines.push(`${replay.skipped.length} jobs left out:`, ...skippedLines(replay));
  return lines.join('\n');
};

const rowOf = ({ job, base, planned, segments }: JobResult): string[] => [
  job.job,
  minute(job.release),
  segments.length === 1
    ? spanText(segments[0]!)
    : `${segments.length} segments, ${spanText({ start: segments[0]!.start, end: segments.at(-1)!.end })}`,
  base.toFixed(2),
  planned.toFixed(2),
  base === 0 ? '' : `${(100 * (1 - planned / base)).toFixed(2)} %`,
];

const skippedLines = ({ skipped }: JobsReplay): readonly string[] => [
  ...skipped.slice(0, MOST_ROWS).map(({ job, reason }) => `  ${job.job}: ${reason}`),
  ...(skipped.length > MOST_ROWS ? [`  and ${skipped.length - MOST_ROWS} more (--json prints all)`] : []),
];

const minute = (at: Job['release']): string => `${iso(at).slice(0, 16).replace('T', ' ')} UTC`;
const spanText = ({ start, end }: Interval): string => `${minute(start)} + ${((end - start) / HOUR_MS).toFixed(2)} h`;
