import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { parseRun } from '../../src/experiment/spec.js';
import { NotServed } from '../../src/grid/grid.js';
import type { Reading } from '../../src/grid/reading.js';
import type { RunEvent, RunFact } from '../../src/record/run-event.js';
import { foldRun } from '../../src/record/fold-run.js';
import type { StoredRun } from '../../src/record/run-log.js';
import { replayGridClock } from '../../src/units/clock.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant } from '../../src/units/time.js';
import type { Ports } from '../../src/workflows/ports.js';
import { predictRun } from '../../src/workflows/predict-run.js';

const NOW = instant(0);
const READING = {
  intensity: carbonIntensity(100),
  kind: 'average',
  factorType: 'lifecycle',
  source: 'constructed',
  provenance: 'recorded',
} as const;

const entry = (purpose: LedgerEntry['purpose'], energy: number, ms: number): LedgerEntry => ({
  purpose,
  real: { start: instant(0), end: instant(ms) },
  grid: { start: instant(0), end: instant(ms) },
  zone: 'X',
  energy: microjoules(energy),
  attributed: undefined,
  pue: 1,
  reading: READING,
  emissions: grams((energy / 3.6e12) * 100),
});

/** Four epochs of 6,400 images, an evaluation on 64 after each but the last, and one on 960 at the end. */
const run = (facts: readonly RunFact[]): StoredRun => {
  const training = {
    model: { name: 'mlp' },
    dataset: { name: 'mnist', trainImages: 6400, testImages: 960 },
    batchSize: 64,
    epochs: 4,
    evaluation: { everySteps: 1_000_000, images: 64 },
  };
  const parsed = parseRun({ name: 'p', zone: 'X', training });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const events = facts.map((fact, index): RunEvent => ({ runId: 'r', sequence: index + 1, at: NOW, gridAt: NOW, fact }));
  return { id: 'r', zone: 'X', spec: parsed.value, summary: foldRun(events) } as unknown as StoredRun;
};

/** A forecast of 100 gCO2eq/kWh in even hours and 300 in odd ones, as far as it reaches. */
const portsWith = (hours: number, speed = 1): Ports =>
  ({
    pue: 2,
    gridClock: replayGridClock({ now: () => NOW }, { realAt: NOW, gridAt: NOW, speed }),
    grid: {
      forecast: () =>
        Promise.resolve({
          method: 'constructed',
          zone: 'X',
          readings: Array.from({ length: hours }, (_none, hour): Partial<Reading> => ({
            interval: { start: instant(hour * HOUR_MS), end: instant((hour + 1) * HOUR_MS) },
            intensity: carbonIntensity(hour % 2 === 0 ? 100 : 300),
          })),
        }),
    },
  }) as unknown as Ports;

const firstEpoch: readonly RunFact[] = [
  { kind: 'energy', components: [], entries: [entry('overhead', 1e9, 1000)] },
  { kind: 'energy', components: [], entries: [entry('active', 6.4e9, 1_600_000)] },
];
// A forward pass counts a third.
const LEFT = (3 * 6400 + (3 * 64 + 960) / 3) / 6400;

test('active energy and time grow with the images that pass through, overhead stays as it is', async () => {
  const prediction = await predictRun(portsWith(48), run(firstEpoch));
  expect(prediction!.energy).toBe(Math.round(1e9 + 6.4e9 * (1 + LEFT)));
  expect(prediction!.durationMs).toBeCloseTo(1000 + 1_600_000 * (1 + LEFT), 6);
});

test('what is still to be drawn is laid on the forecast hour by hour, with PUE, and added to what is booked', async () => {
  const leftMs = 1_600_000 * LEFT;
  const hours = [0, 1, 2, 3].map((hour) => Math.max(0, Math.min(leftMs - hour * HOUR_MS, HOUR_MS)));
  const mean = hours.reduce((sum, ms, hour) => sum + ms * (hour % 2 === 0 ? 100 : 300), 0) / leftMs;
  const prediction = await predictRun(portsWith(48), run(firstEpoch));
  expect(prediction!.emissions).toBeCloseTo((7.4e9 / 3.6e12) * 100 + ((6.4e9 * LEFT) / 3.6e12) * mean * 2, 9);
  expect(prediction!.forecastMethod).toBe('constructed');
});

test('where the forecast does not reach, energy is predicted and emissions are not', async () => {
  const prediction = await predictRun(portsWith(1), run(firstEpoch));
  expect(prediction!.emissions).toBeUndefined();
  expect(prediction!.energy).toBeGreaterThan(7.4e9);
});

test('a run longer than any forecast reaches is predicted all the same, but for its emissions', async () => {
  const ports = portsWith(48);
  const forecast = () => Promise.reject(new NotServed('horizon', '100 h', 'at most 72 h from now'));
  const prediction = await predictRun({ ...ports, grid: { ...ports.grid, forecast } }, run(firstEpoch));
  expect(prediction).toMatchObject({ emissions: undefined, forecastMethod: expect.stringContaining('none: horizon') });
});

test('what was evaluated already is not evaluated again', async () => {
  const evaluation: RunFact = { kind: 'evaluation', step: 100, epoch: 1, accuracy: 0.5, loss: 1, images: 64, final: false };
  const [before, after] = [
    await predictRun(portsWith(48), run(firstEpoch)),
    await predictRun(portsWith(48), run([...firstEpoch, evaluation])),
  ];
  expect(after!.energy).toBeLessThan(before!.energy);
});

test('without active energy nothing is predicted', async () => {
  expect(await predictRun(portsWith(48), run(firstEpoch.slice(0, 1)))).toBeUndefined();
});
