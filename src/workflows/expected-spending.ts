/** Gathers what the budgets of a run and of its project are expected to come to. */
import { byPeriod, periodOf } from '../policy/budget.js';
import { ruleInWords } from '../policy/in-words.js';
import { isOf, type Rule, type RuleOf } from '../policy/policy.js';
import { ownBudgetInWords } from '../policy/run-budget.js';
import type { SpendingAhead } from '../policy/spending-ahead.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import type { Ports } from './ports.js';

export interface Spender {
  readonly project: string;
  /** Undefined before it is stored. */
  readonly runId: string | undefined;
  /** Its own budget as it stands; undefined: it has none. */
  readonly ownBudget: GramsCO2eq | undefined;
  /** Booked on the run so far. */
  readonly spent: GramsCO2eq;
}

/** What is left of a run, in grid time. */
export interface WorkAhead {
  readonly span: Interval;
  /** In a part of the span; undefined where the forecast ends or has a gap. */
  readonly expectedIn: (part: Interval) => GramsCO2eq | undefined;
}

/**
 * One line for each budget of the run, and one for each period of a project's budget that the rest of it touches; what other
 * runs hold back is taken to be spent in the first. Budgets on which it is unknown what the run will emit are left out.
 */
export const expectedSpending = async (
  ports: Pick<Ports, 'budgets'>,
  spender: Spender,
  rules: readonly Rule[],
  work: WorkAhead,
): Promise<readonly SpendingAhead[]> => {
  const shared = rules.filter(isOf('project-budget'));
  return [...ofRun(spender, rules, work), ...(await Promise.all(shared.map((rule) => ofProject(ports, spender, rule, work)))).flat()];
};

const ofRun = ({ ownBudget, spent }: Spender, rules: readonly Rule[], { span, expectedIn }: WorkAhead): readonly SpendingAhead[] => {
  const ahead = expectedIn(span);
  if (ahead === undefined) return [];
  const basis = { spent, reservedByOthers: grams(0), period: undefined, ahead };
  return [
    ...(ownBudget === undefined ? [] : [{ ...basis, budget: ownBudgetInWords(ownBudget), most: ownBudget, rule: undefined }]),
    ...rules.filter(isOf('run-budget')).map((rule) => ({ ...basis, budget: ruleInWords(rule), most: rule.most, rule })),
  ];
};

const ofProject = async (
  { budgets }: Pick<Ports, 'budgets'>,
  { project, runId }: Spender,
  rule: RuleOf<'project-budget'>,
  { span, expectedIn }: WorkAhead,
): Promise<readonly SpendingAhead[]> => {
  const lines: SpendingAhead[] = [];
  for (const part of byPeriod(rule, span)) {
    const ahead = expectedIn(part);
    if (ahead === undefined) continue;
    const { spent, reservedByOthers } = await budgets.spending(project, rule, part.start, runId);
    const others = part.start === span.start ? reservedByOthers : grams(0);
    lines.push({
      budget: ruleInWords(rule),
      most: rule.most,
      spent,
      reservedByOthers: others,
      rule,
      period: periodOf(rule, part.start),
      ahead,
    });
  }
  return lines;
};
