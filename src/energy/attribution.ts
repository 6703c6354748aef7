/** Shares the energy of a host among the runs on it: what is above idle, by processor time. */
import { microjoules, type Microjoules } from '../units/quantities.js';

export interface Shared {
  /** What the host draws whatever runs on it. */
  readonly idle: Microjoules;
  /** By the names given. */
  readonly shares: ReadonlyMap<string, Microjoules>;
  /** Of everything else that used the processor. */
  readonly rest: Microjoules;
}

/**
 * Idle, shares and rest add up to the energy to the microjoule. When nothing used the processor, what is above idle belongs
 * to nobody: it is rest.
 * @param idle from 0 to `energy`; more counts as `energy`
 * @param usedMs processor time of each run
 * @param busyMs processor time of all together; less than the runs' own (clocks tick coarsely) counts as theirs
 */
export const sharedByTime = (energy: Microjoules, idle: Microjoules, usedMs: ReadonlyMap<string, number>, busyMs: number): Shared => {
  const least = Math.min(idle, energy);
  const above = energy - least;
  const whole = Math.max(
    busyMs,
    [...usedMs.values()].reduce((sum, each) => sum + each, 0),
  );
  const shares = new Map<string, Microjoules>();
  let passedMs = 0;
  let given = 0;
  for (const [name, ms] of usedMs) {
    passedMs += ms;
    // Cumulative shares are rounded down, so that the parts add up to the whole.
    const upTo = whole > 0 ? Math.min(above, Math.floor(above * (passedMs / whole))) : 0;
    shares.set(name, microjoules(upTo - given));
    given = upTo;
  }
  return { idle: microjoules(least), shares, rest: microjoules(above - given) };
};
