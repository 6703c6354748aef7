/** What one run may emit: the least of what it asked for (or was raised to) and what policies give each run. */
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { BudgetState } from './budget.js';
import { ruleInWords } from './in-words.js';
import { isOf, type Rule } from './policy.js';

/**
 * @param own of the run's spec, or as raised since; undefined when it has none
 * @param rules enforced ones
 */
export const runBudgets = (own: GramsCO2eq | undefined, rules: readonly Rule[], spent: GramsCO2eq): readonly BudgetState[] => {
  const state = (budget: string, most: GramsCO2eq): BudgetState => ({ budget, most, spent, reservedByOthers: grams(0) });
  return [
    ...(own === undefined ? [] : [state(ownBudgetInWords(own), own)]),
    ...rules.filter(isOf('run-budget')).map((rule) => state(ruleInWords(rule), rule.most)),
  ];
};

export const ownBudgetInWords = (own: GramsCO2eq): string => `the run's own budget of ${own} gCO2eq`;
