/** The shipped comparison with the baseline, on the constructed answers of an experiment that went wrong: a loss must read as a loss. */
import fs from 'node:fs';
import { pageOf } from '../../src/report/page.js';
import { renderNotebook } from '../../src/report/render-notebook.js';

const run = (name: string, role: string, over: object = {}) => ({
  id: name,
  name,
  role,
  zone: 'X',
  state: 'SUCCEEDED',
  stateMessage: '',
  submittedGridAt: '2026-01-01T00:00:00.000Z',
  startedGridAt: '2026-01-01T06:00:00.000Z',
  finishedGridAt: '2026-01-01T08:00:00.000Z',
  energyKwh: 0.002,
  attributedEnergyKwh: 0.001,
  overheadEnergyKwh: 0.0001,
  emissionsGco2eq: 0.8,
  attributedEmissionsGco2eq: 0.4,
  overheadEmissionsGco2eq: 0.04,
  accuracy: 0.9,
  chanceAccuracy: 0.1,
  peakMemoryBytes: 1e8,
  delaySeconds: 21_600,
  trainingSeconds: 20,
  carbonPerAccuracyPointGco2eq: 0.01,
  emissionsRange: { lowGco2eq: 0.6, highGco2eq: 1.3 },
  trainableParameters: 10,
  warnings: [],
  spec: {
    zone: 'X',
    training: {
      model: { name: 'mlp' },
      dataset: { name: 'mnist', trainImages: 10, testImages: 10 },
      epochs: 1,
      batchSize: 4,
      microBatchSize: 4,
      optimizer: { name: 'adam', learningRate: 0.001 },
    },
  },
  coverage: {
    energyWithKnownIntensityPercent: 100,
    components: [{ component: 'cpu', method: 'rapl', detail: 'constructed', energyKwh: 0.002 }],
    notCovered: [{ component: 'gpu', reason: 'constructed' }],
    gaps: [],
    lateSeconds: 0,
  },
  restatements: [],
  savings: {
    counterfactualEmissionsGco2eq: 0.5,
    savedGco2eq: -0.3,
    savedPercent: -60,
    timingGco2eq: -0.26,
    placeGco2eq: 0,
    interactionGco2eq: 0,
    overheadGco2eq: 0.04,
    method: 'constructed',
    provenance: 'constructed',
    unknownBecause: null,
  },
  plan: {
    mode: 'PLANNED',
    reason: 'constructed',
    forecastMethod: 'constructed',
    forecastIssuedAt: '2026-01-01T00:00:00.000Z',
    expectedEmissionsGco2eq: 0.3,
    immediateEmissionsGco2eq: 0.5,
    segments: [],
    estimate: { durationSeconds: 20, powerWatts: 100, imagesPerSecond: 1, basis: 'probe' },
  },
  prediction: null,
  segments: [{ number: 1, host: 'h', backend: 'constructed', firstStep: 0 }],
  evaluations: [{ accuracy: 0.9, accuracyRange95: [0.6, 0.98], images: 10, final: true, emissionsSoFarGco2eq: 0.8 }],
  ...over,
});

const answers = {
  found: {
    zones: [{ key: 'X', attribution: 'constructed' }],
    experiment: {
      name: 'lost',
      submittedAt: '2026-01-01T00:00:00.000Z',
      submittedGridAt: '2026-01-01T00:00:00.000Z',
      importedRuns: [],
      comparison: {
        notice: 'constructed',
        baseline: { id: 'baseline' },
        runs: [run('baseline', 'BASELINE', { emissionsGco2eq: 0.5 }), run('optimized', 'CANDIDATE')],
        pairs: [
          {
            baseline: { id: 'baseline' },
            candidate: { id: 'optimized', name: 'optimized' },
            emissionsReductionPercent: -60,
            energyReductionPercent: -121.6,
            shareReductionPercent: -100,
            carbonPerAccuracyPointReductionPercent: null,
            accuracyDifferencePoints: -0.1,
            peakMemoryReductionPercent: 34.3,
            durationChangePercent: 140,
            differenceGco2eq: -0.3,
            timingGco2eq: -0.26,
            placeGco2eq: 0,
            interactionGco2eq: 0,
            configurationGco2eq: -0.02,
            overheadGco2eq: -0.02,
            converged: true,
            convergenceNote: 'constructed',
            unknownBecause: null,
          },
        ],
      },
    },
  },
  ledger: { experiment: { runs: [{ id: 'optimized', name: 'optimized', emissionsTimeline: [] }] } },
  grid: {
    intensityHistory: [
      {
        start: '2026-01-01T00:00:00.000Z',
        end: '2026-01-01T01:00:00.000Z',
        intensityGco2eqPerKwh: 300,
        provenance: 'MEASURED',
        source: 'constructed',
      },
    ],
  },
};

const rendered = async (found: object) => {
  const report = await renderNotebook({
    source: fs.readFileSync('reports/baseline-vs-optimized.md', 'utf8'),
    query: (document) => {
      if (document.includes('query Compared')) return Promise.resolve(found);
      return Promise.resolve(document.includes('query Ledger') ? answers.ledger : answers.grid);
    },
    parameters: { experiment: 'lost' },
    generatedAt: '2026-01-02T00:00:00Z',
  });
  return { html: pageOf(report), errors: report.data.errors };
};

test('a candidate that emitted more, and lost by waiting, is said to have done so', async () => {
  const { html, errors } = await rendered(answers.found);
  expect(errors).toEqual([]);
  expect(html).toContain('optimized emitted 60.0 % more than the baseline and drew 121.6 % more energy');
  expect(html).toContain('optimized lost 300 mgCO2eq (−60.0 %)');
  expect(html).toContain('−260 mgCO2eq');
  expect(html).not.toMatch(/optimized saved/);
  expect(html).toContain('nothing; every figure stands as it was first booked');
});

test('a gap in coverage and a restatement are told, with what they did', async () => {
  const [baseline, optimized] = answers.found.experiment.comparison.runs;
  const gap = { component: 'cpu', reason: 'the counter went backwards: it was reset', durationSeconds: 2 };
  const restated = { at: '2026-01-02T00:00:00.000Z', lines: 3, message: '3 lines booked anew', beforeGco2eq: 0.9, afterGco2eq: 0.8 };
  const changed = { ...optimized!, coverage: { ...optimized!.coverage, gaps: [gap] }, restatements: [restated] };
  const { experiment } = answers.found;
  const found = { ...answers.found, experiment: { ...experiment, comparison: { ...experiment.comparison, runs: [baseline, changed] } } };
  const { html, errors } = await rendered(found);
  expect(errors).toEqual([]);
  expect(html).toContain('optimized: cpu for 2.0 s, the counter went backwards: it was reset');
  expect(html).toContain('optimized, 3 lines booked anew: 900 mgCO2eq became 800 mgCO2eq');
});
