/** Raising a budget: of one run, or of a project's period; runs it had halted go on from their checkpoints. */
import { policiesAt } from '../policy/policy-book.js';
import type { BudgetPeriod } from '../policy/policy.js';
import { everyRun } from '../record/every-run.js';
import type { StoredRun } from '../record/run-log.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Ports } from './ports.js';

export type BudgetRaise =
  | { readonly kind: 'raised'; readonly resumed: readonly StoredRun[]; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

export const raiseRunBudget = async (ports: Ports, runId: string, budget: GramsCO2eq): Promise<BudgetRaise> => {
  const run = await ports.reader.run(runId);
  if (run === undefined) return { kind: 'refused', message: `there is no run ${JSON.stringify(runId)}` };
  const before = run.summary.raisedBudget ?? run.spec.budget;
  if (before === undefined)
    return {
      kind: 'refused',
      message: 'the run has no budget of its own; a budget a policy gives each run is raised by setting that policy',
    };
  if (budget <= before) return { kind: 'refused', message: `got ${budget} gCO2eq, allowed is more than the ${before} gCO2eq it has` };
  const answer = await ports.writer.note(runId, { ...nowOf(ports), fact: { kind: 'budget-raised', budget } });
  if (answer.kind !== 'moved') return { kind: 'refused', message: `the run is ${run.state}; it has ended` };
  const resumed = run.state === 'halted' ? await resume(ports, [run]) : [];
  return {
    kind: 'raised',
    resumed,
    message: `raised from ${before} to ${budget} gCO2eq${resumed.length > 0 ? '; the run goes on from its checkpoint' : ''}`,
  };
};

/** Sets the next version of the project's own policy with a larger budget for the period. */
export const raiseProjectBudget = async (ports: Ports, project: string, period: BudgetPeriod, most: GramsCO2eq): Promise<BudgetRaise> => {
  const newest = policiesAt(await ports.policies.versions(project), ports.clock.now());
  const own = newest.find(({ policy }) => policy.project === project);
  const before = own?.policy.budgets.find((budget) => budget.period === period);
  if (own === undefined || before === undefined)
    return { kind: 'refused', message: `project ${project} has no budget a ${period} of its own; set one with setPolicy` };
  if (most <= before.most) return { kind: 'refused', message: `got ${most} gCO2eq, allowed is more than the ${before.most} gCO2eq it has` };
  const budgets = own.policy.budgets.map((budget) => (budget === before ? { ...budget, most } : budget));
  const set = await ports.policies.set({ ...own.policy, budgets }, nowOf(ports));
  const resumed = await resume(ports, everyRun(ports.reader, { states: ['halted'], project }));
  const stricter = newest.some(({ policy }) => policy.project === undefined && policy.budgets.some((budget) => budget.most < most));
  const message = `raised from ${before.most} to ${most} gCO2eq a ${period}, in version ${set.version} of its policy${stricter ? '; the organisation has a smaller budget, which holds as before' : ''}; ${resumed.length} halted runs are queued again`;
  return { kind: 'raised', resumed, message };
};

/** What still has no room is halted again when its turn comes, and says which budget it is. */
const resume = async (ports: Ports, halted: Iterable<StoredRun> | AsyncIterable<StoredRun>): Promise<readonly StoredRun[]> => {
  const resumed: StoredRun[] = [];
  for await (const run of halted) {
    const moment = nowOf(ports);
    const message = 'its budget was raised; goes on from its checkpoint as soon as a host is free';
    const answer = await ports.writer.move({ runId: run.id, from: ['halted'], to: 'queued', message, startAt: moment.at, ...moment });
    const now = answer.kind === 'moved' ? await ports.reader.run(run.id) : undefined;
    if (now !== undefined) resumed.push(now);
  }
  return resumed;
};

const nowOf = (ports: Ports) => {
  const at = ports.clock.now();
  return { at, gridAt: ports.gridClock.toGrid(at) };
};
