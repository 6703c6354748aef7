/** What a counted component draws when nothing runs, learnt from the least it was ever seen to draw. */
import { energyOver, joules, meanPower, type Joules, type Watts } from '../units/quantities.js';
import { SECOND_MS } from '../units/time.js';

/** Shorter spans say little: a counter may not have ticked. */
const LEAST_MS = SECOND_MS / 2;

export class IdlePower {
  private readonly least = new Map<string, Watts>();

  /** @param meter what tells one meter from another, its detail */
  observe(meter: string, energy: Joules, lengthMs: number): void {
    if (lengthMs < LEAST_MS) return;
    const seen = meanPower(energy, lengthMs);
    const before = this.least.get(meter);
    if (before === undefined || seen < before) this.least.set(meter, seen);
  }

  /** At most the energy itself; undefined while nothing was seen of the meter. */
  over(meter: string, energy: Joules, lengthMs: number): Joules | undefined {
    const power = this.least.get(meter);
    return power && joules(Math.min(energy, energyOver(power, lengthMs)));
  }
}
