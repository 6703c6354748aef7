/** One change of a locked run's log: facts are numbered and folded, energy is booked on budgets, readers are woken. */
import type { EntityManager } from 'typeorm';
import { hasEnded, isTerminal, mayMove, IllegalMove } from '../experiment/run-state.js';
import type { RunEvent } from '../record/run-event.js';
import type { BudgetAnswer, NewFact } from '../record/run-log.js';
import { bookedInAll, type RunSummary } from '../record/run-summary.js';
import { withEvent } from '../record/fold-run.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { instant, type Instant } from '../units/time.js';
import { addToTotals } from './booked-totals.js';
import { bookOnBudgets, releaseReservation } from './budgets.js';
import { insertEvents } from './insert-events.js';
import { keepStretches } from './ledger-stretches.js';
import { keepPieces } from './run-curves.js';
import type { RunColumns } from './run-rows.js';

/** Channel of NOTIFY for what was added to a run's log; payloads are ids and sequence numbers. */
export const RUN_CHANNEL = 'lowtide_run';

export type LockedRun = Pick<
  RunColumns,
  'id' | 'zone' | 'state' | 'fence' | 'last_sequence' | 'summary' | 'worker' | 'project' | 'spec' | 'submitted_grid_at'
>;

export const lock = async (manager: EntityManager, runId: string): Promise<LockedRun | undefined> => {
  const sql = `select run.id, zone, state, fence, last_sequence, summary, worker, spec, project, submitted_grid_at
    from run join experiment on experiment.id = run.experiment_id where run.id = $1 for update of run`;
  return ((await manager.query(sql, [runId])) as readonly LockedRun[])[0];
};

export interface Holder {
  readonly host: string;
  readonly worker: string;
  readonly leaseMs: number;
}

export const bookingOf = (
  run: LockedRun,
  summary: RunSummary,
  facts: readonly NewFact[],
  reserve: GramsCO2eq | undefined,
  gridNow: Instant,
): Parameters<typeof bookOnBudgets>[1] => ({
  runId: run.id,
  project: run.project,
  ownBudget: summary.raisedBudget ?? run.spec.budget,
  spent: grams(bookedInAll(summary).emissions),
  entries: facts.flatMap(({ fact }) => (fact.kind === 'energy' ? fact.entries : [])),
  restated: facts.flatMap(({ fact }) => (fact.kind === 'restated' ? fact.changes : [])),
  reserve,
  gridNow,
});

/**
 * Numbers and writes facts of a locked run. A new holder, or leaving `running`, raises the fence.
 * @throws IllegalMove, Superseded
 */
export const appendFacts = async (
  manager: EntityManager,
  run: LockedRun,
  facts: readonly NewFact[],
  { holder, reserve }: { readonly holder?: Holder; readonly reserve?: GramsCO2eq | undefined } = {},
): Promise<BudgetAnswer | undefined> => {
  if (facts.length === 0) return undefined;
  let summary: RunSummary = run.summary;
  let state = run.state;
  const events = facts.map(({ at, gridAt, fact }, index): RunEvent => {
    if (fact.kind === 'state') {
      if (fact.from !== undefined && (fact.from !== state || !mayMove(fact.from, fact.to))) throw new IllegalMove(state, fact.to);
      state = fact.to;
    }
    const event: RunEvent = { runId: run.id, sequence: run.last_sequence + index + 1, at: instant(at), gridAt: instant(gridAt), fact };
    summary = withEvent(summary, event);
    return event;
  });
  const last = run.last_sequence + events.length;
  const left = run.state === 'running' && state !== 'running';
  await manager.query(
    `update run set last_sequence = $2, summary = $3, state = $4, fence = fence + $5,
       host = case when $6 then null else coalesce($7, host) end,
       worker = case when $6 then null else coalesce($8, worker) end,
       lease_until = case when $6 then null when $9::double precision is null then lease_until else now() + $9 * interval '1 millisecond' end
     where id = $1`,
    [
      run.id,
      last,
      summary,
      state,
      holder !== undefined || left ? 1 : 0,
      left,
      holder?.host ?? null,
      holder?.worker ?? null,
      holder?.leaseMs ?? null,
    ],
  );
  const books = facts.some(({ fact }) => fact.kind === 'energy' || fact.kind === 'restated') || reserve !== undefined;
  const answer = books ? await bookOnBudgets(manager, bookingOf(run, summary, facts, reserve, facts.at(-1)!.gridAt)) : undefined;
  if (left) await releaseReservation(manager, run.id);
  await insertEvents(manager, events);
  await keepPieces(manager, run.id, run.last_sequence, last, isTerminal(state));
  if (hasEnded(state)) await keepStretches(manager, run.id, last, instant(run.submitted_grid_at.getTime()));
  await addToTotals(manager, run.project, events); // Last: its rows are shared by a project's runs.
  await manager.query('select pg_notify($1, $2)', [RUN_CHANNEL, `${run.id} ${last}${hasEnded(state) ? ' end' : ''}`]);
  return answer;
};
