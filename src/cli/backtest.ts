/** `lowtide backtest`: what a policy would have cost and saved over a past year, without a server or a database. */
import path from 'node:path';
import Table from 'cli-table3';
import type { IntensitySeries } from '../grid/reading.js';
import { shippedTraces } from '../grid/replayed-grid.js';
import { readTraceFile } from '../grid/trace-file.js';
import { zoneDirectory } from '../grid/zone-directory.js';
import { readZoneTables } from '../grid/zone-tables.js';
import { UnknownZone } from '../grid/zone.js';
import type { BacktestReport } from '../plan/backtest.js';
import type { BacktestOutcome } from '../plan/backtest-outcome.js';
import { parseJobs } from '../plan/jobs-csv.js';
import { massInWords } from '../units/in-words.js';
import { iso } from '../units/time.js';
import { notOfYear, runBacktest } from '../workflows/run-backtest.js';
import { givenText } from './given-file.js';
import { checkPolicyFile } from './policy.js';

export interface BacktestOptions {
  readonly policy: string;
  readonly jobs: string;
  readonly zone: string;
  readonly year: number;
  readonly trace?: string;
  readonly tz?: 'UTC';
  readonly mode: 'contiguous' | 'interruptible';
  readonly minimumSegmentMs: number;
  readonly startMs: number;
}

/** @param folder of the installed package @throws Error with one message for whatever was wrong with files or options */
export const backtestFiles = async (folder: string, options: BacktestOptions): Promise<BacktestReport> => {
  const { policy } = checkPolicyFile(options.policy);
  const { mode, minimumSegmentMs, startMs, tz } = options;
  const listed = parseJobs(givenText(options.jobs), { file: options.jobs, startMs, ...(tz && { timeZone: tz }) });
  const jobs = listed.map((job) => ({ ...job, powerWatts: job.powerWatts ?? POWER_WATTS }));
  const zone = zoneDirectory(readZoneTables(path.join(folder, 'configs/zones'))).resolve(options.zone);
  if (zone instanceof UnknownZone) throw new Error(`--zone: ${zone.message}`);
  const series = recordOf(folder, zone.key, options);
  const problem = notOfYear(options.year, series, jobs);
  if (problem !== undefined) throw new Error(`--year ${options.year}: ${problem}`);
  const answer = await runBacktest({ policy, jobs, series, timeZone: zone.timeZone, mode, minimumSegmentMs, startMs });
  if (answer.kind === 'refused') throw new Error(answer.message);
  return answer.report;
};

/** Power of a job that states none: its emissions in gCO2eq are then its intensity × hours. */
const POWER_WATTS = 1000;

const recordOf = (folder: string, zone: string, { trace, tz, year }: BacktestOptions): IntensitySeries => {
  if (trace !== undefined) return readTraceFile({ zone, file: trace, ...(tz && { timeZone: tz }) });
  const shipped = shippedTraces(path.join(folder, 'configs/traces'));
  const own = shipped.find((each) => each.zone.key === zone);
  if (own !== undefined) return readTraceFile({ zone, file: own.file });
  throw new Error(
    `--zone ${zone}: no trace of ${year} is shipped; give one with --trace FILE, or one of ${shipped.map((each) => each.zone.key).join(', ')}`,
  );
};

const percent = (value: number | undefined): string => (value === undefined ? 'nothing to save' : `${value.toFixed(2)} %`);
const hours = (value: number | undefined): string => (value === undefined ? 'unknown' : `${value.toFixed(1)} h`);

/** The report as a terminal table, with what stands behind it. */
export const backtestText = (report: BacktestReport): string => {
  const { withPolicy, withoutPolicy } = report;
  const columns: readonly (readonly [string, BacktestOutcome, number | undefined])[] = [
    ['policy, forecast', withPolicy.forecast, withPolicy.shareOfOraclePercent],
    ['policy, perfect foresight', withPolicy.perfect, undefined],
    ['no policy, forecast', withoutPolicy.forecast, withoutPolicy.shareOfOraclePercent],
    ['no policy, perfect foresight', withoutPolicy.perfect, undefined],
  ];
  const table = new Table({
    head: ['', ...columns.map(([name]) => name)],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  const row = (label: string, text: (outcome: BacktestOutcome, share: number | undefined) => string) =>
    table.push([label, ...columns.map(([, outcome, share]) => text(outcome, share))]);
  row('emissions', ({ planned }) => massInWords(planned));
  row('the same jobs at once', ({ base }) => massInWords(base));
  row('saving', ({ savingPercent }) => percent(savingPercent));
  row('share of the perfect saving', (outcome, share) =>
    outcome === withPolicy.perfect || outcome === withoutPolicy.perfect ? '' : percent(share),
  );
  row('jobs finished', ({ finished }) => String(finished));
  row('deadlines missed', ({ missedDeadlines }) => String(missedDeadlines));
  row('delay, mean', ({ delayHours }) => hours(delayHours?.mean));
  row('delay, 95 of 100 within', ({ delayHours }) => hours(delayHours?.p95));
  row('hours above the ceiling', ({ hoursAboveCeiling }) => hoursAboveCeiling.toFixed(1));
  row('jobs over the budget of a run', ({ jobsOverRunBudget }) => String(jobsOverRunBudget));
  row('periods over a budget', ({ periodsOverBudget }) => String(periodsOverBudget.length));
  const over = withPolicy.forecast.periodsOverBudget.map(
    ({ period, start, spent, most }) => `  ${period} from ${iso(start).slice(0, 10)}: ${massInWords(spent)} of ${massInWords(most)}`,
  );
  const issues = Object.entries(report.issues).map(([method, count]) => `${count} by ${method}`);
  return [
    `policy ${report.policy} over ${report.jobs} jobs in ${report.zone}, ${report.mode}`,
    table.toString(),
    ...(over.length === 0 ? [] : ['periods over a budget, with the forecast:', ...over]),
    `forecasts: ${issues.join(', ')}, each made from nothing later than its hour; jobs are planned anew on each.`,
    ...(report.skipped.length === 0
      ? []
      : [
          `left out: ${report.skipped.length} jobs, the record does not wholly know their time (first: ${report.skipped[0]!.job}: ${report.skipped[0]!.reason}).`,
        ]),
    'Delays and savings are of finished jobs. A ceiling is kept by what was expected; what came above it is counted in hours.',
  ].join('\n');
};
