/** Many ledgers on a real Postgres, as awkward as they come: what is added up there or kept beside the log against the lines themselves. */
import fs from 'node:fs';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { BOOKED_DIMENSIONS, bookedGroups, type BookedCell, type BookedGroup } from '../../src/emissions/booked-groups.js';
import type { LedgerLine } from '../../src/emissions/ledger-entry.js';
import { ledgerStretches, type LedgerStretch } from '../../src/emissions/ledger-stretches.js';
import { parseExperiment } from '../../src/experiment/spec.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import type { LedgerSpan } from '../../src/record/ledger-book.js';
import type { StoredRun } from '../../src/record/run-log.js';
import type { RunFact } from '../../src/record/run-event.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { ledgerBook } from '../../src/store/ledger-book.js';
import { runReader } from '../../src/store/run-reader.js';
import { runWriter } from '../../src/store/run-writer.js';
import { replayGridClock } from '../../src/units/clock.js';
import { grams } from '../../src/units/quantities.js';
import { HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';
import { accountOf } from '../../src/workflows/account-run.js';
import { exportedRun, type ExportSettings } from '../../src/workflows/export-runs.js';
import type { Ports } from '../../src/workflows/ports.js';
import { reportCompliance } from '../../src/workflows/report-compliance.js';
import { settleRun } from '../../src/workflows/settle-run.js';
import { anyLedger, linesOf, seriesOf, SUBMITTED, type AwkwardLedger } from '../emissions/awkward-ledger.js';
import { newHome, smallRun } from '../journey/running-service.js';

let home: string;
let server: EmbeddedPostgres;
let dataSource: DataSource;
let ports: Ports;
let ids: readonly string[];
const APRIL = instant(Date.UTC(2026, 3, 1));
/** Of both zones; the grid does not serve them any more. */
const LOCAL = () => 'America/Los_Angeles';
const NOW = instant(Date.UTC(2026, 10, 2));
const clock = { now: () => NOW };
/** Known everywhere, other values than what was booked, some of them twice in a row. */
const values = Array.from({ length: 96 }, (_none, step) => 10 + ((step >> 1) % 7));
const settled = new Map(['A', 'B'].map((zone) => [zone, seriesOf(zone, values, zone === 'A' ? HOUR_MS : 15 * MINUTE_MS)]));

beforeAll(async () => {
  home = newHome();
  server = await startEmbeddedPostgres(home, 'lowtide');
  dataSource = await openDataSource(server.url);
  await migrate(dataSource);
  ports = {
    clock,
    gridClock: replayGridClock(clock, { realAt: NOW, gridAt: instant(SUBMITTED + 48 * HOUR_MS), speed: 1 }),
    reader: runReader(dataSource),
    writer: runWriter(dataSource, () => Promise.resolve(), 15_000),
    ledgers: ledgerBook(dataSource),
    grid: {
      name: 'constructed',
      zones: () => [],
      readings: (zone: string) => Promise.resolve(settled.get(zone)!),
    },
    policies: { versions: () => Promise.resolve(Array.from({ length: 12 }, (_none, index) => version(index + 1, index * 97_000))) },
    budgets: { spending: () => Promise.resolve({ spent: grams(1) }) },
  } as unknown as Ports;
  const ledgers = fc.sample(anyLedger(), { numRuns: 5, seed: 20_260_331 });
  ids = await submitted(ledgers.length + 1);
  for (const [index, ledger] of [...ledgers, { samples: [] }].entries()) await trained(ids[index]!, ledger);
}, 60_000);
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

/** Of a policy that was set so many ms after the runs began. */
const version = (number: number, after: number) => {
  const parsed = parsePolicy({
    name: 'awkward',
    dryRun: true,
    ceilingGco2eqPerKwh: number % 2 === 0 ? 250 : 12,
    quietHours: [{ from: '16:43', to: '17:21' }],
    maximumDelay: 'PT1M',
    runBudgetGco2eq: 0.05,
    budgets: [{ gco2eq: 1, period: 'month' }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const setAt = instant(Date.UTC(2026, 10, 1) + after);
  return { policy: parsed.value, version: number, setAt, setGridAt: setAt };
};

const submitted = async (count: number): Promise<readonly string[]> => {
  const parsed = parseExperiment({ name: 'awkward', runs: Array.from({ length: count }, (_none, index) => smallRun(`run-${index}`)) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const facts: RunFact[] = [{ kind: 'state', from: 'planned', to: 'queued', message: '' }];
  const runs = parsed.value.runs.map((spec) => {
    const id = globalThis.crypto.randomUUID();
    return { id, spec: { ...spec, zone: 'A' }, zone: 'A', deadlineGridAt: undefined, facts, startAt: NOW };
  });
  const id = globalThis.crypto.randomUUID();
  await ports.writer.submit({ id, spec: parsed.value, submittedAt: NOW, submittedGridAt: SUBMITTED, runs });
  return runs.map((run) => run.id);
};

/** Half of it is looked at while the run trains. */
const trained = async (id: string, { samples }: Pick<AwkwardLedger, 'samples'>): Promise<void> => {
  const claim = await ports.writer.claim(id, { host: id, worker: 'constructed' }, { at: NOW, gridAt: SUBMITTED }, grams(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const last = samples.flat().at(-1);
  const moment = { at: last?.real.end ?? NOW, gridAt: last?.grid.end ?? SUBMITTED };
  const facts = samples.map((entries) => ({ ...moment, fact: { kind: 'energy', components: [], entries } as const }));
  await ports.writer.append(claim.fence, facts.slice(0, facts.length / 2), undefined);
  await expectStretches(id);
  const end = { ...moment, fact: { kind: 'state', from: 'running', to: 'succeeded', message: '' } as const };
  await ports.writer.append(claim.fence, [...facts.slice(facts.length / 2), end], undefined);
};

const runOf = async (id: string): Promise<StoredRun> => (await ports.reader.run(id))!;
const keptThrough = async (id: string): Promise<number | undefined> =>
  ((await dataSource.query('select through from ledger_stretches where run_id = $1', [id])) as { through: number }[])[0]?.through;

/** @returns how many */
const expectStretches = async (id: string): Promise<number> => {
  const lines = await ports.reader.ledger(id);
  const stretches = await ports.reader.stretches(await runOf(id));
  expect(stretches).toEqual(ledgerStretches(lines, SUBMITTED));
  return stretches.length;
};

test('the stretches of a run are those of its ledger: kept when it ends, made and kept when they are asked for and missing', async () => {
  for (const id of ids) {
    expect(await keptThrough(id)).toBe((await runOf(id)).lastSequence);
    const count = await expectStretches(id);
    await dataSource.query('delete from ledger_stretches where run_id = $1', [id]);
    expect(await expectStretches(id)).toBe(count);
    expect(await keptThrough(id)).toBe((await runOf(id)).lastSequence);
    // As of a run that was halted there and has gone on since.
    await dataSource.query(
      `update ledger_stretches set through = through - 1, stretches = '{"shared":[],"stretches":[]}' where run_id = $1`,
      [id],
    );
    expect(await expectStretches(id)).toBe(count);
  }
});

/** Every line by itself. */
const lineByLine = (): Ports => {
  const stretches = async ({ id }: StoredRun): Promise<readonly LedgerStretch[]> =>
    (await ports.reader.ledger(id)).map(({ sequence, entry }) => ({ ...entry, lines: 1, booked: { first: sequence, last: sequence } }));
  return { ...ports, reader: { ...ports.reader, stretches } };
};

/** Rounded to where sums in another order agree. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, each: unknown) =>
      typeof each === 'number' && !Number.isInteger(each) ? Number(each.toPrecision(9)) : each,
    ),
  );

const EXPORTS: ExportSettings = { version: '0', embodied: undefined, countryOf: () => undefined, noticeOf: () => undefined };

const expectSameAnswers = async (): Promise<void> => {
  const [by, of] = [await reportCompliance(ports, 'default', 100, LOCAL), await reportCompliance(lineByLine(), 'default', 100, LOCAL)];
  expect(by.runs.flatMap(({ findings }) => findings).length).toBeGreaterThan(10);
  expect(rounded(by)).toEqual(rounded(of));
  for (const id of ids) {
    const run = await runOf(id);
    expect(rounded(await exportedRun(ports, EXPORTS, run))).toEqual(rounded(await exportedRun(lineByLine(), EXPORTS, run)));
    expect(rounded(await accountOf(ports, run).savings())).toEqual(rounded(await accountOf(lineByLine(), run).savings()));
  }
};

/** What `cells` is by definition. */
const cellsOf = (run: StoredRun, lines: readonly LedgerLine[], { from, to }: LedgerSpan): readonly BookedCell[] =>
  lines.flatMap(({ entry }): readonly BookedCell[] => {
    const { grid, zone, purpose, reading, energy, pue, emissions } = entry;
    if ((from !== undefined && grid.start < from) || (to !== undefined && grid.start >= to)) return [];
    const at = instant(Math.floor(grid.start / (15 * MINUTE_MS)) * 15 * MINUTE_MS);
    const known = reading && { kind: reading.kind, factorType: reading.factorType, source: reading.source, provenance: reading.provenance };
    const whose = { project: run.project, experimentId: run.experimentId, runId: run.id };
    return [{ ...whose, zone, at, purpose, reading: known, energy, siteEnergy: energy * pue, emissions, lines: 1 }];
  });

const inOrder = (groups: readonly BookedGroup[]): readonly unknown[] =>
  (rounded(groups) as { readonly key: object }[]).sort((a, b) => (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1));

const expectSameTotals = async (): Promise<void> => {
  const runs = await Promise.all(ids.map(async (id) => ({ run: await runOf(id), lines: await ports.reader.ledger(id) })));
  for (const span of [
    { from: undefined, to: undefined, project: undefined },
    { from: APRIL, to: undefined, project: 'default' },
    { from: undefined, to: APRIL, project: undefined },
  ]) {
    const cells = await ports.ledgers.cells(span);
    const lines = runs.flatMap(({ run, lines: own }) => cellsOf(run, own, span));
    expect(lines.length).toBeGreaterThan(50);
    for (const by of [[], ...BOOKED_DIMENSIONS.map((dimension) => [dimension]), BOOKED_DIMENSIONS])
      expect(inOrder(bookedGroups(cells, by, LOCAL))).toEqual(inOrder(bookedGroups(lines, by, LOCAL)));
  }
};

test('savings, exports and compliance by stretches are those by lines, and totals of the database those of the lines', async () => {
  await expectSameAnswers();
  await expectSameTotals();
});

test('so they are when hours were restated, and the stretches that are kept are new', async () => {
  for (const id of ids) {
    const before = await keptThrough(id);
    const settlement = await settleRun(ports, id);
    if (settlement.kind !== 'settled') throw new Error(settlement.kind);
    expect(await keptThrough(id)).toBe((await runOf(id)).lastSequence);
    if (settlement.restated > 0) expect(await keptThrough(id)).toBeGreaterThan(before!);
    await expectStretches(id);
  }
  expect((await Promise.all(ids.map(runOf))).filter(({ summary }) => summary.restatements.length > 0).length).toBeGreaterThan(2);
  await expectSameAnswers();
  await expectSameTotals();
});

test('what some events booked is read without the others', async () => {
  const id = (await submitted(1))[0]!;
  const [ledger] = fc.sample(anyLedger(true), { numRuns: 1, seed: 7 });
  await trained(id, ledger!);
  const lines = await ports.reader.ledger(id);
  expect(lines.map(({ entry }) => entry)).toEqual(linesOf(ledger!).map(({ entry }) => entry));
  for (const { booked } of await ports.reader.stretches(await runOf(id)))
    expect(await ports.reader.ledger(id, booked)).toEqual(
      lines.filter(({ sequence }) => sequence >= booked.first && sequence <= booked.last),
    );
});
