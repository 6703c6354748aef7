import fc from 'fast-check';
import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import type { RunEvent, RunFact } from '../../src/record/run-event.js';
import { bookedInAll, emptySummary } from '../../src/record/run-summary.js';
import { foldRun, withEvent } from '../../src/record/fold-run.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { instant } from '../../src/units/time.js';

const eventsOf = (facts: readonly RunFact[]): readonly RunEvent[] =>
  facts.map((fact, index) => ({ runId: 'r', sequence: index + 1, at: instant(1000 * index), gridAt: instant(360_000 * index), fact }));

const entry = (energy: number, intensity: number | undefined, purpose: LedgerEntry['purpose'] = 'active'): LedgerEntry => ({
  purpose,
  real: { start: instant(0), end: instant(1000) },
  grid: { start: instant(0), end: instant(360_000) },
  zone: 'X',
  energy: microjoules(energy),
  attributed: microjoules(Math.floor(energy / 2)),
  pue: 1,
  reading:
    intensity === undefined
      ? undefined
      : { intensity: carbonIntensity(intensity), kind: 'average', factorType: 'lifecycle', source: 'constructed', provenance: 'recorded' },
  emissions: intensity === undefined ? undefined : grams((energy / 3.6e12) * intensity),
});

const energyFact = (...entries: readonly LedgerEntry[]): RunFact => ({
  kind: 'energy',
  components: [
    {
      component: 'cpu',
      method: 'cpu-load-model',
      energy: microjoules(entries.reduce((sum, { energy }) => sum + energy, 0)),
      idle: microjoules(0),
      attributed: undefined,
    },
  ],
  entries,
});

test('folding a log again, in one go or event by event, gives the identical totals', () => {
  const energies = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 1e8 }), fc.option(fc.double({ min: 0, max: 900, noNaN: true }), { nil: undefined })),
  );
  fc.assert(
    fc.property(energies, (parts) => {
      const events = eventsOf(parts.map(([energy, intensity]) => energyFact(entry(energy, intensity))));
      const whole = foldRun(events);
      expect(events.reduce(withEvent, emptySummary)).toEqual(whole);
      expect(bookedInAll(whole).energy).toBe(parts.reduce((sum, [energy]) => sum + energy, 0));
    }),
  );
});

test('energy without a known intensity is counted as energy and not as covered', () => {
  const summary = foldRun(eventsOf([energyFact(entry(3_600_000, 500), entry(1_000_000, undefined))]));
  expect(summary.booked.active).toMatchObject({ energy: 4_600_000, coveredEnergy: 3_600_000, emissions: 0.0005 });
  expect(summary.intensityGco2eqPerKwh).toBeUndefined();
});

test('overhead is booked apart from active energy', () => {
  const summary = foldRun(eventsOf([energyFact(entry(10, 100, 'overhead')), energyFact(entry(20, 100))]));
  expect(summary.booked.overhead.energy).toBe(10);
  expect(summary.booked.active.energy).toBe(20);
});

const evaluation = (step: number, accuracy: number, final = false): RunFact => ({
  kind: 'evaluation',
  step,
  epoch: 1,
  accuracy,
  loss: 1,
  images: 100,
  final,
});
const started = (segment: number, step: number): RunFact => ({
  kind: 'segment-started',
  segment,
  host: 'h',
  zone: 'X',
  backend: { name: 'wasm', kernels: 'k', numericClass: 'fma' },
  microBatchSize: 64,
  trainableParameters: 1,
  totalSteps: 100,
  step,
  resumedFrom: undefined,
});

test('evaluations after the checkpoint a run goes on from are forgotten, since they are made again', () => {
  const summary = foldRun(eventsOf([started(1, 0), evaluation(10, 0.5), evaluation(20, 0.6), started(2, 10), evaluation(20, 0.61, true)]));
  expect(summary.evaluations.map(({ step, accuracy }) => [step, accuracy])).toEqual([
    [10, 0.5],
    [20, 0.61],
  ]);
});

test('a run that leaves its host has no power, and its segment ends', () => {
  const running: RunFact = { kind: 'state', from: 'queued', to: 'running', message: '' };
  const paused: RunFact = { kind: 'state', from: 'running', to: 'paused', pauseReason: 'by-user', message: 'paused' };
  const summary = foldRun(eventsOf([running, started(1, 0), energyFact(entry(40_000_000, 300)), paused]));
  expect(summary).toMatchObject({ state: 'paused', pauseReason: 'by-user', powerWatts: undefined, started: { at: 0 } });
  expect(summary.segments[0]?.ended?.at).toBe(3000);
});

test('a prediction after the first epoch is judged when the run has succeeded, and only then', () => {
  const predicted: RunFact = {
    kind: 'predicted',
    energy: microjoules(120),
    durationMs: 900,
    emissions: undefined,
    forecastMethod: 'constructed',
  };
  const booked = energyFact(entry(100, 300));
  const before = foldRun(eventsOf([booked, predicted]));
  expect(before.prediction).toMatchObject({ energy: 120, error: undefined });
  const ended = foldRun(eventsOf([booked, predicted, { kind: 'state', from: 'running', to: 'succeeded', message: '' }]));
  expect(ended.prediction?.error?.energyPercent).toBeCloseTo(20, 9);
  expect(ended.prediction?.error?.durationPercent).toBeCloseTo(-10, 9);
  expect(ended.prediction?.error?.emissionsPercent).toBeUndefined();
  const failed = foldRun(eventsOf([booked, predicted, { kind: 'state', from: 'running', to: 'failed', message: '' }]));
  expect(failed.prediction?.error).toBeUndefined();
});

test('time spent waiting on data adds up over segments, and stays unknown where a log does not tell it', () => {
  const progress = { kind: 'progress', step: 1, epoch: 1, loss: 1, imagesPerSecond: 1, peakMemoryBytes: 1 } as const;
  expect(foldRun(eventsOf([progress, { ...progress, dataMs: 5 }])).dataWait).toBeUndefined();
  const told = [2, 3].map((dataMs): RunFact => ({ ...progress, dataMs, trainingMs: 500 }));
  expect(foldRun(eventsOf([progress, ...told])).dataWait).toEqual({ waitedMs: 5, trainingMs: 1000 });
});
