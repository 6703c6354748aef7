import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { parseRun } from '../../src/experiment/spec.js';
import type { RunEvent, RunFact } from '../../src/record/run-event.js';
import { foldMetrics, NOTHING_FOLDED } from '../../src/tracking/run-metrics.js';
import { runParams } from '../../src/tracking/run-params.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { instant } from '../../src/units/time.js';

const metricsOf = (facts: readonly RunFact[]) => {
  let fold = NOTHING_FOLDED;
  return facts.map((fact, index) => {
    const event: RunEvent = { runId: 'r', sequence: index + 1, at: instant(1000 * index + 0.4), gridAt: instant(0), fact };
    const folded = foldMetrics(fold, event);
    fold = folded.fold;
    return folded.point.metrics;
  });
};

/** Energy of one second; 3.6 kJ is 1 Wh. */
const entry = (intensity: number | undefined): LedgerEntry => ({
  purpose: 'active',
  real: { start: instant(0), end: instant(1000) },
  grid: { start: instant(0), end: instant(1000) },
  zone: 'X',
  energy: microjoules(3.6e9),
  attributed: microjoules(1.8e9),
  pue: 1,
  reading:
    intensity === undefined
      ? undefined
      : { intensity: carbonIntensity(intensity), kind: 'average', factorType: 'lifecycle', source: 'constructed', provenance: 'recorded' },
  emissions: intensity === undefined ? undefined : grams(intensity / 1000),
});

const energy = (intensity: number | undefined): RunFact => ({
  kind: 'energy',
  components: [{ component: 'cpu', method: 'cpu-load-model', energy: microjoules(3.6e9), idle: microjoules(0), attributed: undefined }],
  entries: [entry(intensity)],
});

const progress = (step: number, loss: number): RunFact => ({
  kind: 'progress',
  step,
  epoch: 1,
  loss,
  imagesPerSecond: 10,
  peakMemoryBytes: 1,
});

const valuesOf = (metrics: ReturnType<typeof metricsOf>[number] | undefined) =>
  Object.fromEntries((metrics ?? []).map(({ key, value }) => [key, value]));

test('each event is its metrics at its own time and step, in tfjs’ words and with units', () => {
  const [trained, drawn] = metricsOf([progress(7, 0.5), energy(400)]);
  expect(trained).toContainEqual({ key: 'loss', value: 0.5, at: 0, step: 7 });
  expect(drawn!.map(({ at, step }) => [at, step])).toEqual(drawn!.map(() => [1000, 7]));
  expect(valuesOf(drawn)).toEqual({
    power_watts: 3600,
    cpu_power_watts: 3600,
    carbon_intensity_gco2eq_per_kwh: 400,
    energy_kwh: 0.001,
    emissions_gco2eq: 0.4,
    attributed_energy_kwh: 0.0005,
    attributed_emissions_gco2eq: 0.2,
  });
});

test('emissions that are not known of all the energy are left out, never 0, until a restatement knows them', () => {
  const after = [entry(300)];
  const restated: RunFact = {
    kind: 'restated',
    changes: [{ sequence: 1, piece: 0, before: entry(undefined), after }],
    message: 'known now',
  };
  const [unknown, still, known] = metricsOf([energy(undefined), energy(400), restated]);
  expect(valuesOf(unknown)).toEqual({ power_watts: 3600, cpu_power_watts: 3600, energy_kwh: 0.001, attributed_energy_kwh: 0.0005 });
  expect(valuesOf(still)).toMatchObject({ carbon_intensity_gco2eq_per_kwh: 400, energy_kwh: 0.002 });
  expect(Object.keys(valuesOf(still))).not.toContain('emissions_gco2eq');
  expect(valuesOf(known)['emissions_gco2eq']).toBeCloseTo(0.7, 12);
});

test('what is drawn after a return to a checkpoint stands at the furthest step, so that the latest total is the last one', () => {
  const metrics = metricsOf([progress(70, 0.5), energy(400), progress(55, 0.6), energy(400)]);
  expect(metrics[2]![0]).toMatchObject({ key: 'loss', step: 55 });
  expect(metrics[3]!.find(({ key }) => key === 'energy_kwh')).toMatchObject({ value: 0.002, step: 70 });
});

test('a loss that is no number is left out', () => {
  expect(valuesOf(metricsOf([progress(1, null as unknown as number)])[0])).toEqual({ images_per_second: 10, epoch: 1 });
});

test('parameters are the spec, flat, in the words of a run file; a long text stands as its hash', () => {
  const parsed = parseRun({
    name: 'r',
    zone: 'US-CAL-CISO',
    training: {
      model: { name: 'layers', topology: 'x'.repeat(600) },
      dataset: { name: 'mnist' },
      batchSize: 64,
      optimizer: { name: 'sgd', learningRate: 0.1 },
    },
    schedule: { mode: 'planned', allowedZones: ['GB', 'DE'] },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(runParams(parsed.value)).toMatchObject({
    zone: 'US-CAL-CISO',
    role: 'candidate',
    'model.name': 'layers',
    'model.topology': expect.stringMatching(/^sha256:[0-9a-f]{64} \(600 characters/),
    'dataset.train_images': '60000',
    batch_size: '64',
    'optimizer.learning_rate': '0.1',
    'schedule.mode': 'planned',
    'schedule.finish_within': 'PT1440M',
    'schedule.allowed_zones': '["GB","DE"]',
  });
});
