/** Events of a run's log into their table, and what they book and restate into the ledger. */
import type { EntityManager } from 'typeorm';
import type { RunEvent } from '../record/run-event.js';
import { ledgerRowsOf } from './run-rows.js';

/** Rolls a restatement back whose lines no longer stand. */
export class Superseded extends Error {}

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

/** Events and the ledger's lines they book or restate. @throws Superseded */
export const insertEvents = async (manager: EntityManager, events: readonly RunEvent[]): Promise<void> => {
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
