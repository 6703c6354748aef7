/** Walk-forward errors of the built-in forecast and of its peers over one trace: one issue an hour, nothing after it known. */
import { forecastHours, LEAST_HISTORY_HOURS } from '../../src/grid/history-forecast.js';
import { brokenHours, hourlyHistory, hourlyMeans, type HourlyHistory } from '../../src/grid/hourly-history.js';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { HOUR_MS, instant } from '../../src/units/time.js';

export const LEADS = 72;
export const BLOCKS = ['1-24', '24-48', '48-72'] as const;
export const METHODS = ['mape', 'persistence24h', 'persistence7d', 'weeklyMean'] as const;
export type Method = (typeof METHODS)[number];

/** Sums over forecast hours; `all` counts broken hours too. */
interface ErrorSum {
  relative: number;
  count: number;
  relativeAll: number;
  countAll: number;
}

export interface Errors {
  readonly sums: Record<Method, ErrorSum[]>;
  within80: number;
  within95: number;
  readonly fitMs: number[];
}

const noErrors = (): Errors => ({
  sums: Object.fromEntries(
    METHODS.map((method) => [method, BLOCKS.map(() => ({ relative: 0, count: 0, relativeAll: 0, countAll: 0 }))]),
  ) as unknown as Errors['sums'],
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
  a.within80 += b.within80;
  a.within95 += b.within95;
  for (const ms of b.fitMs) a.fitMs.push(ms);
  return a;
};

export interface Scored {
  readonly start: number;
  readonly means: Float64Array;
  readonly broken: ReadonlySet<number>;
  /** The first hour whose end is an issue, and the one after the last. */
  readonly firstIssue: number;
  readonly lastIssue: number;
}

/** The whole trace as hours; four weeks of history come before the first issue. */
export const scoredHours = (series: IntensitySeries): Scored => {
  const end = series.readings.at(-1)?.interval.end ?? instant(0);
  const hours = hourlyMeans(series, end);
  if (hours === undefined || hours.means.length <= LEAST_HISTORY_HOURS)
    throw new RangeError(`the trace of ${series.zone} is shorter than ${LEAST_HISTORY_HOURS / 24} days and a forecast`);
  const { start, means } = hours;
  return { start, means, broken: brokenHours(means), firstIssue: LEAST_HISTORY_HOURS - 1, lastIssue: means.length - 1 };
};

/** Errors of the issues at the ends of hours `from` to `to`, `to` not included. */
export const errorsOfIssues = (series: IntensitySeries, scored: Scored, from: number, to: number): Errors => {
  const errors = noErrors();
  for (let issue = from; issue < to; issue += 1) {
    const now = instant(scored.start + (issue + 1) * HOUR_MS);
    const began = performance.now();
    const history = hourlyHistory(series, now)!;
    const forecast = forecastHours(history, LEADS);
    errors.fitMs.push(performance.now() - began);
    for (let lead = 0; lead < LEADS && issue + 1 + lead < scored.means.length; lead += 1) {
      const came = scored.means[issue + 1 + lead]!;
      if (!(came > 0)) continue;
      const broken = scored.broken.has(issue + 1 + lead);
      const { median, low80, high80, low95, high95 } = forecast[lead]!;
      const guesses = { mape: median, ...peersOf(history, lead) };
      for (const method of METHODS) addError(errors.sums[method][Math.floor(lead / 24)]!, Math.abs(guesses[method] - came) / came, broken);
      if (broken) continue;
      if (low80 <= came && came <= high80) errors.within80 += 1;
      if (low95 <= came && came <= high95) errors.within95 += 1;
    }
  }
  return errors;
};

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
