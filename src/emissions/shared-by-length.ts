/** Energy cut in time: whole microjoules in proportion to length. */
import { microjoules, type Microjoules } from '../units/quantities.js';
import type { Interval } from '../units/time.js';

/** Cumulative shares are rounded down, so that the parts add up to the whole. */
export const sharedByLength = (energy: Microjoules, pieces: readonly Interval[]): readonly Microjoules[] => {
  const whole = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  let passed = 0;
  let given = 0;
  return pieces.map(({ start, end }, index) => {
    passed += end - start;
    const upTo = index === pieces.length - 1 ? energy : Math.floor(energy * (passed / whole));
    const share = microjoules(upTo - given);
    given = upTo;
    return share;
  });
};
