/**
 * The only writer of runs. Every change goes through one row lock on the run: it numbers the facts, folds the summary,
 * fills the ledger, queues the next job and wakes the readers, all in one transaction.
 */
import type { DataSource, EntityManager } from 'typeorm';
import { isTerminal } from '../experiment/run-state.js';
import { exhaustedInWords } from '../policy/budget.js';
import {
  StaleFence,
  type Claim,
  type Fence,
  type Move,
  type MoveAnswer,
  type NewExperiment,
  type NewFact,
  type RestateAnswer,
  type Restating,
  type RunWriter,
} from '../record/run-log.js';
import { emptySummary } from '../record/run-summary.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import { appendFacts, bookingOf, lock, type Holder, type LockedRun } from './append-facts.js';
import { bookOnBudgets, releaseReservation } from './budgets.js';
import { Superseded } from './insert-events.js';

/** Channel of NOTIFY for what a user wants of a running run; payloads are ids and wishes. */
export const WISH_CHANNEL = 'lowtide_wish';

/** Puts a segment's job on the queue of its zone, in the transaction it is given. */
export type EnqueueSegment = (
  manager: EntityManager,
  job: { readonly runId: string; readonly zone: string; readonly startAt: Instant },
) => Promise<void>;

/** @param leaseMs how long a worker may be silent before its run may be taken from it */
export const runWriter = (dataSource: DataSource, enqueue: EnqueueSegment, leaseMs: number): RunWriter => {
  const transaction = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> => dataSource.transaction(work);
  const held = async (manager: EntityManager, { runId, fence }: Fence): Promise<LockedRun> => {
    const run = await lock(manager, runId);
    if (run?.fence !== fence || run.state !== 'running') throw new StaleFence(runId);
    return run;
  };
  return {
    submit: (experiment) => transaction((manager) => insertExperiment(manager, experiment, enqueue)),
    claim: (runId, holder, moment, reserve) => transaction((manager) => claimRun(manager, runId, { ...holder, leaseMs }, moment, reserve)),
    async renew({ runId, fence }) {
      const sql = `update run set lease_until = now() + $3 * interval '1 millisecond' where id = $1 and fence = $2 and state = 'running' returning id`;
      const [rows] = (await dataSource.query(sql, [runId, fence, leaseMs])) as [readonly unknown[], number];
      if (rows.length === 0) throw new StaleFence(runId);
    },
    append: (fence, facts, reserve) => transaction(async (manager) => appendFacts(manager, await held(manager, fence), facts, { reserve })),
    requeue: (fence, facts, next) =>
      transaction(async (manager) => {
        const run = await held(manager, fence);
        await appendFacts(manager, run, facts);
        await setStart(manager, run, next, enqueue);
      }),
    note: (runId, fact, ifSequence) =>
      transaction(async (manager) => {
        const run = await lock(manager, runId);
        if (run === undefined) return { kind: 'not-found' };
        if (isTerminal(run.state) || (ifSequence !== undefined && run.last_sequence !== ifSequence))
          return { kind: 'refused', state: run.state };
        await appendFacts(manager, run, [fact]);
        return { kind: 'moved', from: run.state };
      }),
    move: (move) => transaction((manager) => moveRun(manager, move, enqueue)),
    restate: (restating) => restateLines(dataSource, restating),
    async ask(runId, wish) {
      await dataSource.query('select pg_notify($1, $2)', [WISH_CHANNEL, `${runId} ${wish}`]);
    },
  };
};

const insertExperiment = async (manager: EntityManager, experiment: NewExperiment, enqueue: EnqueueSegment): Promise<void> => {
  const { id, spec, submittedAt, submittedGridAt } = experiment;
  await manager.query('insert into experiment (id, name, project, submitted_at, submitted_grid_at) values ($1, $2, $3, $4, $5)', [
    id,
    spec.name,
    spec.project,
    new Date(submittedAt),
    new Date(submittedGridAt),
  ]);
  for (const run of experiment.runs) {
    await manager.query(
      `insert into run (id, experiment_id, name, role, zone, spec, state, deadline_grid_at, start_at, summary)
       values ($1, $2, $3, $4, $5, $6, 'planned', $7, $8, $9)`,
      [
        run.id,
        id,
        run.spec.name,
        run.spec.role,
        run.zone,
        run.spec,
        run.deadlineGridAt === undefined ? null : new Date(run.deadlineGridAt),
        new Date(run.startAt),
        emptySummary,
      ],
    );
    const fresh: LockedRun = {
      id: run.id,
      zone: run.zone,
      state: 'planned',
      fence: 0,
      last_sequence: 0,
      summary: emptySummary,
      worker: null,
      project: spec.project,
      spec: run.spec,
      submitted_grid_at: new Date(submittedGridAt),
    };
    const facts = run.facts.map((fact): NewFact => ({ at: submittedAt, gridAt: submittedGridAt, fact }));
    await appendFacts(manager, fresh, facts);
    await enqueue(manager, { runId: run.id, zone: run.zone, startAt: run.startAt });
  }
};

const claimRun = async (
  manager: EntityManager,
  runId: string,
  holder: Holder,
  moment: { at: Instant; gridAt: Instant },
  reserve: GramsCO2eq,
): Promise<Claim> => {
  // Serialises claims on one host; the unique index on running hosts is the second line.
  await manager.query('select pg_advisory_xact_lock(72018, hashtext($1))', [holder.host]);
  const busy = (await manager.query("select 1 from run where host = $1 and state = 'running'", [holder.host])) as readonly unknown[];
  const run = await lock(manager, runId);
  if (busy.length > 0 || run?.state !== 'queued') return { kind: 'not-now' };
  const verdict = (await bookOnBudgets(manager, bookingOf(run, run.summary, [], reserve, moment.gridAt)))?.enforced;
  if (verdict?.kind === 'exhausted') {
    await releaseReservation(manager, runId);
    const message = `halted before it could start: ${exhaustedInWords(verdict)}`;
    const decision = { decision: 'halt', zone: run.zone, reason: message, rules: [verdict.budget.budget] } as const;
    await appendFacts(manager, run, [
      { ...moment, fact: { kind: 'decided', decision } },
      { ...moment, fact: { kind: 'state', from: 'queued', to: 'halted', message } },
    ]);
    return { kind: 'halted' };
  }
  const message = `claimed by worker ${holder.worker} on ${holder.host}`;
  await appendFacts(manager, run, [{ ...moment, fact: { kind: 'state', from: 'queued', to: 'running', message } }], { holder });
  return { kind: 'claimed', fence: { runId, fence: run.fence + 1 } };
};

const moveRun = async (manager: EntityManager, move: Move, enqueue: EnqueueSegment): Promise<MoveAnswer> => {
  const run = await lock(manager, move.runId);
  if (run === undefined) return { kind: 'not-found' };
  if (move.ifSequence !== undefined && run.last_sequence !== move.ifSequence) return { kind: 'refused', state: run.state };
  if (!move.from.includes(run.state) || (move.heldBy !== undefined && run.worker !== move.heldBy))
    return { kind: 'refused', state: run.state };
  const { at, gridAt, to, message, pauseReason } = move;
  const fact = { kind: 'state', from: run.state, to, message, ...(pauseReason === undefined ? {} : { pauseReason }) } as const;
  await appendFacts(
    manager,
    run,
    [...(move.facts ?? []), fact].map((each): NewFact => ({ at, gridAt, fact: each })),
  );
  if (move.startAt !== undefined)
    await setStart(manager, run, { startAt: move.startAt, ...(move.zone === undefined ? {} : { zone: move.zone }) }, enqueue);
  return { kind: 'moved', from: run.state };
};

/** Locks the run like every change of its log, marks the old lines, and refuses when one of them no longer stands. */
const restateLines = async (dataSource: DataSource, { runId, changes, ...restating }: Restating): Promise<RestateAnswer> => {
  const { at, gridAt, message } = restating;
  try {
    return await dataSource.transaction(async (manager) => {
      const run = await lock(manager, runId);
      if (run === undefined) return 'not-found';
      await appendFacts(manager, run, [{ at, gridAt, fact: { kind: 'restated', changes, message } }]);
      return 'restated';
    });
  } catch (failure) {
    if (failure instanceof Superseded) return 'superseded';
    throw failure;
  }
};

const setStart = async (
  manager: EntityManager,
  run: LockedRun,
  { startAt, zone = run.zone }: { readonly startAt: Instant; readonly zone?: string },
  enqueue: EnqueueSegment,
): Promise<void> => {
  await manager.query('update run set start_at = $2, zone = $3 where id = $1', [run.id, new Date(startAt), zone]);
  await enqueue(manager, { runId: run.id, zone, startAt });
};
