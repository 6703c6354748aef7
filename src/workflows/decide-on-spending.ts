/** Whether a run is expected to pass its budgets before it is done: it is warned once, or halted where its policy says so. */
import { totalSteps } from '../experiment/spec.js';
import { stepsOf } from '../plan/intensity-steps.js';
import type { Decision } from '../plan/decision.js';
import { expectedEmissions } from '../plan/plan-run.js';
import { remainingEstimate } from '../plan/remaining-work.js';
import { ruleInWords } from '../policy/in-words.js';
import { isOf, type Rule } from '../policy/policy.js';
import { enforced } from '../policy/rules.js';
import { runBudgets } from '../policy/run-budget.js';
import type { StoredRun } from '../record/run-log.js';
import { bookedInAll } from '../record/run-summary.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { instant, later, type Instant } from '../units/time.js';
import { latestForecast } from './expected-grid.js';
import type { Ports } from './ports.js';

export interface OnSpending {
  /** Not told before. */
  readonly warnings: readonly string[];
  readonly halt: Pick<Decision, 'decision' | 'reason' | 'rules'> | undefined;
}

export const decideOnSpending = async (
  ports: Ports,
  run: StoredRun,
  rules: readonly Rule[],
  now: Instant,
  stepsDone: number,
): Promise<OnSpending> => {
  const { summary, spec } = run;
  const spent = grams(bookedInAll(summary).emissions);
  const own = summary.raisedBudget ?? spec.budget;
  const budgets = runBudgets(own, enforced(rules), spent);
  if (budgets.length === 0) return { warnings: [], halt: undefined };
  const ahead = await expectedAhead(ports, run, now, stepsDone);
  if (ahead === undefined) return { warnings: [], halt: undefined };
  const total = grams(spent + ahead);
  const strict = enforced(rules)
    .filter(isOf('run-budget'))
    .find(({ most, onProjection }) => onProjection === 'halt' && total > most);
  const numbers = `${milligrams(spent)} are booked and ${milligrams(ahead)} expected until its end`;
  if (strict !== undefined) {
    const rule = ruleInWords(strict);
    return {
      warnings: [],
      halt: { decision: 'halt', rules: [rule], reason: `expected to pass its ${rule}, and its policy says halt: ${numbers}` },
    };
  }
  const over = budgets.filter(({ most }) => total > most).map(({ budget }) => `is expected to pass ${budget}`);
  const isNew = (warning: string) => !summary.warnings.some((told) => told.startsWith(warning));
  return { warnings: over.filter(isNew).map((warning) => `${warning}: ${numbers}`), halt: undefined };
};

/** If it goes on now without a pause; undefined where the forecast ends. */
const expectedAhead = async (ports: Ports, run: StoredRun, now: Instant, stepsDone: number): Promise<GramsCO2eq | undefined> => {
  const { gridClock, pue } = ports;
  const { estimate } = run.summary;
  if (estimate === undefined) return undefined;
  const left = remainingEstimate(estimate, stepsDone / totalSteps(run.spec.training));
  const span = { start: now, end: later(now, Math.max(0, left.durationMs - left.overheadMs) * gridClock.speed) };
  const forecast = await latestForecast(ports, run.zone, now);
  const request = { zone: run.zone, estimate: left, gridSpeed: gridClock.speed, pue, release: now, deadline: instant(span.end) };
  return expectedEmissions(stepsOf(forecast), span, request);
};

const milligrams = (amount: number): string => `${(1000 * amount).toFixed(2)} mgCO2eq`;
