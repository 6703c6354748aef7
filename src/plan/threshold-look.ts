/** Threshold mode: what a look at the intensity means. */
import type { ThresholdSchedule } from '../experiment/schedule.js';
import { instant, type Instant } from '../units/time.js';

export type Look =
  | { readonly kind: 'start'; readonly because: 'clean-enough' | 'wait-is-over' }
  | { readonly kind: 'wait'; readonly until: Instant }
  | { readonly kind: 'refuse' };

/**
 * @param submitted grid time from which the wait counts
 * @param intensity in force now, gCO2eq/kWh; an unknown one is never clean enough
 */
export const lookAtThreshold = (schedule: ThresholdSchedule, submitted: Instant, now: Instant, intensity: number | undefined): Look => {
  if (intensity !== undefined && intensity <= schedule.ceiling) return { kind: 'start', because: 'clean-enough' };
  const last = submitted + schedule.maxWaitMs;
  if (now >= last) return schedule.atEnd === 'start' ? { kind: 'start', because: 'wait-is-over' } : { kind: 'refuse' };
  return { kind: 'wait', until: instant(Math.min(now + schedule.checkIntervalMs, last)) };
};
