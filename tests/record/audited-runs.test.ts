import type { BookedGroup } from '../../src/emissions/booked-groups.js';
import { componentsIn, greatestDifference, isWhole, type AuditedRun } from '../../src/record/audited-runs.js';
import { NOTHING_BOOKED } from '../../src/record/booked.js';
import type { StoredRun } from '../../src/record/run-log.js';
import { emptySummary } from '../../src/record/run-summary.js';
import { grams } from '../../src/units/quantities.js';

const group = (energy: number, emissions: number | undefined): BookedGroup => ({
  key: { runId: 'r' },
  energy,
  overhead: 0,
  unknown: emissions === undefined ? energy : 0,
  emissions: emissions === undefined ? undefined : grams(emissions),
  intensity: undefined,
  runs: 1,
  lines: 1,
});

/** A run that drew 1000 µJ, three quarters by the processor, and emitted 0.5 g by its log; so much of it in the span. */
const audited = (energy: number, emissions: number | undefined): AuditedRun => {
  const summary = {
    ...emptySummary,
    booked: { active: { ...NOTHING_BOOKED, energy: 1000, coveredEnergy: 1000, emissions: 0.5 }, overhead: NOTHING_BOOKED },
    energyByComponent: [
      { component: 'ram', method: 'ram-dimm-model', energy: 250, idle: undefined, attributed: undefined },
      { component: 'cpu', method: 'rapl', energy: 750, idle: undefined, attributed: undefined },
    ] as const,
  };
  return { run: { summary } as unknown as StoredRun, part: group(energy, emissions) };
};

test('of a run that is wholly in the span, components are what its log says; of another, its share by energy', () => {
  expect(isWhole(audited(1000, 0.5))).toBe(true);
  expect(isWhole(audited(400, 0.2))).toBe(false);
  expect(componentsIn([audited(1000, 0.5), audited(400, 0.2)])).toEqual([
    { component: 'cpu', method: 'rapl', energy: 1050, runs: 2 },
    { component: 'ram', method: 'ram-dimm-model', energy: 350, runs: 2 },
  ]);
});

test('ledger and log are compared for whole runs only, and a difference is not hidden by another run', () => {
  expect(greatestDifference([audited(1000, 0.5), audited(1000, 0.25), audited(400, 0.2)])).toBe(0.25);
  expect(greatestDifference([audited(400, 0.2)])).toBeUndefined();
  expect(greatestDifference([audited(1000, undefined)])).toBeUndefined();
});
