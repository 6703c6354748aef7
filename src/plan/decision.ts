/** One line of a run's decision log: what was decided about it, and the numbers that decided. */
import type { GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';

export const DECISIONS = ['start', 'wait', 'pause', 'resume', 'migrate', 'keep', 'replan', 'refuse', 'halt'] as const;

export interface Decision {
  /** `keep`: stays with its plan; `replan`: takes another one, and waits for it or goes on. */
  readonly decision: (typeof DECISIONS)[number];
  readonly zone: string;
  /** In one or two sentences. */
  readonly reason: string;
  /** gCO2eq/kWh in force in the zone; undefined when unknown, or when it did not matter. */
  readonly intensity?: number;
  /** gCO2eq/kWh it was compared with. */
  readonly ceiling?: number;
  /** Grid time at which the run next starts or is looked at again. */
  readonly until?: Instant;
  readonly forecast?: { readonly method: string; readonly issuedAt: Instant };
  /** Expected emissions of the work left: by the plan there was, by the new one, and what switching must gain at least. */
  readonly expected?: { readonly kept: GramsCO2eq; readonly switched: GramsCO2eq; readonly switchingCost: GramsCO2eq };
  /** The rules behind it, in words, with the policy each is from. */
  readonly rules?: readonly string[];
  /** Rules of dry-run policies that would have decided otherwise, in words. */
  readonly wouldHaveRefused?: readonly string[];
}
