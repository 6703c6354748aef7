/** What budgets say to a plan: it is refused where a policy says so of what is expected to pass one, else warned. */
import { stepsOf } from '../plan/intensity-steps.js';
import type { Plan, PlanRequest } from '../plan/plan.js';
import { expectedEmissions } from '../plan/plan-run.js';
import type { Forecast } from '../grid/reading.js';
import type { Rule } from '../policy/policy.js';
import { dryRun, enforced } from '../policy/rules.js';
import { asksToHalt, comesTo, isExpectedToPass, spendingInWords, type SpendingAhead } from '../policy/spending-ahead.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { intersection, type Interval } from '../units/time.js';
import { expectedSpending, type Spender, type WorkAhead } from './expected-spending.js';
import type { Ports } from './ports.js';

export interface BudgetRefusal {
  readonly kind: 'budget-exceeded';
  readonly rule: Rule;
  /** What the budget would come to. */
  readonly expected: GramsCO2eq;
  readonly message: string;
}

export type BudgetsOnPlan =
  | { readonly ok: true; readonly wouldHaveRefused: readonly string[]; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly refusal: BudgetRefusal };

/** @param forecastOf of a zone the plan leads through */
export const budgetsOnPlan = async (
  ports: Pick<Ports, 'budgets'>,
  spender: Spender,
  rules: readonly Rule[],
  { plan, request, forecastOf }: { readonly plan: Plan; readonly request: PlanRequest; readonly forecastOf: (zone: string) => Forecast },
): Promise<BudgetsOnPlan> => {
  const work = workOf(plan, request, forecastOf);
  if (work === undefined) return { ok: true, wouldHaveRefused: [], warnings: [] };
  const over = (await expectedSpending(ports, spender, enforced(rules), work)).filter(isExpectedToPass);
  const strict = over.find(asksToHalt);
  if (strict?.rule !== undefined) return { ok: false, refusal: refusalOf(strict, strict.rule) };
  const trial = await expectedSpending(ports, { ...spender, ownBudget: undefined }, dryRun(rules), work);
  return {
    ok: true,
    warnings: over.map((spending) => `${expectationOf(spending)}; it will be halted before it passes that`),
    wouldHaveRefused: [...new Set(trial.filter(isExpectedToPass).map(({ budget }) => budget))],
  };
};

const refusalOf = (spending: SpendingAhead, rule: Rule): BudgetRefusal => {
  const expected = grams(comesTo(spending));
  const message = `${expectationOf(spending)}; nearest thing allowed: less work, or a budget of ${expected.toFixed(3)} gCO2eq`;
  return { kind: 'budget-exceeded', rule, expected, message };
};

const expectationOf = (spending: SpendingAhead): string =>
  spending.period === undefined
    ? `expected to emit ${comesTo(spending).toFixed(3)} gCO2eq, more than the ${spending.budget.replace(/^the /, '')}`
    : `expected to bring its project to ${comesTo(spending).toFixed(3)} gCO2eq, more than the ${spending.budget}: ${spendingInWords(spending)}`;

/** The plan's emissions, starts included, shared among its times as those of the work are. Undefined where it expects nothing known. */
const workOf = (plan: Plan, request: PlanRequest, forecastOf: (zone: string) => Forecast): WorkAhead | undefined => {
  const { expected, segments } = plan;
  if (expected === undefined) return undefined;
  const span = { start: segments[0]!.interval.start, end: segments.at(-1)!.interval.end };
  const within = (part: Interval): number | undefined => {
    let sum = 0;
    for (const { zone, interval } of segments) {
      const both = intersection(interval, part);
      const emitted = both === undefined ? 0 : expectedEmissions(stepsOf(forecastOf(zone)), both, request);
      if (emitted === undefined) return undefined;
      sum += emitted;
    }
    return sum;
  };
  const whole = within(span);
  return {
    span,
    expectedIn(part) {
      if (part.start === span.start && part.end === span.end) return expected;
      const some = within(part);
      return some === undefined || whole === undefined || whole === 0 ? undefined : grams((expected * some) / whole);
    },
  };
};
