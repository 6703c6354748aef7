/** Replanning: what a new forecast means for a run that waits or trains, with hysteresis. */
import type { Decision } from '../plan/decision.js';
import type { Estimate, Plan } from '../plan/plan.js';
import { remainingEstimate, remainingSegments } from '../plan/remaining-work.js';
import { minute } from '../plan/in-words.js';
import { intensityAt, stepsOf } from '../plan/intensity-steps.js';
import { expectedEmissions } from '../plan/plan-run.js';
import { totalSteps } from '../experiment/spec.js';
import type { Rule } from '../policy/policy.js';
import type { StoredRun } from '../record/run-log.js';
import { bookedInAll } from '../record/run-summary.js';
import { massInWords } from '../units/in-words.js';
import { carbonIntensity, emittedBy, energyOver, grams, type GramsCO2eq } from '../units/quantities.js';
import { instant, type Instant } from '../units/time.js';
import { issueOf, latestForecast } from './expected-grid.js';
import { planWithinRules, type Question } from './plan-within-rules.js';
import type { Ports } from './ports.js';

export interface Reconsidered {
  readonly decision: Decision;
  /** The plan to follow from now on, when another is better by more than switching costs. */
  readonly plan: Plan | undefined;
}

/** Share of what is left to emit that a switch must gain at least: forecasts move a little with each issue. */
const LEAST_GAIN = 0.01;

/** Whether a forecast was issued since the run was last considered, and its schedule lets it move. */
export const isToReconsider = (run: StoredRun, now: Instant): boolean => {
  const { plan, lastDecision, started } = run.summary;
  const considered = lastDecision?.forecast?.issuedAt ?? plan?.forecast?.issuedAt;
  if (run.spec.schedule.mode !== 'planned' || plan === undefined || considered === undefined) return false;
  return issueOf(now) > issueOf(considered) && (started === undefined || run.spec.schedule.interruptible);
};

/**
 * @param stepsDone optimiser steps that need not be done again
 * @param running whether it trains now, so that a pause costs a checkpoint and a start
 */
export const reconsider = async (
  ports: Ports,
  run: StoredRun,
  rules: readonly Rule[],
  now: Instant,
  { stepsDone, running }: { readonly stepsDone: number; readonly running: boolean },
): Promise<Reconsidered | undefined> => {
  const { plan } = run.summary;
  const question = questionOf(run, rules, now, stepsDone);
  if (plan === undefined || question === undefined || run.spec.schedule.mode !== 'planned') return undefined;
  const { estimate: left } = question;
  const { gridClock, pue } = ports;
  const forecast = await latestForecast(ports, run.zone, now, run.spec.schedule.forecast);
  const basis = { method: forecast.method, issuedAt: forecast.issuedAt };
  const planned = await planWithinRules(ports, question);
  if (!planned.ok) {
    const reason = `keeps its plan, there is no other: ${planned.refusal.message}`;
    return { plan: undefined, decision: { decision: 'keep', zone: run.zone, forecast: basis, reason } };
  }
  const { segments, expected: planExpected } = planned.plan;
  const starts = segments[0]!.interval.start;
  const pauses = running && starts > now;
  const steps = stepsOf(forecast);
  const request = { zone: run.zone, estimate: left, gridSpeed: gridClock.speed, pue, release: now, deadline: instant(now) };
  // The planner counts a start for whoever trains now. Going on needs none; a pause does, and that is what switching costs.
  const start = running ? startCost(left, pue, intensityAt(steps, starts)) : 0;
  const neededMs = (left.durationMs - (running ? left.overheadMs : 0)) * gridClock.speed;
  const segmentsLeft = remainingSegments(plan, now, neededMs, left.overheadMs * gridClock.speed);
  const kept = total(segmentsLeft.map((interval) => expectedEmissions(steps, interval, request)));
  const switched = planExpected === undefined ? undefined : grams(planExpected - start);
  const switchingCost = grams((pauses ? start : 0) + LEAST_GAIN * (kept ?? 0));
  const gains = kept !== undefined && switched !== undefined && kept - switched > switchingCost;
  const numbers = compared(kept, switched, switchingCost);
  const base = {
    forecast: basis,
    ...(kept === undefined || switched === undefined ? {} : { expected: { kept, switched, switchingCost } }),
  };
  if (kept !== undefined && !gains)
    return { plan: undefined, decision: { ...base, zone: run.zone, decision: 'keep', reason: `keeps its plan: ${numbers}` } };
  const why = kept === undefined ? 'the plan it had leads through time without a forecast' : numbers;
  const reason = `takes a new plan from ${minute(starts)}: ${why}`;
  return { plan: planned.plan, decision: { ...base, zone: segments[0]!.zone, decision: 'replan', until: starts, reason } };
};

/** What is left of a run, as a planner is asked; undefined before it was estimated. */
const questionOf = (run: StoredRun, rules: readonly Rule[], now: Instant, stepsDone: number): Question | undefined => {
  const { summary, spec, project, id, submittedGridAt } = run;
  if (summary.estimate === undefined) return undefined;
  const estimate = remainingEstimate(summary.estimate, stepsDone / totalSteps(spec.training));
  return {
    project,
    runId: id,
    spec,
    ownBudget: summary.raisedBudget ?? spec.budget,
    estimate,
    rules,
    submitted: submittedGridAt,
    release: now,
    spent: grams(bookedInAll(summary).emissions),
  };
};

/** Another plan for a run whose rules forbid it to train where and when it would; undefined when they leave none. */
export const planElsewhere = async (
  ports: Ports,
  run: StoredRun,
  rules: readonly Rule[],
  now: Instant,
  stepsDone: number,
): Promise<Plan | undefined> => {
  const question = questionOf(run, rules, now, stepsDone);
  if (question === undefined || run.spec.schedule.mode !== 'planned') return undefined;
  const planned = await planWithinRules(ports, question);
  return planned.ok ? planned.plan : undefined;
};

const total = (parts: readonly (GramsCO2eq | undefined)[]): GramsCO2eq | undefined => {
  let sum = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    sum += part;
  }
  return grams(sum);
};

const startCost = ({ power, overheadMs }: Estimate, pue: number, intensity: number): number =>
  Number.isNaN(intensity) ? 0 : emittedBy(energyOver(power, overheadMs), carbonIntensity(intensity)) * pue;

const compared = (kept: GramsCO2eq | undefined, switched: GramsCO2eq | undefined, cost: GramsCO2eq): string => {
  if (kept === undefined || switched === undefined) return 'the new one cannot be compared, its forecast has a gap';
  return `what is left is expected to emit ${massInWords(kept)} by it and ${massInWords(switched)} by the new one, a switch must gain more than ${massInWords(cost)}`;
};
