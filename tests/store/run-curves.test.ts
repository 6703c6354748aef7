/** Curves and timelines of long logs on a real Postgres, against what the whole log says. */
import fs from 'node:fs';
import type { DataSource } from 'typeorm';
import type { EnergyPurpose, LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { parseExperiment } from '../../src/experiment/spec.js';
import type { RunFact } from '../../src/record/run-event.js';
import { COARSE_POINTS_A_PIECE, POINTS_A_PIECE } from '../../src/record/training-curve.js';
import { migrate, openDataSource } from '../../src/store/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { runReader } from '../../src/store/run-reader.js';
import { runWriter } from '../../src/store/run-writer.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { instant, SECOND_MS } from '../../src/units/time.js';
import { newHome, smallRun } from '../journey/running-service.js';

const NOW = instant(Date.UTC(2026, 0, 1));
const RUN = '00000000-0000-4000-8000-000000000001';
const EVENTS = 1300;
let home: string;
let server: EmbeddedPostgres;
let dataSource: DataSource;

beforeAll(async () => {
  home = newHome();
  server = await startEmbeddedPostgres(home, 'lowtide');
  dataSource = await openDataSource(server.url);
  await migrate(dataSource);
  const writer = runWriter(dataSource, () => Promise.resolve(), 15_000);
  const parsed = parseExperiment({ name: 'long', project: 'curves', runs: [smallRun('long')] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const [spec] = parsed.value.runs;
  await writer.submit({
    id: '00000000-0000-4000-8000-000000000000',
    spec: parsed.value,
    submittedAt: NOW,
    submittedGridAt: NOW,
    runs: [
      {
        id: RUN,
        spec: spec!,
        zone: spec!.zone,
        deadlineGridAt: undefined,
        startAt: NOW,
        facts: [{ kind: 'state', from: undefined, to: 'queued', message: '' }],
      },
    ],
  });
  const claim = await writer.claim(RUN, { host: 'here', worker: 'one' }, { at: NOW, gridAt: NOW }, grams(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const facts = Array.from({ length: EVENTS }, (_none, index) => ({ at: at(index), gridAt: at(index), fact: factOf(index) }));
  for (let from = 0; from < EVENTS; from += 130) await writer.append(claim.fence, facts.slice(from, from + 130), undefined);
});
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

const at = (index: number) => instant(NOW + index * SECOND_MS);
const purposeOf = (index: number): EnergyPurpose => (index < 100 ? 'overhead' : 'active');

/** Every fifth event is a power sample; the grid is unknown in the last tenth. */
const factOf = (index: number): RunFact => {
  if (index % 5 !== 0)
    return { kind: 'progress', step: index, epoch: 1, loss: 2 + Math.sin(index / 40), imagesPerSecond: 500, peakMemoryBytes: 1 };
  const known = index < 0.9 * EVENTS;
  // Some entries are shorter than a millisecond: a sample that crosses a grid step by a hair.
  const span = { start: at(index), end: index % 50 === 0 ? instant(at(index) + 0.3) : at(index + 4) };
  const entry: LedgerEntry = {
    purpose: purposeOf(index),
    real: span,
    grid: span,
    zone: 'US-CAL-CISO',
    energy: microjoules(1_000_000 + index),
    attributed: undefined,
    pue: 1,
    reading: known
      ? { intensity: carbonIntensity(200 + index), kind: 'average', factorType: 'lifecycle', source: 'constructed', provenance: 'recorded' }
      : undefined,
    emissions: known ? grams(index / 1000) : undefined,
  };
  return { kind: 'energy', components: [], entries: [entry] };
};

const stored = async () => (await runReader(dataSource).run(RUN))!;

test('a long log gives few points a piece and every point of what is not full yet, in order', async () => {
  const curve = (await runReader(dataSource).trainingCurves([await stored()], 2000)).get(RUN)!;
  const last = (await stored()).lastSequence;
  expect(last).toBeGreaterThan(EVENTS);
  const tail = curve.filter(({ sequence }) => sequence > 1024);
  expect(tail).toHaveLength((await runReader(dataSource).events(RUN, 1024, EVENTS)).filter(({ fact }) => fact.kind === 'progress').length);
  expect(curve).toHaveLength(2 * POINTS_A_PIECE + tail.length);
  expect(curve.map(({ sequence }) => sequence)).toEqual([...new Set(curve.map(({ sequence }) => sequence))].sort((a, b) => a - b));
  expect(Math.max(...curve.map(({ loss }) => loss))).toBeCloseTo(3, 2);
});

test('for few points only the coarse choice of each piece is read, and of the tail as much', async () => {
  const curve = (await runReader(dataSource).trainingCurves([await stored()], 10)).get(RUN)!;
  const inPieces = curve.filter(({ sequence }) => sequence <= 1024);
  expect(inPieces).toHaveLength(2 * COARSE_POINTS_A_PIECE);
  expect(curve.length - inPieces.length).toBeLessThanOrEqual(COARSE_POINTS_A_PIECE);
  expect(curve.at(-1)).toMatchObject({ step: EVENTS - 1 });
  expect(Math.max(...curve.map(({ loss }) => loss))).toBeCloseTo(3, 1);
});

test('a log written before pieces were kept gives all its points', async () => {
  await dataSource.query('delete from training_curve_piece');
  const curve = (await runReader(dataSource).trainingCurves([await stored()], 2000)).get(RUN)!;
  expect(curve).toHaveLength(EVENTS - EVENTS / 5);
});

test('a summed timeline has the same energy, emissions and metered time as the ledger, by purpose', async () => {
  const reader = runReader(dataSource);
  const ledger = (await reader.ledger(RUN)).map(({ entry }) => entry);
  const points = (await reader.timelines([{ runId: RUN, from: NOW, until: at(EVENTS) }], 20)).get(RUN)!;
  expect(points.length).toBeLessThanOrEqual(21);
  for (const purpose of ['active', 'overhead'] as const) {
    const entries = ledger.filter((entry) => entry.purpose === purpose);
    const summed = points.filter((point) => point.purpose === purpose);
    const total = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0);
    expect(total(summed.map(({ energy }) => energy))).toBe(total(entries.map(({ energy }) => energy)));
    expect(total(summed.map(({ meteredMs }) => meteredMs))).toBeCloseTo(
      total(entries.map(({ real }) => Math.floor(real.end) - real.start)),
      6,
    );
    expect(total(summed.map(({ knownEmissions }) => knownEmissions))).toBeCloseTo(total(entries.map(({ emissions }) => emissions ?? 0)), 9);
  }
});

test('a part of the timeline with any unknown intensity has neither intensity nor emissions', async () => {
  const points = (await runReader(dataSource).timelines([{ runId: RUN, from: NOW, until: at(EVENTS) }], 20)).get(RUN)!;
  expect(points.at(-1)).toMatchObject({ intensity: undefined, emissions: undefined, knownEmissions: 0 });
  const first = points.find(({ purpose }) => purpose === 'active')!;
  expect(first.intensity).toBeGreaterThan(200);
  expect(first.emissions).toBe(first.knownEmissions);
});

test('a run that has no energy has no timeline, and projects are named', async () => {
  const reader = runReader(dataSource);
  const none = '00000000-0000-4000-8000-00000000000f';
  expect((await reader.timelines([{ runId: none, from: NOW, until: undefined }], 20)).get(none)).toBeUndefined();
  expect(await reader.projects()).toEqual(['curves']);
});

test('runs are found by the grid time they ended at', async () => {
  const reader = runReader(dataSource);
  await runWriter(dataSource, () => Promise.resolve(), 15_000).move({
    runId: RUN,
    from: ['running'],
    to: 'cancelled',
    message: '',
    startAt: NOW,
    at: NOW,
    gridAt: at(50),
  });
  const found = async (filter: Parameters<typeof reader.runs>[0]) => (await reader.runs(filter, 10, undefined)).items.length;
  expect(await found({ finishedFrom: at(50), finishedBefore: at(51) })).toBe(1);
  expect(await found({ finishedFrom: at(51) })).toBe(0);
  expect(await found({ finishedBefore: at(50) })).toBe(0);
});

test('the last piece of a run that is over is kept too, and what is noted afterwards changes no curve', async () => {
  const curve = async () => (await runReader(dataSource).trainingCurves([await stored()], 2000)).get(RUN)!;
  const { lastSequence } = await stored();
  const [{ pieces }] = await dataSource.query('select count(*)::integer as pieces from training_curve_piece where piece = 2');
  expect(pieces).toBe(1);
  const before = await curve();
  expect(before.at(-1)).toMatchObject({ step: EVENTS - 1 });
  const writer = runWriter(dataSource, () => Promise.resolve(), 15_000);
  expect(await writer.restate({ runId: RUN, at: NOW, gridAt: at(60), changes: [], message: 'constructed' })).toBe('restated');
  expect((await stored()).lastSequence).toBe(lastSequence + 1);
  expect(await curve()).toEqual(before);
});
