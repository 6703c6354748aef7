import fc from 'fast-check';
import { bookSample } from '../../src/emissions/book-sample.js';
import { contiguousSpan, laidContiguously, laidInPlace } from '../../src/emissions/counterfactual.js';
import { carbonPerAccuracyPoint, marginalCarbonPerPoint } from '../../src/emissions/accuracy.js';
import type { EnergyPurpose, LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { leversBetween, savedBy, type RunParts } from '../../src/emissions/levers.js';
import type { EnergySample } from '../../src/energy/sample.js';
import { piecesOf, type IntensitySeries, type Reading } from '../../src/grid/reading.js';
import { replayGridClock, wallClock } from '../../src/units/clock.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant, SECOND_MS, type Interval } from '../../src/units/time.js';

/** Hourly readings from grid instant 0; undefined makes a gap. */
const hourly = (values: readonly (number | undefined)[]): IntensitySeries => ({
  zone: 'X',
  kind: 'average',
  factorType: 'lifecycle',
  readings: values.flatMap((value, hour): Reading[] =>
    value === undefined
      ? []
      : [
          {
            zone: 'X',
            interval: { start: instant(hour * HOUR_MS), end: instant((hour + 1) * HOUR_MS) },
            intensity: carbonIntensity(value),
            kind: 'average',
            factorType: 'lifecycle',
            source: 'constructed',
            provenance: 'recorded',
            issuedAt: instant((hour + 1) * HOUR_MS),
          },
        ],
  ),
});

/** Real instant 1,000,000 is grid instant 0; ten real seconds are one grid hour. */
const EPOCH = 1_000_000;
const clock = replayGridClock(wallClock, { realAt: instant(EPOCH), gridAt: instant(0), speed: 360 });
const site = { zone: 'X', pue: 1, clock };

const sampleOf = (fromMs: number, toMs: number, cpu: number, ram = 0): EnergySample => ({
  interval: { start: instant(EPOCH + fromMs), end: instant(EPOCH + toMs) },
  components: [
    {
      component: 'cpu',
      method: 'cpu-load-model',
      energy: microjoules(cpu),
      idle: microjoules(0),
      attributed: microjoules(Math.floor(cpu / 2)),
    },
    { component: 'ram', method: 'ram-dimm-model', energy: microjoules(ram), idle: microjoules(ram), attributed: microjoules(0) },
  ],
  unknown: [],
  gap: false,
  cpuLoad: 0.5,
  memoryUsedBytes: 2 ** 30,
});

/** A ledger entry as booked: 1 Wh is 3.6e9 µJ. */
const entry = (purpose: EnergyPurpose, grid: readonly [fromHour: number, toHour: number], wattHours: number, pue = 1): LedgerEntry => {
  const interval = { start: instant(grid[0] * HOUR_MS), end: instant(grid[1] * HOUR_MS) };
  return {
    purpose,
    real: { start: clock.toReal(interval.start), end: clock.toReal(interval.end) },
    grid: interval,
    zone: 'X',
    energy: microjoules(wattHours * 3.6e9),
    attributed: undefined,
    pue,
    reading: undefined,
    emissions: undefined,
  };
};

const lengthOf = ({ start, end }: Interval): number => end - start;

test('a sample over three hours is split where the intensity changes and booked on each', () => {
  // 18 real seconds from grid 00:30 to 02:18: half an hour, an hour, and 0.3 h; 1.8 Wh in all.
  const entries = bookSample(sampleOf(5 * SECOND_MS, 23 * SECOND_MS, 5.4e9, 1.08e9), 'active', site, hourly([100, 200, 400]));
  expect(entries.map(({ energy }) => energy)).toEqual([1.8e9, 3.6e9, 1.08e9]);
  expect(entries.map(({ reading }) => reading?.intensity)).toEqual([100, 200, 400]);
  [0.05, 0.2, 0.12].forEach((expected, index) => expect(entries[index]!.emissions).toBeCloseTo(expected, 12));
  expect(entries.map(({ real }) => [real.start - EPOCH, real.end - EPOCH])).toEqual([
    [5_000, 10_000],
    [10_000, 20_000],
    [20_000, 23_000],
  ]);
});

test('power usage effectiveness multiplies emissions, not the energy at the host', () => {
  const [booked] = bookSample(sampleOf(0, SECOND_MS, 3.6e9), 'active', { ...site, pue: 1.5 }, hourly([200]));
  expect(booked).toMatchObject({ energy: 3.6e9, pue: 1.5 });
  expect(booked!.emissions).toBeCloseTo(0.3, 12);
});

test('energy drawn where the grid is unknown is booked with unknown emissions, never zero', () => {
  const entries = bookSample(sampleOf(5 * SECOND_MS, 25 * SECOND_MS, 4e6), 'active', site, hourly([100, undefined, 300]));
  expect(entries.map(({ energy }) => energy)).toEqual([1e6, 2e6, 1e6]);
  expect(entries.map(({ emissions }) => emissions === undefined)).toEqual([false, true, false]);
  expect(entries[1]!.reading).toBeUndefined();
});

const intensities = fc.array(fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined, freq: 6 }), { minLength: 1, maxLength: 12 });

test('whatever the sample, its entries touch end to end, cover it, and add up to its energy to the microjoule', () => {
  fc.assert(
    fc.property(
      intensities,
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 0, max: 1e12 }),
      fc.integer({ min: 0, max: 1e9 }),
      (values, from, length, cpu, ram) => {
        const sample = sampleOf(from, from + length, cpu, ram);
        const entries = bookSample(sample, 'active', site, hourly(values));
        expect(entries.reduce((sum, { energy }) => sum + energy, 0)).toBe(cpu + ram);
        expect(entries.reduce((sum, { attributed }) => sum + attributed!, 0)).toBe(Math.floor(cpu / 2));
        for (const { energy, attributed } of entries) expect(attributed!).toBeLessThanOrEqual(energy + 1);
        expect(entries[0]!.real.start).toBe(sample.interval.start);
        expect(entries.at(-1)!.real.end).toBe(sample.interval.end);
        entries.slice(1).forEach(({ real, grid }, index) => {
          expect(real.start).toBe(entries[index]!.real.end);
          expect(grid.start).toBe(entries[index]!.grid.end);
        });
        for (const { energy, emissions } of entries) {
          expect(energy).toBeGreaterThanOrEqual(0);
          if (emissions !== undefined) expect(emissions).toBeLessThanOrEqual((energy / 3.6e12) * 900 + 1e-12);
        }
      },
    ),
  );
});

test('splitting a sample in two anywhere books the same emissions', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 7, maxLength: 7 }),
      fc.integer({ min: 1, max: 59 }),
      (values, cutSecond) => {
        const series = hourly(values);
        const emitted = (samples: readonly EnergySample[]): number =>
          samples.flatMap((sample) => bookSample(sample, 'active', site, series)).reduce((sum, { emissions }) => sum + emissions!, 0);
        const cut = cutSecond * SECOND_MS;
        const parts = [sampleOf(0, cut, cutSecond * 1e8), sampleOf(cut, 60 * SECOND_MS, (60 - cutSecond) * 1e8)];
        expect(emitted(parts)).toBeCloseTo(emitted([sampleOf(0, 60 * SECOND_MS, 60e8)]), 9);
      },
    ),
  );
});

test('the counterfactual lays the active profile in one piece from submission, pauses and overhead left out', () => {
  // Trained in hour 4 and, after a pause, hour 6; submitted at 00:00. At once it would have had hours 0 and 1.
  const ledger = [entry('overhead', [3.9, 4], 5), entry('active', [4, 5], 1), entry('active', [6, 7], 3), entry('overhead', [7, 7.1], 5)];
  const laid = laidContiguously(ledger, instant(0), () => hourly([500, 300, 100, 100, 100, 100, 100, 100]));
  expect(laid.kind).toBe('known');
  expect(laid.kind === 'known' && laid.emissions).toBeCloseTo(0.5 * 1 + 0.3 * 3, 12);
  expect(contiguousSpan(ledger, instant(0))).toEqual({ start: 0, end: 2 * HOUR_MS });
});

test('an entry laid across a change of intensity is cut there, and PUE counts', () => {
  const laid = laidContiguously([entry('active', [4, 5], 2, 1.25)], instant(0.25 * HOUR_MS), () => hourly([400, 200]));
  expect(laid.kind === 'known' && laid.emissions).toBeCloseTo(1.25 * 2 * (0.75 * 0.4 + 0.25 * 0.2), 12);
});

test('where the grid at submission is unknown the counterfactual is unknown, and says which hours', () => {
  expect(laidContiguously([entry('active', [4, 6], 2)], instant(0), () => hourly([400, undefined, 200]))).toEqual({
    kind: 'unknown',
    reason: 'the intensity of X is unknown from 1970-01-01T01:00:00.000Z to 1970-01-01T02:00:00.000Z',
  });
});

test('a run laid where and when it really ran has saved nothing by timing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 8, maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 6 }),
      (values, energies) => {
        const series = hourly(values);
        const ledger = energies.map((energy, hour) => entry('active', [hour, hour + 1], energy));
        const actual = ledger.reduce((sum, { grid, energy }) => {
          const [piece] = piecesOf(series, grid);
          return sum + (energy / 3.6e12) * piece!.reading!.intensity;
        }, 0);
        const laid = laidContiguously(ledger, instant(0), () => series);
        expect(laid.kind === 'known' && laid.emissions).toBeCloseTo(actual, 9);
        expect(lengthOf(contiguousSpan(ledger, instant(0)))).toBe(energies.length * HOUR_MS);
      },
    ),
  );
});

const parts = (active: number, overhead: number, atSubmission: number, atHome = active, elsewhere = atSubmission): RunParts => ({
  active: grams(active),
  overhead: grams(overhead),
  atSubmission: grams(atSubmission),
  atHome: grams(atHome),
  elsewhereAtSubmission: grams(elsewhere),
});
const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const anyParts = fc.tuple(amount, amount, amount, amount, amount).map((each) => parts(...each));

test('a run moved to a dirtier hour has a negative saving, and overhead counts against any', () => {
  expect(savedBy(parts(3, 0.5, 2))).toEqual({ saved: -1.5, timing: -1, place: 0, interaction: 0 });
  expect(savedBy(parts(2, 0.25, 2))).toEqual({ saved: -0.25, timing: 0, place: 0, interaction: 0 });
});

test('moving in time and in place are told apart, and what both do together has its own term', () => {
  // At home 10 g at submission and 8 g later; elsewhere 7 g at submission, and 2 g later, where it really ran.
  expect(savedBy(parts(2, 0, 10, 8, 7))).toEqual({ saved: 8, timing: 2, place: 3, interaction: 3 });
});

test('timing, place, interaction and overhead add up to what a run saved, whatever it did', () => {
  fc.assert(
    fc.property(anyParts, (run) => {
      const { saved, timing, place, interaction } = savedBy(run);
      expect(timing + place + interaction - run.overhead).toBeCloseTo(saved, 6);
    }),
  );
});

test('the levers between two runs add up to the difference, whatever the runs', () => {
  fc.assert(
    fc.property(anyParts, anyParts, (baseline, candidate) => {
      const { difference, timing, place, interaction, configuration, overhead } = leversBetween(baseline, candidate);
      expect(timing + place + interaction + configuration + overhead).toBeCloseTo(difference, 6);
      const back = leversBetween(candidate, baseline);
      expect(back.timing + timing).toBeCloseTo(0, 6);
      expect(back.configuration + configuration).toBeCloseTo(0, 6);
    }),
  );
});

test('configuration is judged at submission, so that a lucky hour is not counted as a better configuration', () => {
  const still = { place: 0, interaction: 0 };
  // Same energy profile, moved to a hour half as dirty: all of it is timing.
  expect(leversBetween(parts(10, 0, 10), parts(5, 0, 10))).toEqual({ difference: 5, timing: 5, configuration: 0, overhead: 0, ...still });
  // Twice the energy in the clean hour: timing saved, configuration lost as much again.
  expect(leversBetween(parts(10, 0, 10), parts(10, 1, 20))).toEqual({
    difference: -1,
    timing: 10,
    configuration: -10,
    overhead: -1,
    ...still,
  });
});

test('what is laid elsewhere is laid on the readings of there, at the times it really had', () => {
  const there = { ...hourly([100, 100, 400, 50]), zone: 'Y' };
  const ledger = [entry('active', [2, 3], 1), entry('overhead', [3, 3.5], 9), entry('active', [3, 4], 2)];
  const laid = laidInPlace(ledger, () => there);
  expect(laid.kind === 'known' && laid.emissions).toBeCloseTo(0.4 * 1 + 0.05 * 2, 12);
});

test('an average booking is not laid on marginal readings', () => {
  const booked = { ...entry('active', [0, 1], 1), reading: { ...hourly([100]).readings[0]! } };
  expect(laidContiguously([booked], instant(0), () => ({ ...hourly([300]), kind: 'marginal' }))).toEqual({
    kind: 'unknown',
    reason: 'it was booked on average lifecycle intensities, and X has marginal lifecycle ones; the two are not compared',
  });
});

test('carbon per accuracy point counts points above guessing, and is undefined at or below', () => {
  expect(carbonPerAccuracyPoint(grams(85), 0.95, 0.1)).toBeCloseTo(1, 12);
  expect(carbonPerAccuracyPoint(grams(85), 0.1, 0.1)).toBeUndefined();
  expect(carbonPerAccuracyPoint(grams(85), 0.05, 0.1)).toBeUndefined();
});

test('marginal carbon per accuracy point is what the last points cost, and undefined where accuracy did not rise', () => {
  const at = (accuracy: number, emissionsSoFar: number) => ({ accuracy, images: 100, emissionsSoFar });
  expect(marginalCarbonPerPoint(at(0.9, 4), at(0.92, 5))).toBeCloseTo(0.5, 9);
  expect(marginalCarbonPerPoint(at(0.92, 5), at(0.92, 6))).toBeUndefined();
  expect(marginalCarbonPerPoint(at(0.92, 5), at(0.91, 6))).toBeUndefined();
});
