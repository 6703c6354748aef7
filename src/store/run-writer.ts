/**
 * The only writer of runs. Every change goes through one row lock on the run: it numbers the facts, folds the summary,
 * fills the ledger, queues the next job and wakes the readers, all in one transaction.
 */
import type { DataSource, EntityManager } from 'typeorm';
import { hasEnded, isTerminal, mayMove, IllegalMove } from '../experiment/run-state.js';
import { exhaustedInWords } from '../policy/budget.js';
import type { RunEvent } from '../record/run-event.js';
import {
  StaleFence,
  type BudgetAnswer,
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
import { bookedInAll, emptySummary, withEvent, type RunSummary } from '../record/run-summary.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { instant, type Instant } from '../units/time.js';
import { bookOnBudgets, releaseReservation } from './budgets.js';
import { ledgerRowsOf, type RunColumns } from './run-rows.js';

/** Channels of NOTIFY; payloads are ids only. */
export const RUN_CHANNEL = 'lowtide_run';
export const WISH_CHANNEL = 'lowtide_wish';

/** Puts a segment's job on the queue of its zone, in the transaction it is given. */
export type EnqueueSegment = (
  manager: EntityManager,
  job: { readonly runId: string; readonly zone: string; readonly startAt: Instant },
) => Promise<void>;

type LockedRun = Pick<RunColumns, 'id' | 'zone' | 'state' | 'fence' | 'last_sequence' | 'summary' | 'worker' | 'project' | 'spec'>;

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

const lock = async (manager: EntityManager, runId: string): Promise<LockedRun | undefined> => {
  const sql = `select run.id, zone, state, fence, last_sequence, summary, worker, spec, project
    from run join experiment on experiment.id = run.experiment_id where run.id = $1 for update of run`;
  return ((await manager.query(sql, [runId])) as readonly LockedRun[])[0];
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
    const decision = { decision: 'halt', zone: run.zone, reason: message } as const;
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

/** Rolls a restatement back whose lines no longer stand. */
class Superseded extends Error {}

const supersede = async (manager: EntityManager, { runId, sequence, fact }: RunEvent): Promise<void> => {
  if (fact.kind !== 'restated') return;
  const [rows] = (await manager.query(
    `update ledger_entry set superseded_by = $2 from unnest($3::integer[], $4::integer[]) as old (sequence, piece)
     where run_id = $1 and ledger_entry.sequence = old.sequence and ledger_entry.piece = old.piece and superseded_by is null
     returning ledger_entry.piece`,
    [runId, sequence, fact.changes.map((change) => change.sequence), fact.changes.map((change) => change.piece)],
  )) as [readonly unknown[], number];
  if (rows.length !== fact.changes.length) throw new Superseded();
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

interface Holder {
  readonly host: string;
  readonly worker: string;
  readonly leaseMs: number;
}

const bookingOf = (
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

/** Numbers and writes facts of a locked run. A new holder, or leaving `running`, raises the fence. */
const appendFacts = async (
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
  await manager.query('select pg_notify($1, $2)', [RUN_CHANNEL, `${run.id} ${last}${hasEnded(state) ? ' end' : ''}`]);
  return answer;
};

const insertEvents = async (manager: EntityManager, events: readonly RunEvent[]): Promise<void> => {
  await manager.query(
    `insert into run_event (run_id, sequence, at_ms, grid_at_ms, kind, fact)
     select * from unnest($1::uuid[], $2::integer[], $3::double precision[], $4::double precision[], $5::text[], $6::jsonb[])`,
    [
      events.map(({ runId }) => runId),
      events.map(({ sequence }) => sequence),
      events.map(({ at }) => at),
      events.map(({ gridAt }) => gridAt),
      events.map(({ fact }) => fact.kind),
      events.map(({ fact }) => JSON.stringify(fact)),
    ],
  );
  for (const event of events) await supersede(manager, event);
  const rows = events.flatMap(ledgerRowsOf);
  if (rows.length === 0) return;
  const columns = LEDGER_TYPES.map((_type, column) => rows.map((row) => row[column]));
  await manager.query(
    `insert into ledger_entry select * from unnest(${LEDGER_TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`,
    columns,
  );
};

/** Of the columns of `ledger_entry`, in their order. */
const LEDGER_TYPES = [
  'uuid',
  'integer',
  'integer',
  'text',
  'text',
  'timestamptz',
  'timestamptz',
  'timestamptz',
  'timestamptz',
  'bigint',
  'double precision',
  'double precision',
  'text',
  'text',
  'text',
  'text',
  'double precision',
  'bigint',
] as const;
