/** Energy from a counter that only rises: differences, with wrap-around and resets told apart. */
import { joules, type Joules } from '../units/quantities.js';

export type Counted = { readonly kind: 'known'; readonly energy: Joules } | { readonly kind: 'unknown'; readonly reason: string };

export interface CounterRange {
  /** What it counts to before it begins at zero again, in J; undefined for one that never wraps. */
  readonly wrapsAt: number | undefined;
  /** Mean power in W no such device reaches: more is a reset that looks like a wrap-around. */
  readonly mostWatts: number;
}

/**
 * Energy between two readings in J. A lower reading is a wrap-around where the device could have drawn that much; else the
 * counter was reset, and what was drawn is unknown. Over a span long enough to wrap twice nothing can be said.
 */
export const countedBetween = (before: number, now: number, lengthMs: number, { wrapsAt, mostWatts }: CounterRange): Counted => {
  const most = (mostWatts * lengthMs) / 1000;
  if (wrapsAt !== undefined && most >= wrapsAt)
    return { kind: 'unknown', reason: `the counter may have wrapped around more than once in ${(lengthMs / 1000).toFixed(0)} s` };
  const used = now >= before ? now - before : wrapsAt === undefined ? undefined : now + wrapsAt - before;
  if (used === undefined || used > most)
    return {
      kind: 'unknown',
      reason: now < before ? 'the counter went backwards: it was reset' : 'the counter jumped further than its device can draw',
    };
  return { kind: 'known', energy: joules(used) };
};
