/** The port of everything that knows the energy of one component of this host: counters, polled power, models. */
import type { Joules } from '../units/quantities.js';
import type { EnergyComponent, EnergyMethod } from './sample.js';

/** The time since a meter was last asked. */
export interface Span {
  /** Monotonic milliseconds, above 0. */
  readonly lengthMs: number;
  /** False for a gap: nobody looked for more than three intervals. Only counters can still say what was drawn. */
  readonly observed: boolean;
}

/** Whose energy a meter gives: the host's, or this process' and its children's. */
export type MeterScope = 'host' | 'process';

export type Taken =
  | {
      readonly kind: 'known';
      readonly energy: Joules;
      /** Power drawn whatever runs, from 0 to the mean power of the span; undefined where the meter does not know it. */
      readonly idle: Joules | undefined;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Meter {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  readonly scope: MeterScope;
  /** What is read or assumed, for a reader. */
  readonly detail: string;
  /** Begins to count for one session; sessions do not disturb each other. */
  begin(): Take;
}

/**
 * Energy since the last call, or since it began; no time is counted twice. Never negative, and never zero for what could not
 * be read: that is unknown, with the reason.
 */
export type Take = (span: Span) => Taken;

export const GAP: Taken = { kind: 'unknown', reason: 'nobody looked for more than three sampling intervals' };
