import fc from 'fast-check';
import { accuracyRange95, carbonPerAccuracyPointRange, marginalCarbonPerPoint } from '../../src/emissions/accuracy.js';
import { carbonCurve, emittedBefore } from '../../src/emissions/carbon-curve.js';
import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { emissionsRange } from '../../src/emissions/meter-error.js';
import { throughputOf } from '../../src/emissions/throughput.js';
import { dominates, dominators } from '../../src/emissions/trade-off.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { instant } from '../../src/units/time.js';

/** One gram and one joule a second, from second to second; undefined grams: the intensity was not known. */
const ledger = (...seconds: readonly (number | undefined)[]): readonly LedgerEntry[] =>
  seconds.map((emitted, second) => ({
    purpose: 'active',
    real: { start: instant(1000 * second), end: instant(1000 * (second + 1)) },
    grid: { start: instant(1000 * second), end: instant(1000 * (second + 1)) },
    zone: 'X',
    energy: microjoules(1e6),
    attributed: undefined,
    pue: 1,
    reading:
      emitted === undefined
        ? undefined
        : {
            intensity: carbonIntensity(100 * (second + 1)),
            kind: 'average',
            factorType: 'lifecycle',
            source: 'constructed',
            provenance: 'recorded',
          },
    emissions: emitted === undefined ? undefined : grams(emitted),
  }));
const drawn = (...seconds: readonly (number | undefined)[]) =>
  ledger(...seconds).map((entry) => ({ ...entry, intensity: entry.reading?.intensity }));
const look = (ms: number, accuracy: number, images = 100) => ({ at: instant(ms), accuracy, images });

test('the 95 % range of an accuracy is that of Wilson: 81 of 263 is 0.2553 to 0.3662', () => {
  // Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
  const [low, high] = accuracyRange95(81 / 263, 263);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
  expect(accuracyRange95(0, 20)).toEqual([0, expect.closeTo(0.1611, 4)]);
  expect(accuracyRange95(1, 20)[1]).toBe(1);
});

test('evaluations on different numbers of images have no marginal price', () => {
  const before = { accuracy: 0.8, images: 1000, emissionsSoFar: 1 };
  const after = { accuracy: 0.9, images: 10_000, emissionsSoFar: 2 };
  expect(marginalCarbonPerPoint(before, after)).toBeUndefined();
  expect(marginalCarbonPerPoint(before, { ...after, images: 1000 })).toBeCloseTo(0.1, 12);
});

test('energy by a model widens the range of emissions, measured energy does not', () => {
  const cpu = { method: 'cpu-load-model', energy: 3e6 } as const;
  const gpu = { method: 'nvml-energy', energy: 1e6 } as const;
  expect(emissionsRange(grams(4), [gpu])).toEqual([4, 4]);
  expect(emissionsRange(grams(4), [cpu])).toEqual([expect.closeTo(4 / 1.4, 12), expect.closeTo(4 / 0.6, 12)]);
  expect(emissionsRange(grams(4), [cpu, gpu])).toEqual([expect.closeTo(1 + 3 / 1.4, 12), expect.closeTo(1 + 3 / 0.6, 12)]);
  expect(emissionsRange(grams(0), [])).toBeUndefined();
});

test('the range of carbon per accuracy point ends where accuracy may be a guess', () => {
  expect(carbonPerAccuracyPointRange([grams(1), grams(2)], [0.6, 0.9], 0.1)).toEqual([1 / 80, 2 / 50]);
  expect(carbonPerAccuracyPointRange([grams(1), grams(2)], [0.09, 0.12], 0.1)).toBeUndefined();
});

test('what was emitted before a moment counts a sample that spans it pro rata, and is unknown when a part is', () => {
  expect(emittedBefore(ledger(1, 2, 4), instant(2500))).toBe(5);
  expect(emittedBefore(ledger(1, undefined, 4), instant(1000))).toBe(1);
  expect(emittedBefore(ledger(1, undefined, 4), instant(1001))).toBeUndefined();
});

test('a new best pays for the looks that found nothing better; what came after the last one is not priced', () => {
  const looks = [look(1000, 0.5), look(2000, 0.4), look(3000, 0.7), look(4000, 0.7)];
  const curve = carbonCurve(looks, ledger(1, 1, 1, 1), 0.1)!;
  expect(curve.rises).toMatchObject([
    { from: 0.1, to: looks[0], emissions: 1, perPoint: expect.closeTo(1 / 40, 12) },
    { from: 0.5, to: looks[2], emissions: 2, perPoint: expect.closeTo(2 / 20, 12) },
  ]);
  expect(curve.cheapest).toMatchObject(looks[0]!);
  expect(curve.best).toMatchObject(looks[2]!);
});

test('an evaluation on other images is no point of the curve, and one below guessing no rise', () => {
  const curve = carbonCurve([look(1000, 0.05), look(2000, 0.3), look(3000, 0.9, 999)], ledger(1, 1, 1), 0.1)!;
  expect(curve.points).toHaveLength(2);
  expect(curve.points[0]!.perPoint).toBeUndefined();
  expect(curve.rises.map(({ from }) => from)).toEqual([0.1]);
  expect(carbonCurve([look(1000, 0.05)], ledger(1), 0.1)).toMatchObject({ rises: [], cheapest: undefined, best: undefined });
  expect(carbonCurve([look(1000, 0.5)], ledger(undefined), 0.1)).toBeUndefined();
});

test('the prices of the rises, each times its points, add up to what was emitted until the best', () => {
  const accuracies = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(accuracies, (values) => {
      const curve = carbonCurve(
        values.map((accuracy, index) => look(1000 * (index + 1), accuracy)),
        ledger(...values.map(() => 1)),
        0.1,
      )!;
      const paid = curve.rises.reduce((sum, { perPoint, from, to }) => sum + perPoint * 100 * (to.accuracy - from), 0);
      expect(paid).toBeCloseTo(curve.best?.emissions ?? 0, 6);
    }),
  );
});

test('nothing on the Pareto front is dominated, and everything else by something on it', () => {
  const outcome = fc.record({ emissions: fc.integer({ min: 0, max: 9 }), accuracy: fc.integer({ min: 0, max: 9 }) });
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 40 }), (given) => {
      const outcomes = given.map(({ emissions, accuracy }) => ({ emissions: grams(emissions), accuracy: accuracy / 10 }));
      const found = dominators(outcomes);
      const front = outcomes.filter((_outcome, index) => found[index] === undefined);
      expect(outcomes.length === 0 || front.length > 0).toBe(true);
      for (const [index, dominator] of found.entries()) {
        if (dominator === undefined) expect(outcomes.some((other) => dominates(other, outcomes[index]!))).toBe(false);
        else expect(dominates(dominator, outcomes[index]!) && front.includes(dominator)).toBe(true);
      }
    }),
  );
});

test('throughput is told of training alone, with the energy and the intensity of the time it took', () => {
  const starts = [{ at: instant(0), gridAt: instant(0), firstStep: 0 }];
  const mark = (at: number, step: number, imagesPerSecond: number) => ({
    at: instant(at),
    gridAt: instant(at),
    step,
    imagesPerSecond,
  });
  const spans = throughputOf([mark(1000, 10, 200), mark(2000, 15, 100)], starts, drawn(1, 1), 10, 100);
  expect(spans).toMatchObject([
    { images: 100, imagesPerSecond: 200, energy: 1, intensity: 100 },
    { images: 50, imagesPerSecond: 100, energy: 1, intensity: 200 },
  ]);
  const [whole] = throughputOf([mark(1000, 10, 200), mark(2000, 15, 100)], starts, drawn(1, undefined), 10, 1);
  expect(whole).toMatchObject({ images: 150, imagesPerSecond: 150, energy: 2, intensity: undefined });
});

test('what was trained twice, after a checkpoint, is two stretches, and the pause between them none', () => {
  const start = (at: number, firstStep: number) => ({ at: instant(at), gridAt: instant(at), firstStep });
  const mark = (at: number, step: number) => ({
    at: instant(at),
    gridAt: instant(at),
    step,
    imagesPerSecond: 10,
  });
  const spans = throughputOf([mark(1000, 4), mark(6000, 4)], [start(0, 0), start(5000, 2)], drawn(1), 5, 1);
  expect(spans.map(({ images, real }) => [images, real.start, real.end])).toEqual([
    [20, 0, 1000],
    [10, 5000, 6000],
  ]);
});
