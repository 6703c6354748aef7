/** Lists of jobs as CSV: `job,release,duration,deadline` and, where it matters, `power_watts`. */
import { parse } from 'csv-parse/sync';
import { iso, instant, parseDurationMs, parseInstant } from '../units/time.js';
import type { BacktestJob } from './backtest-outcome.js';

/** A list of jobs that cannot be used; the message names file, line and column of every problem, up to 20. */
export class JobsError extends Error {
  constructor(file: string, problems: readonly string[]) {
    const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
    super([`${file}:`, ...[...problems.slice(0, MOST_PROBLEMS), ...more].map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'JobsError';
  }
}

const MOST_PROBLEMS = 20;
const COLUMNS = ['job', 'release', 'duration', 'deadline'] as const;
/** Power of a job that states none: its emissions in gCO2eq are then its intensity × hours. */
const POWER_WATTS = 1000;

interface JobRow {
  readonly job: string;
  readonly release: string;
  readonly duration: string;
  readonly deadline: string;
  readonly power_watts?: string;
}

/** @param file name for messages @throws JobsError */
export const parseJobs = (text: string, file: string): readonly BacktestJob[] => {
  const [header = [], ...lines] = csvRows(text, file);
  const missing = COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new JobsError(file, [
      `the header names ${header.join(',') || 'nothing'}; needed are ${COLUMNS.join(',')}, allowed is power_watts too`,
    ]);
  const problems: string[] = [];
  const seen = new Set<string>();
  const jobs = lines.flatMap((cells, index): readonly BacktestJob[] => {
    const row = Object.fromEntries(header.map((name, at) => [name, cells[at]?.trim() ?? ''])) as unknown as JobRow;
    const job = jobOf(row, seen, (column, allowed) =>
      problems.push(`line ${index + 2}: ${column}: got ${JSON.stringify(row[column])}, allowed is ${allowed}`),
    );
    return job === undefined ? [] : [job];
  });
  if (problems.length > 0) throw new JobsError(file, problems);
  return jobs;
};

const csvRows = (text: string, file: string): readonly (readonly string[])[] => {
  try {
    return parse(text, { bom: true, skipEmptyLines: true });
  } catch (failure) {
    throw new JobsError(file, [failure instanceof Error ? failure.message : String(failure)]);
  }
};

type Tell = (column: keyof JobRow, allowed: string) => void;

const jobOf = (row: JobRow, seen: Set<string>, tell: Tell): BacktestJob | undefined => {
  const read = <T>(column: keyof JobRow, allowed: string, of: (text: string) => T): T | undefined => {
    try {
      return of(row[column] ?? '');
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
      tell(column, allowed);
      return undefined;
    }
  };
  if (row.job === '' || seen.has(row.job)) tell('job', 'a name no other job has');
  seen.add(row.job);
  const at = 'an ISO-8601 instant with its offset, like 2022-06-01T17:00:00Z';
  const release = read('release', at, parseInstant);
  const deadline = read('deadline', at, parseInstant);
  const durationMs = read('duration', 'an ISO-8601 duration above 0, like PT4H', (text) => positive(parseDurationMs(text)));
  const powerWatts = read('power_watts', 'a number of watts above 0', (text) => (text === '' ? POWER_WATTS : positive(Number(text))));
  if (release === undefined || deadline === undefined || durationMs === undefined || powerWatts === undefined) return undefined;
  if (deadline < release + durationMs) tell('deadline', `${iso(instant(release + durationMs))}, its release plus its duration, or later`);
  return { job: row.job, release, deadline, durationMs, powerWatts };
};

const positive = (value: number): number => {
  if (!(value > 0) || !Number.isFinite(value)) throw new RangeError(`not above 0: ${value}`);
  return value;
};
