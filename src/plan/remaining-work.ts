/** What is left of a run that was planned before: its work, and its plan. */
import { instant, type Instant, type Interval } from '../units/time.js';
import type { Estimate, Plan } from './plan.js';

/** The work that is left, start-up included: overhead does not shrink with what is done. */
export const remainingEstimate = (estimate: Estimate, doneShare: number): Estimate => {
  const share = Math.min(1, Math.max(0, 1 - doneShare));
  const scaled = (ms: number) => estimate.overheadMs + Math.max(0, ms - estimate.overheadMs) * share;
  const [low, high] = estimate.spread.durationMs;
  return {
    ...estimate,
    durationMs: scaled(estimate.durationMs),
    spread: { ...estimate.spread, durationMs: [scaled(low), scaled(high)] },
  };
};

/** What is left of a plan from an instant on, a start for each segment after the first; what has no room follows the last. */
export const remainingSegments = (plan: Plan, now: Instant, neededMs: number, startMs: number): readonly Interval[] => {
  const ahead = plan.segments.map(({ interval }) => interval).filter(({ end }) => end > now);
  const segments: Interval[] = [];
  let left = neededMs;
  for (const [index, { start, end }] of (ahead.length === 0 ? [{ start: now, end: now }] : ahead).entries()) {
    const from = Math.max(start, now);
    if (index > 0 && left > 0) left += startMs;
    const last = index >= ahead.length - 1;
    const length = last ? left : Math.min(left, end - from);
    if (length > 0) segments.push({ start: instant(from), end: instant(from + length) });
    left -= length;
  }
  return segments;
};
