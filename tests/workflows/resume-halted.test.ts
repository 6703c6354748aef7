/** Halted runs and the periods of their project's budget, on a real Postgres. */
import fs from 'node:fs';
import type { DataSource } from 'typeorm';
import { parseExperiment } from '../../src/experiment/spec.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import { ownBudgetInWords } from '../../src/policy/run-budget.js';
import { everyRun } from '../../src/record/every-run.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { policyBook } from '../../src/store/policies.js';
import { runReader } from '../../src/store/run-reader.js';
import { runWriter } from '../../src/store/run-writer.js';
import { grams } from '../../src/units/quantities.js';
import { HOUR_MS, instant, later, type Instant } from '../../src/units/time.js';
import { liveGridClock } from '../../src/units/clock.js';
import type { Ports } from '../../src/workflows/ports.js';
import { resumeHalted } from '../../src/workflows/resume-halted.js';
import { newHome, smallRun } from '../journey/running-service.js';

const NOON = instant(Date.UTC(2026, 0, 1, 12));
let home: string;
let server: EmbeddedPostgres;
let dataSource: DataSource;
let now: Instant = NOON;
let queued: string[] = [];
let ports: Ports;

beforeAll(async () => {
  home = newHome();
  server = await startEmbeddedPostgres(home, 'lowtide');
  dataSource = await openDataSource(server.url);
  await migrate(dataSource);
  const clock = { now: () => now };
  ports = {
    clock,
    gridClock: liveGridClock(clock),
    reader: runReader(dataSource),
    policies: policyBook(dataSource),
    writer: runWriter(
      dataSource,
      (_manager, { runId }) => {
        queued.push(runId);
        return Promise.resolve();
      },
      15_000,
    ),
  } as unknown as Ports;
  const policy = parsePolicy({ name: 'daily', project: 'daily', budgets: [{ gco2eq: 1, period: 'day' }] });
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  await ports.policies.set(policy.value, { at: NOON, gridAt: NOON });
});
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

/** A run that its budget halted at noon. */
const haltedRun = async (project: string, id: string, own?: number): Promise<string> => {
  const parsed = parseExperiment({ name: 'halted', project, runs: [smallRun('halted', own === undefined ? {} : { budgetGco2eq: own })] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const [spec] = parsed.value.runs;
  const first = { kind: 'state', from: undefined, to: 'planned', message: '' } as const;
  const runs = [{ id, spec: spec!, zone: spec!.zone, deadlineGridAt: undefined, startAt: NOON, facts: [first] }];
  await ports.writer.submit({ id: id.replace(/^0/, 'e'), spec: parsed.value, submittedAt: NOON, submittedGridAt: NOON, runs });
  const moment = { at: NOON, gridAt: NOON };
  await ports.writer.move({ runId: id, from: ['planned'], to: 'queued', message: '', ...moment });
  const rules = own === undefined ? [] : [ownBudgetInWords(grams(own))];
  const decision = { decision: 'halt', zone: spec!.zone, reason: 'no room', rules } as const;
  const facts = [{ kind: 'decided', decision }] as const;
  await ports.writer.move({ runId: id, from: ['queued'], to: 'halted', message: '', facts, ...moment });
  queued = [];
  return id;
};
const stateOf = async (id: string) => (await ports.reader.run(id))!.state;
const lookAt = (at: Instant) => {
  now = at;
  return resumeHalted(ports, ['US-CAL-CISO']);
};

test('a run halted by a budget of a day goes on the next day, and not before', async () => {
  const id = await haltedRun('daily', '00000000-0000-4000-8000-000000000001');
  await lookAt(later(NOON, 11 * HOUR_MS));
  expect(await stateOf(id)).toBe('halted');
  await lookAt(later(NOON, 12 * HOUR_MS));
  expect(await stateOf(id)).toBe('queued');
  expect(queued).toEqual([id]);
  expect((await ports.reader.run(id))!.summary.stateMessage).toBe(
    "a new period of its project's budget has begun; goes on as soon as a host is free",
  );
});

test('one halted again waits for the period after', async () => {
  const id = '00000000-0000-4000-8000-000000000001';
  await ports.writer.move({ runId: id, from: ['queued'], to: 'halted', message: '', at: now, gridAt: now });
  await lookAt(later(NOON, 30 * HOUR_MS));
  expect(await stateOf(id)).toBe('halted');
  await lookAt(later(NOON, 36 * HOUR_MS));
  expect(await stateOf(id)).toBe('queued');
});

test('a run without a budget of a period stays halted', async () => {
  const id = await haltedRun('other', '00000000-0000-4000-8000-000000000002');
  await lookAt(later(NOON, 99 * HOUR_MS));
  expect(await stateOf(id)).toBe('halted');
});

test('a run that its own budget halted stays halted, though a little of that budget is left', async () => {
  const id = await haltedRun('daily', '00000000-0000-4000-8000-000000000004', 0.5);
  await lookAt(later(NOON, 300 * HOUR_MS));
  expect(await stateOf(id)).toBe('halted');
});

test('a run whose own budget is spent stays halted', async () => {
  const id = await haltedRun('daily', '00000000-0000-4000-8000-000000000003');
  await ports.writer.note(id, { at: NOON, gridAt: NOON, fact: { kind: 'budget-raised', budget: grams(0) } });
  await lookAt(later(NOON, 200 * HOUR_MS));
  expect(await stateOf(id)).toBe('halted');
});

test('the rules of a project are looked up once a round, however many of its runs are halted', async () => {
  const asked: string[] = [];
  const versions = (project: string) => {
    asked.push(project);
    return ports.policies.versions(project);
  };
  await resumeHalted({ ...ports, policies: { ...ports.policies, versions } }, ['US-CAL-CISO']);
  expect(asked.sort()).toEqual(['daily', 'other']);
});

test('runs are looked at page by page to the last, once each, also those that leave the filter meanwhile', async () => {
  const halted = (await ports.reader.runs({ states: ['halted'] }, 100, undefined)).items.map(({ id }) => id);
  expect(halted.length).toBeGreaterThan(2);
  const seen: string[] = [];
  for await (const { id } of everyRun(ports.reader, { states: ['halted'] }, 1)) {
    seen.push(id);
    await ports.writer.move({ runId: id, from: ['halted'], to: 'queued', message: '', at: now, gridAt: now });
  }
  expect(seen).toEqual(halted);
  expect((await ports.reader.runs({ states: ['halted'] }, 100, undefined)).items).toEqual([]);
});
