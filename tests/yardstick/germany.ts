/** The public yardstick: Germany 2020 in half-hours, what a perfect forecast saves on it, and the machine-learning jobs. */
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import type { Job } from '../../src/plan/job.js';
import { instant, MINUTE_MS, parseInstant } from '../../src/units/time.js';

export const STEP_MS = 30 * MINUTE_MS;
export const START = parseInstant('2020-01-01T00:00:00Z');

const FILES = ['de-2020.csv', 'de-2020-oracle.csv', 'ml-jobs.csv'] as const;

const folder = (): string => process.env['YARDSTICK_DATA'] ?? path.resolve('../shared/traces/yardstick');

/** Says which data is missing, and what to do; undefined when all of it is there. */
export const missingData = (): string | undefined => {
  const missing = FILES.filter((name) => !fs.existsSync(path.join(folder(), name)));
  return missing.length === 0
    ? undefined
    : `yardstick data: ${folder()} has no ${missing.join(', no ')}; set YARDSTICK_DATA to the folder that has them`;
};

/** @throws Error when any of the data is not there */
const dataFile = (name: (typeof FILES)[number]): string => {
  const missing = missingData();
  if (missing !== undefined) throw new Error(missing);
  return path.join(folder(), name);
};

const rows = (name: (typeof FILES)[number]): readonly Readonly<Record<string, string>>[] =>
  parse(fs.readFileSync(dataFile(name), 'utf8'), { columns: true, skip_empty_lines: true });

/** Half-hours: the quarter-hours that begin on them stand for the whole. They begin twelve days before the year. */
export const germany = (): IntensitySeries => {
  const series = readTraceFile({ zone: 'DE', file: dataFile('de-2020.csv'), timeZone: 'UTC' });
  const readings = series.readings
    .filter(({ interval }) => interval.start % STEP_MS === 0)
    .map((reading) => ({ ...reading, interval: { start: reading.interval.start, end: instant(reading.interval.start + STEP_MS) } }));
  return { ...series, readings };
};

export interface OracleRow {
  readonly jobHours: number;
  readonly slackHours: number;
  readonly arrivals: number;
  readonly baselineMean: number;
  readonly contiguousPercent: number;
  readonly interruptiblePercent: number;
}

export const oracleRows = (): readonly OracleRow[] =>
  rows('de-2020-oracle.csv').map((row) => ({
    jobHours: Number(row['job_h']),
    slackHours: Number(row['slack_h']),
    arrivals: Number(row['n_arrivals']),
    baselineMean: Number(row['baseline_mean_gco2_kwh']),
    contiguousPercent: Number(row['oracle_noninterrupt_saving_pct']),
    interruptiblePercent: Number(row['oracle_interrupt_saving_pct']),
  }));

export const SLACKS = ['next-workday', 'semi-weekly'] as const;
export type Slack = (typeof SLACKS)[number];

/** Wiesner et al., "Let's Wait Awhile", Middleware 2021: the machine-learning project's 3,387 jobs. @param start of step 0 */
export const mlJobs = (slack: Slack, start: number = START): readonly Job[] =>
  rows('ml-jobs.csv').map((row) => {
    const steps = (column: string) => Number(row[column]) * STEP_MS;
    const release = start + steps('arrival_step');
    const durationMs = steps('duration_steps');
    const slackMs = steps(`slack_steps_${slack.replace('-', '_')}`);
    return { job: row['job']!, release: instant(release), durationMs, deadline: instant(release + durationMs + slackMs) };
  });
