/**
 * Budgets: what may still be emitted, and what a run must hold back before it goes on. A run that trains holds a
 * reservation for its next sampling interval and its final checkpoint; what it books is taken from the reservation, and it
 * goes on only when the reservation can be filled up again. So what several runs book together never passes a budget.
 */
import { massInWords } from '../units/in-words.js';
import { emittedBy, energyOver, grams, type CarbonIntensity, type GramsCO2eq, type Watts } from '../units/quantities.js';
import { instantOfLocal, laterDate, localTimeOf } from '../units/local-time.js';
import type { Instant, Interval } from '../units/time.js';
import type { PeriodBudget } from './policy.js';

/** The period of a budget that an instant lies in. */
export const periodOf = ({ period, timeZone }: Pick<PeriodBudget, 'period' | 'timeZone'>, at: Instant): Interval => {
  const { date, weekday } = localTimeOf(at, timeZone);
  const [first, next] = datesOf(period, date, weekday);
  return { start: instantOfLocal(first, 0, timeZone), end: instantOfLocal(next, 0, timeZone) };
};

/** The parts of a span that lie in one period each, in time order. */
export const byPeriod = (budget: Pick<PeriodBudget, 'period' | 'timeZone'>, { start, end }: Interval): readonly Interval[] => {
  const parts: Interval[] = [];
  for (let from = start; from < end;) {
    const until = periodOf(budget, from).end;
    parts.push({ start: from, end: until < end ? until : end });
    from = until;
  }
  return parts;
};

const datesOf = (period: PeriodBudget['period'], date: string, weekday: number): readonly [string, string] => {
  switch (period) {
    case 'day':
      return [date, laterDate(date, 1)];
    case 'week':
      return [laterDate(date, -weekday), laterDate(date, 7 - weekday)];
    case 'month': {
      const first = `${date.slice(0, 7)}-01`;
      return [first, `${laterDate(first, 31).slice(0, 7)}-01`];
    }
  }
};

/** One budget as a run finds it. */
export interface BudgetState {
  /** Which budget, in words. */
  readonly budget: string;
  readonly most: GramsCO2eq;
  /** Booked in the period so far, this run's own included. */
  readonly spent: GramsCO2eq;
  /** Held back by other runs that train now. */
  readonly reservedByOthers: GramsCO2eq;
}

export type BudgetVerdict =
  | { readonly kind: 'reserved'; readonly reserved: GramsCO2eq }
  /** Going on could pass this budget; what the run had reserved before stays its own, for the final checkpoint. */
  | { readonly kind: 'exhausted'; readonly budget: BudgetState; readonly wanted: GramsCO2eq; readonly reserved: GramsCO2eq };

/** What of a reservation is left after a booking. */
export const leftOf = (reserved: GramsCO2eq, booked: GramsCO2eq): GramsCO2eq => grams(Math.max(0, reserved - booked));

/**
 * Whether a run may reserve what it wants.
 * @param held what it has reserved now; it never grows when the answer is no
 */
export const judgeReservation = (budgets: readonly BudgetState[], wanted: GramsCO2eq, held: GramsCO2eq): BudgetVerdict => {
  const short = budgets.find(({ most, spent, reservedByOthers }) => spent + reservedByOthers + wanted > most);
  return short === undefined ? { kind: 'reserved', reserved: wanted } : { kind: 'exhausted', budget: short, wanted, reserved: held };
};

export const exhaustedInWords = ({ budget, wanted }: Extract<BudgetVerdict, { kind: 'exhausted' }>): string => {
  const others = budget.reservedByOthers > 0 ? `, ${massInWords(budget.reservedByOthers)} reserved by other runs` : '';
  return `${budget.budget}: ${massInWords(budget.spent)} of ${massInWords(budget.most)} booked${others}; the next sampling interval and the final checkpoint may take ${massInWords(wanted)}`;
};

/** What a run may draw and for how long until it has stopped, once it is told to. */
export interface Stopping {
  /** The most it drew so far, W. */
  readonly power: Watts;
  /** The most that is expected until then. */
  readonly intensity: CarbonIntensity;
  readonly pue: number;
  /** Real ms: to the next booking and its answer, the optimiser step under way, and the checkpoint. */
  readonly durationMs: number;
}

/** Above what is expected: power and intensity may both rise within a sampling interval. */
const STOPPING_MARGIN = 1.25;

/** What a run holds back: its emissions if it goes on for another sampling interval and then stops with a checkpoint. */
export const stoppingCost = ({ power, intensity, pue, durationMs }: Stopping): GramsCO2eq =>
  grams(emittedBy(energyOver(power, durationMs), intensity) * pue * STOPPING_MARGIN);
