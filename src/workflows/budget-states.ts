/** How the budgets of projects stand in the periods that run now. */
import { periodOf } from '../policy/budget.js';
import { isOf, type RuleOf } from '../policy/policy.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import type { Ports } from './ports.js';
import { rulesOf } from './rules-of.js';

export interface ProjectBudgetState {
  readonly project: string;
  readonly rule: RuleOf<'project-budget'>;
  /** Of grid time. */
  readonly period: Interval;
  readonly spent: GramsCO2eq;
  /** Held back by runs that train now. */
  readonly reserved: GramsCO2eq;
}

/** Of one project, or of every project that has submitted something. */
export const budgetStates = async (ports: Ports, project: string | undefined): Promise<readonly ProjectBudgetState[]> => {
  const states: ProjectBudgetState[] = [];
  const now = ports.gridClock.now();
  for (const each of project === undefined ? await ports.reader.projects() : [project]) {
    for (const rule of (await rulesOf(ports, each)).filter(isOf('project-budget'))) {
      const { spent, reservedByOthers } = await ports.budgets.spending(each, rule, now, undefined);
      states.push({ project: each, rule, period: periodOf(rule, now), spent, reserved: reservedByOthers });
    }
  }
  return states;
};
