/** Settlement on a real Postgres: a run booked on constructed forecasts, and a constructed grid that knows better later. */
import fs from 'node:fs';
import type { DataSource } from 'typeorm';
import { CreateBookedTotals1764205200000 } from '../../migrations/1764205200000-create-booked-totals.js';
import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { parseExperiment } from '../../src/experiment/spec.js';
import type { Provenance } from '../../src/grid/reading.js';
import type { RunFact } from '../../src/record/run-event.js';
import { greatestDifference, isWhole } from '../../src/record/audited-runs.js';
import { foldRun } from '../../src/record/fold-run.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { runTotals } from '../../src/store/run-totals.js';
import { ledgerBook } from '../../src/store/ledger-book.js';
import { runReader } from '../../src/store/run-reader.js';
import { runWriter } from '../../src/store/run-writer.js';
import { replayGridClock } from '../../src/units/clock.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant, type Instant } from '../../src/units/time.js';
import { auditLedger } from '../../src/workflows/audit-ledger.js';
import type { Ports } from '../../src/workflows/ports.js';
import { settleRun } from '../../src/workflows/settle-run.js';
import { newHome, smallRun } from '../journey/running-service.js';

let home: string;
let server: EmbeddedPostgres;
let dataSource: DataSource;
const NOW = instant(Date.UTC(2026, 0, 1));
const clock = { now: () => NOW };

beforeAll(async () => {
  home = newHome();
  server = await startEmbeddedPostgres(home, 'lowtide');
  dataSource = await openDataSource(server.url);
  await migrate(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

const portsWith = (intensity: number, provenance: Provenance): Ports =>
  ({
    clock,
    gridClock: replayGridClock(clock, { realAt: NOW, gridAt: NOW, speed: 1 }),
    reader: runReader(dataSource),
    writer: runWriter(dataSource, () => Promise.resolve(), 15_000),
    grid: {
      name: 'constructed',
      readings: (zone: string) =>
        Promise.resolve({
          zone,
          kind: 'average',
          factorType: 'lifecycle',
          readings: Array.from({ length: 48 }, (_none, step) => ({
            zone,
            interval: { start: instant(NOW + (step * HOUR_MS) / 4), end: instant(NOW + ((step + 1) * HOUR_MS) / 4) },
            intensity: carbonIntensity(intensity + step),
            kind: 'average',
            factorType: 'lifecycle',
            source: `constructed-${provenance}`,
            provenance,
            issuedAt: NOW,
          })),
        }),
    },
  }) as unknown as Ports;

const booked = (hour: number, purpose: LedgerEntry['purpose']): RunFact => {
  const span = { start: instant(NOW + hour * HOUR_MS), end: instant(NOW + (hour + 1) * HOUR_MS) };
  const entry: LedgerEntry = {
    purpose,
    real: span,
    grid: span,
    zone: 'US-CAL-CISO',
    energy: microjoules(7_200_000_001),
    attributed: microjoules(3_000_000_001),
    pue: 1.1,
    reading: { intensity: carbonIntensity(400), kind: 'average', factorType: 'lifecycle', source: 'constructed', provenance: 'forecast' },
    emissions: grams(0.88),
  };
  return { kind: 'energy', components: [], entries: [entry] };
};

const newRun = async (ports: Ports, lines = 3): Promise<string> => {
  const id = globalThis.crypto.randomUUID();
  const parsed = parseExperiment({ name: `settled-${id.slice(0, 8)}`, runs: [smallRun('a')] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const facts: RunFact[] = [
    { kind: 'state', from: undefined, to: 'planned', message: '' },
    { kind: 'state', from: 'planned', to: 'queued', message: '' },
  ];
  const [spec] = parsed.value.runs;
  const run = { id, spec: spec!, zone: spec!.zone, deadlineGridAt: undefined, facts, startAt: NOW };
  await ports.writer.submit({
    id: globalThis.crypto.randomUUID(),
    spec: parsed.value,
    submittedAt: NOW,
    submittedGridAt: NOW,
    runs: [run],
  });
  const claim = await ports.writer.claim(id, { host: id, worker: 'constructed' }, { at: NOW, gridAt: NOW }, grams(0));
  if (claim.kind !== 'claimed') throw new Error(`the constructed run was not claimed: ${claim.kind}`);
  const { fence } = claim;
  const energy = Array.from({ length: lines }, (_none, line) => ({
    at: NOW,
    gridAt: NOW,
    fact: booked(line % 3, line % 3 === 0 ? 'overhead' : 'active'),
  }));
  const ended: RunFact = { kind: 'state', from: 'running', to: 'succeeded', message: '' };
  await ports.writer.append(fence, [...energy, { at: NOW, gridAt: NOW, fact: ended }], undefined);
  return id;
};

const totals = async (id: string) => {
  const sql = `select sum(emissions_gco2eq) as grams, sum(energy_uj)::float8 as uj, sum(attributed_uj)::float8 as share, count(*)::int as lines
    from booked_ledger_entry where run_id = $1`;
  return ((await dataSource.query(sql, [id])) as { grams: number; uj: number; share: number; lines: number }[])[0]!;
};

test('a finished run is restated when the actual arrives: the fold, the log folded again and SQL agree, and both bookings are kept', async () => {
  const ports = portsWith(200, 'measured');
  const id = await newRun(ports);
  expect((await ports.reader.run(id))!.summary.booked.active.emissions).toBeCloseTo(1.76, 9);
  expect(await settleRun(ports, id)).toEqual({ kind: 'settled', restated: 3, provisional: 0 });

  const { summary, lastSequence } = (await ports.reader.run(id))!;
  const log = await ports.reader.events(id, 0, 1000);
  expect(log.map(({ sequence }) => sequence)).toEqual(Array.from({ length: lastSequence }, (_none, index) => index + 1));
  // As stored: what is undefined is not written.
  expect(JSON.parse(JSON.stringify(foldRun(log)))).toEqual(summary);

  const { active, overhead } = summary.booked;
  const sums = await totals(id);
  expect(Math.abs(sums.grams / (active.emissions + overhead.emissions) - 1)).toBeLessThan(1e-9);
  expect(sums.uj).toBe(active.energy + overhead.energy);
  expect(sums.share).toBe(active.share.energy + overhead.share.energy);
  expect(sums.lines).toBe(12);
  const standing = await ports.reader.ledger(id);
  expect(standing).toHaveLength(12);
  expect(standing.every(({ entry }) => entry.reading?.provenance === 'measured')).toBe(true);

  const kept = 'select emissions_gco2eq, superseded_by from ledger_entry where run_id = $1 and superseded_by is not null';
  expect(await dataSource.query(kept, [id])).toEqual(Array(3).fill({ emissions_gco2eq: 0.88, superseded_by: lastSequence }));
  expect(summary.restatements).toMatchObject([{ lines: 3, message: expect.stringContaining('forecast') }]);
  expect(summary.restatements[0]!.before).toBeCloseTo(2.64, 9);
});

test('an audit counts lines as they stand, once each, in the quarter of an hour in which they begin', async () => {
  const id = await newRun(portsWith(200, 'measured'));
  const ports = { ledgers: ledgerBook(dataSource), reader: runReader(dataSource) };
  const audited = async (from: Instant, to: Instant | undefined) => {
    const audit = await auditLedger(ports, { from, to, project: undefined }, () => 'UTC');
    const run = (await audit.runs()).find((each) => each.run.id === id)!;
    return { run, parts: audit.by(['run', 'reading', 'purpose']).filter(({ key }) => key.runId === id) };
  };
  const before = await audited(NOW, undefined);
  expect(before.parts.map(({ key, lines }) => [key.reading?.provenance, key.purpose, lines])).toEqual([
    ['forecast', 'overhead', 1],
    ['forecast', 'active', 2],
  ]);
  await settleRun(portsWith(200, 'measured'), id);
  const after = await audited(NOW, undefined);
  expect(after.parts.map(({ key, lines }) => [key.reading?.provenance, key.purpose, lines])).toEqual([
    ['measured', 'overhead', 4],
    ['measured', 'active', 8],
  ]);
  expect(isWhole(after.run)).toBe(true);
  expect(greatestDifference([after.run])).toBeLessThan(1e-9);
  const half = await audited(instant(NOW + HOUR_MS / 2), instant(NOW + 1.25 * HOUR_MS));
  expect(half.parts.reduce((sum, { lines }) => sum + lines, 0)).toBe(3);
  expect(isWhole(half.run)).toBe(false);
});

test('settling again changes nothing, and an estimate is settled twice', async () => {
  const id = await newRun(portsWith(300, 'estimated'));
  expect(await settleRun(portsWith(300, 'estimated'), id)).toEqual({ kind: 'settled', restated: 3, provisional: 12 });
  expect(await settleRun(portsWith(300, 'estimated'), id)).toEqual({ kind: 'settled', restated: 0, provisional: 12 });
  expect(await settleRun(portsWith(250, 'measured'), id)).toEqual({ kind: 'settled', restated: 12, provisional: 0 });
  expect((await totals(id)).lines).toBe(12);
});

test('of two settlements at once one wins, and no line is restated twice', async () => {
  const ports = portsWith(200, 'measured');
  const id = await newRun(ports);
  const answers = await Promise.all([settleRun(ports, id), settleRun(ports, id)]);
  expect(answers.map((answer) => answer.kind === 'settled' && answer.restated).sort()).toEqual([0, 3]);
  expect((await ports.reader.run(id))!.summary.restatements).toHaveLength(1);
});

test('a run that is not there is not settled', async () => {
  expect(await settleRun(portsWith(200, 'measured'), 'nope')).toEqual({ kind: 'not-found' });
});

test('a long ledger is restated piece by piece, and adds up all the same', async () => {
  const ports = portsWith(200, 'measured');
  const id = await newRun(ports, 2500);
  expect(await settleRun(ports, id)).toEqual({ kind: 'settled', restated: 2500, provisional: 0 });
  const { summary } = (await ports.reader.run(id))!;
  expect(summary.restatements.map(({ lines }) => lines)).toEqual([2000, 500]);
  const { active, overhead } = summary.booked;
  const sums = await totals(id);
  expect(Math.abs(sums.grams / (active.emissions + overhead.emissions) - 1)).toBeLessThan(1e-9);
  expect(sums.uj).toBe(active.energy + overhead.energy);
});

test('totals by project and zone stand as first booked, and what restatements changed beside them', async () => {
  const ports = portsWith(200, 'measured');
  const [before] = await runTotals(dataSource).booked();
  const id = await newRun(ports);
  const [booked] = await runTotals(dataSource).booked();
  expect(booked).toMatchObject({ project: 'default', zone: 'US-CAL-CISO' });
  expect(booked!.energy - before!.energy).toBe(3 * 7_200_000_001);
  expect(booked!.emissions - before!.emissions).toBeCloseTo(2.64, 9);
  await settleRun(ports, id);
  const [settled] = await runTotals(dataSource).booked();
  const { summary } = (await ports.reader.run(id))!;
  expect(settled).toMatchObject({ energy: booked!.energy, emissions: booked!.emissions, uncoveredEnergy: booked!.uncoveredEnergy });
  expect(settled!.restated - booked!.restated).toBeCloseTo(summary.restatements[0]!.after - summary.restatements[0]!.before, 9);
});

test('totals made from an older ledger are those that would have been kept', async () => {
  const kept = await runTotals(dataSource).booked();
  const migration = new CreateBookedTotals1764205200000();
  const runner = dataSource.createQueryRunner();
  await migration.down(runner);
  await migration.up(runner);
  await runner.release();
  const [made, ...others] = await runTotals(dataSource).booked();
  expect(others).toHaveLength(kept.length - 1);
  expect(made).toMatchObject({ project: kept[0]!.project, zone: kept[0]!.zone, energy: kept[0]!.energy });
  expect(made!.emissions).toBeCloseTo(kept[0]!.emissions, 6);
  expect(made!.restated).toBeCloseTo(kept[0]!.restated, 6);
});
