/** The port of what projects spent of their budgets. The adapter is in `store`. */
import type { GramsCO2eq, Microjoules } from '../units/quantities.js';
import type { Instant, Interval } from '../units/time.js';
import type { PeriodBudget } from './policy.js';

export interface ProjectSpending {
  /** Booked by the project's runs in the period. */
  readonly spent: GramsCO2eq;
  /** Held back by those that train now, but for the one that asks. */
  readonly reservedByOthers: GramsCO2eq;
}

/** What a project had emitted by a moment of a span. */
export interface SpentBy {
  /** Grid time at which the last energy of this part of the span ended. */
  readonly at: Instant;
  /** gCO2eq since the start of the span. */
  readonly spent: GramsCO2eq;
  /** Energy since then that was drawn while the intensity of the grid was unknown; it is not in `spent`. */
  readonly unknownEnergy: Microjoules;
}

export interface BudgetBook {
  /**
   * Of the period that an instant of grid time lies in. Nothing is held by it: it is to be expected from, not booked on.
   * @param runId the run that asks; undefined before it is stored
   */
  spending(project: string, budget: PeriodBudget, at: Instant, runId: string | undefined): Promise<ProjectSpending>;
  /** By the ledger as it stands, after each of so many equal parts of the span in which something was booked. */
  course(project: string, span: Interval, parts: number): Promise<readonly SpentBy[]>;
}
