/** What is asked often, or of tables that grow for ever, is found by an index. */
import fs from 'node:fs';
import type { DataSource } from 'typeorm';
import { parseExperiment } from '../../src/experiment/spec.js';
import { appendFacts, lock } from '../../src/store/append-facts.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { ledgerBook } from '../../src/store/ledger-book.js';
import { runReader } from '../../src/store/run-reader.js';
import { runTotals } from '../../src/store/run-totals.js';
import { runWriter } from '../../src/store/run-writer.js';
import { instant } from '../../src/units/time.js';
import { newHome, smallRun } from '../journey/running-service.js';

const RUN = '11111111-2222-4333-8444-555555555555';
let home: string;
let server: EmbeddedPostgres;
let dataSource: DataSource;

beforeAll(async () => {
  home = newHome();
  server = await startEmbeddedPostgres(home, 'lowtide');
  // Small tables are read whole, whatever indexes they have: here only where no index will do.
  const setting = await openDataSource(server.url);
  await setting.query('alter database lowtide set enable_seqscan = off');
  await setting.destroy();
  dataSource = await openDataSource(server.url);
  await migrate(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

type Query = (sql: string, parameters?: unknown[]) => Promise<unknown>;

/** The plans of all that is asked of the database. */
const plansOf = async (ask: (database: DataSource) => Promise<unknown>): Promise<string> => {
  const asked: (readonly [sql: string, parameters: unknown[] | undefined])[] = [];
  const recorded =
    (query: Query): Query =>
    (sql, parameters) => {
      asked.push([sql, parameters]);
      return query(sql, parameters);
    };
  await ask({
    query: recorded((sql, parameters) => dataSource.query(sql, parameters)),
    transaction: (work: (manager: { query: Query }) => Promise<unknown>) =>
      dataSource.transaction((manager) => work({ query: recorded((sql, parameters) => manager.query(sql, parameters)) })),
  } as unknown as DataSource);
  const plans = asked.map(([sql, parameters]) => dataSource.query(`explain ${sql}`, parameters) as Promise<readonly object[]>);
  return (await Promise.all(plans)).flatMap((rows) => rows.map((row) => Object.values(row).join())).join('\n');
};

test.each<[index: string, what: string, ask: (database: DataSource) => Promise<unknown>]>([
  ['run_state', 'live runs, looked for every second', (db) => runReader(db).runs({ states: ['planned', 'running'] }, 500, undefined)],
  ['run_state', 'how many runs there are of each state', (db) => runTotals(db).byState()],
  ['run_event_decision', "a run's decisions", (db) => runReader(db).decisions(RUN)],
  ['run_event_decision', "a run's plans", (db) => runReader(db).plans(RUN)],
  ['ledger_entry_provisional', 'lines that may be restated', (db) => runReader(db).provisionalRuns('X', instant(0))],
  [
    'ledger_entry_grid_start',
    'the lines of a month',
    (db) => ledgerBook(db).cells({ from: instant(Date.UTC(2026, 0)), to: instant(Date.UTC(2026, 1)), project: undefined }),
  ],
])('%s finds %s', async (index, _what, ask) => {
  expect(await plansOf(ask)).toMatch(new RegExp(`Scan.* (on|using) ${index}\\b`));
});

test('what is added to the log of a run leaves the indexes of runs alone', async () => {
  const parsed = parseExperiment({ name: 'indexed', runs: [smallRun('a')] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const [spec] = parsed.value.runs;
  const moment = { at: instant(0), gridAt: instant(0) };
  const fresh = { id: RUN, spec: spec!, zone: spec!.zone, deadlineGridAt: undefined, startAt: instant(0), facts: [] };
  const experiment = { id: RUN, spec: parsed.value, submittedAt: instant(0), submittedGridAt: instant(0), runs: [fresh] };
  await runWriter(dataSource, () => Promise.resolve(), 1000).submit(experiment);
  await dataSource.transaction(async (manager) => {
    await appendFacts(manager, (await lock(manager, RUN))!, [{ ...moment, fact: { kind: 'warning', message: 'a fact' } }]);
    const sql = `select pg_stat_get_xact_tuples_updated('run'::regclass)::integer as updated,
      pg_stat_get_xact_tuples_hot_updated('run'::regclass)::integer as alone`;
    expect(await manager.query(sql)).toEqual([{ updated: 1, alone: 1 }]);
  });
});
