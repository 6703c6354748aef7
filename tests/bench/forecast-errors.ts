/** Walk-forward errors of the built-in forecast and of its peers over one trace: one issue an hour, nothing after it known. */
import { forecastHours } from '../../src/grid/history-forecast.js';
import { LEAST_HISTORY_HOURS } from '../../src/grid/history-model.js';
import { brokenHours, hourlyHistory, hourlyRecord, type HourlyHistory } from '../../src/grid/hourly-history.js';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { TraceError } from '../../src/grid/trace-file.js';
import { walkForward } from '../../src/grid/walk-forward.js';
import { HOUR_MS, instant, type Instant } from '../../src/units/time.js';

export const LEADS = 72;
export const BLOCKS = ['1-24', '24-48', '48-72'] as const;
export const METHODS = ['mape', 'persistence24h', 'persistence7d', 'weeklyMean'] as const;
export type Method = (typeof METHODS)[number];

/** Sums over forecast hours; `all` counts broken hours too. */
export interface ErrorSum {
  relative: number;
  count: number;
  relativeAll: number;
  countAll: number;
}

export interface Errors {
  readonly sums: Record<Method, ErrorSum[]>;
  /** Issues without a built-in forecast, scored as the 24-hour persistence the service falls back on. */
  lacking: number;
  /** Forecast hours that had intervals and an outcome, and how many of these lay within. */
  withIntervals: number;
  within80: number;
  within95: number;
  readonly fitMs: number[];
}

const noSums = (): ErrorSum[] => BLOCKS.map(() => ({ relative: 0, count: 0, relativeAll: 0, countAll: 0 }));

const noErrors = (): Errors => ({
  sums: Object.fromEntries(METHODS.map((method) => [method, noSums()])) as Errors['sums'],
  lacking: 0,
  withIntervals: 0,
  within80: 0,
  within95: 0,
  fitMs: [],
});

export const addErrors = (a: Errors, b: Errors): Errors => {
  for (const method of METHODS)
    a.sums[method].forEach((sum, block) => {
      const other = b.sums[method][block]!;
      sum.relative += other.relative;
      sum.count += other.count;
      sum.relativeAll += other.relativeAll;
      sum.countAll += other.countAll;
    });
  a.lacking += b.lacking;
  a.withIntervals += b.withIntervals;
  a.within80 += b.within80;
  a.within95 += b.within95;
  for (const ms of b.fitMs) a.fitMs.push(ms);
  return a;
};

export interface Scored {
  readonly start: Instant;
  readonly means: Float64Array;
  readonly broken: ReadonlySet<number>;
  /** The first hour whose end is an issue, and the one after the last. */
  readonly firstIssue: number;
  readonly lastIssue: number;
}

/** The whole trace as hours; four weeks of history come before the first issue. */
export const scoredHours = (series: IntensitySeries): Scored => {
  const record = hourlyRecord(series, series.readings.at(-1)?.interval.end ?? instant(0));
  if (record === undefined || record.means.length <= LEAST_HISTORY_HOURS)
    throw new TraceError(
      `the trace of ${series.zone} has ${record?.means.length ?? 0} hours; a forecast needs ${LEAST_HISTORY_HOURS} before it, and one to be judged by`,
    );
  const { start, means } = record;
  return { start, means, broken: brokenHours(record), firstIssue: LEAST_HISTORY_HOURS - 1, lastIssue: means.length - 1 };
};

/** Errors of the issues at the ends of hours `from` to `to`, `to` not included. */
export const errorsOfIssues = (series: IntensitySeries, scored: Scored, from: number, to: number): Errors => {
  const errors = noErrors();
  for (let issue = from; issue < to; issue += 1) {
    const now = endOf(scored, issue);
    const began = performance.now();
    const history = hourlyHistory(series, now)!;
    const forecast = forecastHours(history, LEADS);
    errors.fitMs.push(performance.now() - began);
    if (!forecast.ok) errors.lacking += 1;
    for (const { lead, came, broken } of outcomes(scored, issue)) {
      const peers = peersOf(history, lead);
      const expected = forecast.ok ? forecast.hours[lead]! : undefined;
      const guesses = { mape: expected?.median ?? peers.persistence24h, ...peers };
      for (const method of METHODS) addError(errors.sums[method][Math.floor(lead / 24)]!, Math.abs(guesses[method] - came) / came, broken);
      if (broken || expected === undefined) continue;
      errors.withIntervals += 1;
      if (expected.low80 <= came && came <= expected.high80) errors.within80 += 1;
      if (expected.low95 <= came && came <= expected.high95) errors.within95 += 1;
    }
  }
  return errors;
};

/** Sums of the walk-forward medians' errors at the same issues, and the time it took, in one thread. */
export const errorsOfWalk = (series: IntensitySeries, scored: Scored): WalkErrors => {
  const began = performance.now();
  const { firstIssue, lastIssue } = scored;
  const span = { from: endOf(scored, firstIssue), to: endOf(scored, lastIssue) };
  const issues = [...walkForward(series, { method: 'builtin', ...span, everyHours: 1, leads: LEADS })];
  const seconds = (performance.now() - began) / 1000;
  const sums = noSums();
  issues.forEach(({ hours }, index) => {
    for (const { lead, came, broken } of outcomes(scored, firstIssue + index))
      addError(sums[Math.floor(lead / 24)]!, Math.abs(hours[lead]! - came) / came, broken);
  });
  return { sums, seconds };
};

export interface WalkErrors {
  readonly sums: readonly ErrorSum[];
  readonly seconds: number;
}

const endOf = ({ start }: Scored, hour: number): Instant => instant(start + (hour + 1) * HOUR_MS);

/** What came of the hours after an issue, as far as it is known. */
function* outcomes({ means, broken }: Scored, issue: number) {
  for (let lead = 0; lead < LEADS && issue + 1 + lead < means.length; lead += 1) {
    const came = means[issue + 1 + lead]!;
    if (came > 0) yield { lead, came, broken: broken.has(issue + 1 + lead) };
  }
}

const addError = (sum: ErrorSum, relative: number, broken: boolean): void => {
  sum.relativeAll += relative;
  sum.countAll += 1;
  if (broken) return;
  sum.relative += relative;
  sum.count += 1;
};

/** From the same filled history as the forecast: the last complete same hour of the day, of the week, and the mean of the last seven. */
const peersOf = ({ log }: HourlyHistory, lead: number): Record<Exclude<Method, 'mape'>, number> => {
  const back = (period: number) => log.length - period + (lead % period);
  let sum = 0;
  for (let day = 0; day < 7; day += 1) sum += Math.exp(log[back(24) - 24 * day]!);
  return { persistence24h: Math.exp(log[back(24)]!), persistence7d: Math.exp(log[back(168)]!), weeklyMean: sum / 7 };
};
