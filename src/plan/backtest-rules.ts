/** A policy as a backtest keeps it: time closed to the planner, and deadlines moved forward. */
import type { IntensitySeries } from '../grid/reading.js';
import type { Policy } from '../policy/policy.js';
import { quietSpans } from '../policy/quiet-hours.js';
import { instant, MINUTE_MS, type Instant } from '../units/time.js';
import type { BacktestJob } from './backtest-outcome.js';
import { permittedSteps, type IntensitySteps } from './intensity-steps.js';

/** Quiet hours are kept to the quarter of an hour in a backtest. */
const CELL_MS = 15 * MINUTE_MS;

/**
 * What is expected with forbidden steps closed: above the ceiling as it is expected, not as it turns out, and wherever a
 * quiet hour touches them. Undefined when the policy has neither.
 */
export const restrictionOf = (
  { ceiling, quietHours }: Policy,
  timeZone: string,
  series: IntensitySeries,
): ((expected: IntensitySteps) => IntensitySteps) | undefined => {
  if (ceiling === undefined && quietHours.length === 0) return undefined;
  const isQuiet = quietCells({ quietHours }, timeZone, series);
  return (expected) => permittedSteps(expected, (start, end, value) => (ceiling === undefined || value <= ceiling) && !isQuiet(start, end));
};

/** By when a job must be done: its deadline, or earlier where the policy's maximum delay says so. */
export const delayedDeadline = ({ maximumDelayMs }: Policy, { release, durationMs, deadline }: BacktestJob): Instant =>
  maximumDelayMs === undefined ? deadline : instant(Math.min(deadline, release + durationMs + maximumDelayMs));

const quietCells = (
  { quietHours }: Pick<Policy, 'quietHours'>,
  timeZone: string,
  { readings }: IntensitySeries,
): ((start: number, end: number) => boolean) => {
  if (quietHours.length === 0 || readings.length === 0) return () => false;
  const span = { start: readings[0]!.interval.start, end: readings.at(-1)!.interval.end };
  const quiet = new Uint8Array(Math.ceil((span.end - span.start) / CELL_MS));
  for (const hours of quietHours)
    for (const { start, end } of quietSpans(hours, timeZone, span))
      quiet.fill(1, Math.floor((start - span.start) / CELL_MS), Math.ceil((end - span.start) / CELL_MS));
  return (start, end) => {
    const past = Math.ceil((end - span.start) / CELL_MS);
    for (let cell = Math.max(0, Math.floor((start - span.start) / CELL_MS)); cell < past; cell += 1) if (quiet[cell] === 1) return true;
    return false;
  };
};
