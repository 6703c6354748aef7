/** Energy of what only tells its power: the trapezoid between two readings. */
import { energyOver, watts, type Watts } from '../units/quantities.js';
import { GAP, type Take } from './meter.js';

/**
 * @param read power in W now; undefined when it cannot be read, with `why` saying so
 * @returns what was drawn since the last call, taken as rising or falling evenly in between
 */
export const polledPower = (read: () => Watts | undefined, why: string): Take => {
  let last = read();
  return ({ lengthMs, observed }) => {
    const before = last;
    last = read();
    if (before === undefined || last === undefined) return { kind: 'unknown', reason: why };
    return observed ? { kind: 'known', energy: energyOver(watts((before + last) / 2), lengthMs), idle: undefined } : GAP;
  };
};

/** A power that no load changes: all of it is idle power. */
export const steadily =
  (power: () => Watts): Take =>
  ({ lengthMs, observed }) => {
    const energy = energyOver(power(), lengthMs);
    return observed ? { kind: 'known', energy, idle: energy } : GAP;
  };
