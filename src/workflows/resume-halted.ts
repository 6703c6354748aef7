/** Runs halted by a project's budget go on when a new period of it has begun. */
import { periodOf } from '../policy/budget.js';
import { isOf, type Rule } from '../policy/policy.js';
import { enforced } from '../policy/rules.js';
import { runBudgets } from '../policy/run-budget.js';
import { everyRun } from '../record/every-run.js';
import type { StoredRun } from '../record/run-log.js';
import { bookedInAll } from '../record/run-summary.js';
import { grams } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import type { Ports } from './ports.js';
import { rulesOf } from './rules-of.js';

export const resumeHalted = async (ports: Ports, zones: readonly string[]): Promise<void> => {
  const rules = new Map<string, readonly Rule[]>();
  for await (const run of everyRun(ports.reader, { states: ['halted'] })) {
    if (!zones.includes(run.zone)) continue;
    const ofProject = rules.get(run.project) ?? enforced(await rulesOf(ports, run.project));
    rules.set(run.project, ofProject);
    const at = ports.clock.now();
    const gridAt = ports.gridClock.toGrid(at);
    if (!hasNewPeriod(run, ofProject, gridAt)) continue;
    const message = "a new period of its project's budget has begun; goes on as soon as a host is free";
    await ports.writer.move({
      runId: run.id,
      from: ['halted'],
      to: 'queued',
      ifSequence: run.lastSequence,
      message,
      startAt: at,
      at,
      gridAt,
    });
  }
};

/**
 * Whether a period of a project's budget ended since the run was halted, and it was no budget of the run itself that halted it. Where
 * it still finds no room it is halted again, and looked at after the next period.
 */
export const hasNewPeriod = ({ spec, summary }: Pick<StoredRun, 'spec' | 'summary'>, rules: readonly Rule[], gridNow: Instant): boolean => {
  const halted = summary.finished?.gridAt;
  if (halted === undefined) return false;
  const spent = grams(bookedInAll(summary).emissions);
  const by = summary.lastDecision?.rules ?? [];
  const own = runBudgets(summary.raisedBudget ?? spec.budget, rules, spent);
  return (
    own.every(({ budget, most }) => spent < most && !by.includes(budget)) &&
    rules.filter(isOf('project-budget')).some((rule) => periodOf(rule, halted).end <= gridNow)
  );
};
