/** Backtests: one at a time in a thread of its own, over a year that is on record. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { IntensitySeries } from '../grid/reading.js';
import type { BacktestReport, BacktestRequest } from '../plan/backtest.js';
import { instant, iso, type Interval } from '../units/time.js';
import { timeZoneOf } from './expected-grid.js';
import type { Ports } from './ports.js';

export type BacktestAnswer =
  { readonly kind: 'replayed'; readonly report: BacktestReport } | { readonly kind: 'refused'; readonly message: string };

const ENTRY = fileURLToPath(new URL('./backtest-thread.js', import.meta.url));

let running: Promise<unknown> = Promise.resolve();

/** Waits for the one before it: a backtest keeps a core busy for seconds. */
export const runBacktest = (request: BacktestRequest): Promise<BacktestAnswer> => {
  const answer = running.then(() => inThread(request));
  running = answer.catch(() => undefined); // Whoever awaits the answer hears of it.
  return answer;
};

const inThread = async (request: BacktestRequest): Promise<BacktestAnswer> => {
  const worker = new Worker(ENTRY, { workerData: request });
  try {
    const [answer] = (await once(worker, 'message')) as [BacktestAnswer];
    return answer;
  } finally {
    await worker.terminate();
  }
};

export interface BacktestQuestion extends Omit<BacktestRequest, 'series' | 'timeZone'> {
  /** Key of a zone the grid serves. */
  readonly zone: string;
  readonly year: number;
}

/** Over what the service knows of a zone's past. */
export const backtestZone = async (ports: Ports, { zone, year, ...question }: BacktestQuestion): Promise<BacktestAnswer> => {
  const series = await ports.record(zone, yearSpan(year));
  const problem = notOfYear(year, series, question.jobs);
  if (problem !== undefined) return { kind: 'refused', message: problem };
  return runBacktest({ ...question, series, timeZone: timeZoneOf(ports, zone) });
};

/** A calendar year in UTC. */
const yearSpan = (year: number): Interval => ({ start: instant(Date.UTC(year, 0, 1)), end: instant(Date.UTC(year + 1, 0, 1)) });

/** Why a record or its jobs cannot stand for a year; undefined when they can. */
export const notOfYear = (year: number, series: IntensitySeries, jobs: BacktestRequest['jobs']): string | undefined => {
  const { start, end } = yearSpan(year);
  const [first, last] = [series.readings[0], series.readings.at(-1)];
  if (first === undefined || last === undefined || first.interval.start >= end || last.interval.end <= start) {
    const known = first === undefined || last === undefined ? 'nothing' : `${iso(first.interval.start)} to ${iso(last.interval.end)}`;
    return `the record of ${series.zone} holds ${known}, nothing of ${year}`;
  }
  const outside = jobs.find(({ release }) => release < start || release >= end);
  return outside && `job ${outside.job} is released at ${iso(outside.release)}, outside of ${year}`;
};
