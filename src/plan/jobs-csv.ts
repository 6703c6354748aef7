/**
 * Reads a list of jobs: CSV with the columns job, release, duration and deadline in any order, times in ISO-8601, and
 * power_watts where it is known.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { HOUR_MS, instant, iso, parseDurationMs, parseInstant, parseInstantOrUtc, type Instant } from '../units/time.js';
import type { Job } from './job.js';

/** A list that cannot be used; the message names every row that is wrong, up to MOST_NAMED of them. */
export class JobsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JobsError';
  }
}

export interface JobsCsv {
  /** For messages. */
  readonly file: string;
  /** What times without an offset mean; such times are refused when it is undefined. */
  readonly timeZone?: 'UTC';
  /** Grid time every start takes: a job has to fit with one of them. */
  readonly startMs?: number;
}

const COLUMNS = ['job', 'release', 'duration', 'deadline'] as const;
const MOST_NAMED = 20;

type Row = Readonly<Partial<Record<string, string>>>;

export interface ListedJob extends Job {
  /** Mean power while it runs; undefined: not stated. */
  readonly powerWatts: number | undefined;
}

/** @throws JobsError */
export const parseJobs = (text: string, csv: JobsCsv): readonly ListedJob[] => {
  const rows = rowsOf(text, csv.file);
  const problems: string[] = [];
  const jobs = rows.flatMap(({ record, info }) => {
    const read = jobOf(record, csv);
    problems.push(...read.problems.map((problem) => `${csv.file}:${info.lines}: ${problem}`));
    return read.job ?? [];
  });
  if (problems.length > 0) {
    const more = problems.length > MOST_NAMED ? [`and ${problems.length - MOST_NAMED} more`] : [];
    throw new JobsError([...problems.slice(0, MOST_NAMED), ...more].join('\n'));
  }
  if (jobs.length === 0) throw new JobsError(`${csv.file}: no jobs; needed is at least one row below the header`);
  return jobs;
};

const rowsOf = (text: string, file: string): readonly { readonly record: Row; readonly info: { readonly lines: number } }[] => {
  const columns = (header: readonly string[]) => {
    const names = header.map((name) => name.trim().toLowerCase());
    const missing = COLUMNS.filter((column) => !names.includes(column));
    if (missing.length > 0)
      throw new JobsError(`${file}:1: the header names ${header.join(',')}; missing ${missing.join(', ')} of ${COLUMNS.join(',')}`);
    return names;
  };
  try {
    return parse(text, { columns, bom: true, trim: true, skip_empty_lines: true, info: true });
  } catch (failure) {
    if (failure instanceof CsvError) throw new JobsError(`${file}: ${failure.message}`);
    throw failure;
  }
};

const jobOf = (row: Row, { timeZone, startMs = 0 }: JobsCsv): { readonly job?: ListedJob; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const cell = <T>(column: string, allowed: string, read: (text: string) => T): T | undefined => {
    const given = row[column] ?? '';
    try {
      return read(given);
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
      problems.push(`${column}: got ${JSON.stringify(given)}, allowed is ${allowed}`);
      return undefined;
    }
  };
  const time = (column: string) =>
    timeZone === 'UTC'
      ? cell(column, 'a time like 2022-06-01T17:00:00Z, or 2022-06-01T17:00 in UTC', parseInstantOrUtc)
      : cell(column, 'a time with its offset, like 2022-06-01T17:00:00Z (or state --tz UTC for times without one)', parseInstant);
  const job = cell('job', 'a name', nameOf);
  const release = time('release');
  const durationMs = cell('duration', 'an ISO-8601 duration above zero, in days and smaller, like PT2H30M', durationOf);
  const deadline = time('deadline');
  const powerWatts = cell('power_watts', 'a number of watts above zero, or nothing', powerOf);
  if (problems.length > 0 || job === undefined || release === undefined || durationMs === undefined || deadline === undefined)
    return { problems };
  const least = instant(release + startMs + durationMs);
  if (deadline < least) return { problems: [tooEarly(row['deadline']!, deadline, least, startMs)] };
  return { job: { job, release, durationMs, deadline, powerWatts }, problems };
};

const nameOf = (text: string): string => {
  if (text === '') throw new RangeError('empty');
  return text;
};

const powerOf = (text: string): number | undefined => {
  if (text === '') return undefined;
  const power = Number(text);
  if (!(power > 0) || !Number.isFinite(power)) throw new RangeError('not above zero');
  return power;
};

const durationOf = (text: string): number => {
  const ms = parseDurationMs(text);
  if (!(ms > 0)) throw new RangeError('not above zero');
  return ms;
};

const tooEarly = (given: string, deadline: Instant, least: Instant, startMs: number): string =>
  `deadline: got ${JSON.stringify(given)}, allowed is ${iso(least)} or later: release + duration${startMs > 0 ? ' + one start' : ''}, ${((least - deadline) / HOUR_MS).toFixed(2)} h more slack`;
