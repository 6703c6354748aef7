/**
 * Whether a run is expected to pass a budget of its own or of its project before it is done: it is warned once of each, or
 * halted where the policy says so.
 */
import { totalSteps } from '../experiment/spec.js';
import type { Decision } from '../plan/decision.js';
import { stepsOf } from '../plan/intensity-steps.js';
import { expectedEmissions } from '../plan/plan-run.js';
import { remainingEstimate } from '../plan/remaining-work.js';
import { isOf, type Rule } from '../policy/policy.js';
import { enforced } from '../policy/rules.js';
import { asksToHalt, isExpectedToPass, spendingInWords, type SpendingAhead } from '../policy/spending-ahead.js';
import type { StoredRun } from '../record/run-log.js';
import { bookedInAll } from '../record/run-summary.js';
import { grams } from '../units/quantities.js';
import { later, type Instant } from '../units/time.js';
import { latestForecast } from './expected-grid.js';
import { expectedSpending, type WorkAhead } from './expected-spending.js';
import type { Ports } from './ports.js';

export interface SpendingWarning {
  readonly budget: string;
  readonly message: string;
}

export interface OnSpending {
  /** Not told before. */
  readonly warnings: readonly SpendingWarning[];
  readonly halt: Pick<Decision, 'decision' | 'reason' | 'rules'> | undefined;
}

const NOTHING: OnSpending = { warnings: [], halt: undefined };

export const decideOnSpending = async (
  ports: Pick<Ports, 'budgets' | 'grid' | 'gridClock' | 'pue'>,
  run: StoredRun,
  rules: readonly Rule[],
  now: Instant,
  stepsDone: number,
): Promise<OnSpending> => {
  const { summary, spec, project, id } = run;
  const binding = enforced(rules).filter((rule) => isOf('run-budget')(rule) || isOf('project-budget')(rule));
  const ownBudget = summary.raisedBudget ?? spec.budget;
  if (ownBudget === undefined && binding.length === 0) return NOTHING;
  const work = await workAhead(ports, run, now, stepsDone);
  if (work === undefined) return NOTHING;
  const spender = { project, runId: id, ownBudget, spent: grams(bookedInAll(summary).emissions) };
  const over = (await expectedSpending(ports, spender, binding, work)).filter(isExpectedToPass);
  const strict = over.find(asksToHalt);
  if (strict === undefined) return { warnings: newWarnings(over, summary.warnings), halt: undefined };
  const reason = `expected to pass its ${strict.budget}, and its policy says halt: ${spendingInWords(strict)}`;
  return { warnings: [], halt: { decision: 'halt', rules: [strict.budget], reason } };
};

/** One of each budget, however many of its periods are to be passed. */
const newWarnings = (over: readonly SpendingAhead[], told: readonly string[]): readonly SpendingWarning[] => {
  const first = [...new Map(over.toReversed().map((spending) => [spending.budget, spending])).values()].reverse();
  return first.flatMap((spending) => {
    const warning = `is expected to pass ${spending.rule === undefined ? '' : 'the '}${spending.budget}`;
    const isTold = told.some((before) => before.startsWith(warning));
    return isTold ? [] : [{ budget: spending.budget, message: `${warning}: ${spendingInWords(spending)}` }];
  });
};

/** If it goes on now without a pause; undefined before it was estimated. */
const workAhead = async (
  { grid, gridClock, pue }: Pick<Ports, 'grid' | 'gridClock' | 'pue'>,
  run: StoredRun,
  now: Instant,
  stepsDone: number,
): Promise<WorkAhead | undefined> => {
  const { estimate } = run.summary;
  if (estimate === undefined) return undefined;
  const left = remainingEstimate(estimate, stepsDone / totalSteps(run.spec.training));
  const span = { start: now, end: later(now, Math.max(0, left.durationMs - left.overheadMs) * gridClock.speed) };
  const steps = stepsOf(await latestForecast({ grid }, run.zone, now));
  const request = { zone: run.zone, estimate: left, gridSpeed: gridClock.speed, pue, release: now, deadline: span.end };
  return { span, expectedIn: (part) => expectedEmissions(steps, part, request) };
};
