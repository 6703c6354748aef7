/** What budgets are expected to come to when a run does what is left of it, before any of it is booked. */
import { massInWords } from '../units/in-words.js';
import type { GramsCO2eq } from '../units/quantities.js';
import { iso, type Interval } from '../units/time.js';
import type { BudgetState } from './budget.js';
import type { RuleOf } from './policy.js';

export type BudgetRule = RuleOf<'run-budget'> | RuleOf<'project-budget'>;

export interface SpendingAhead extends BudgetState {
  /** Undefined: the run's own budget. */
  readonly rule: BudgetRule | undefined;
  /** Of a project's budget: the period it is spent in. */
  readonly period: Interval | undefined;
  /** What the run is expected to emit on it from now on. */
  readonly ahead: GramsCO2eq;
}

export const comesTo = ({ spent, reservedByOthers, ahead }: SpendingAhead): number => spent + reservedByOthers + ahead;

export const isExpectedToPass = (spending: SpendingAhead): boolean => comesTo(spending) > spending.most;

/** Whether a policy says that what is expected to pass its budget must not go on. */
export const asksToHalt = ({ rule }: SpendingAhead): boolean => rule?.onProjection === 'halt';

export const spendingInWords = ({ spent, reservedByOthers, ahead, period }: SpendingAhead): string => {
  const booked = `${massInWords(spent)} are booked${period === undefined ? '' : ` by the project in the period from ${iso(period.start)}`}`;
  const others = reservedByOthers > 0 ? `, ${massInWords(reservedByOthers)} reserved by other runs` : '';
  return `${booked}${others} and ${massInWords(ahead)} expected until ${period === undefined ? 'its end' : 'the end of the run or of the period'}`;
};
