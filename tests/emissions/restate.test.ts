import fc from 'fast-check';
import { plus, type ExactSum } from '../../src/emissions/exact-sum.js';
import type { LedgerLine } from '../../src/emissions/ledger-entry.js';
import { isProvisional, restate } from '../../src/emissions/restate.js';
import type { IntensitySeries, Provenance, Reading } from '../../src/grid/reading.js';
import { ledgerLines } from '../../src/record/ledger-lines.js';
import type { RunEvent, RunFact } from '../../src/record/run-event.js';
import { bookedInAll, emptySummary } from '../../src/record/run-summary.js';
import { foldRun, withEvent } from '../../src/record/fold-run.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';

/** Constructed readings of zone X, `stepMs` long each, from grid instant 0; undefined makes a gap. */
const series = (values: readonly (number | undefined)[], stepMs: number, provenance: Provenance): IntensitySeries => ({
  zone: 'X',
  kind: 'average',
  factorType: 'lifecycle',
  readings: values.flatMap((value, index): Reading[] =>
    value === undefined
      ? []
      : [
          {
            zone: 'X',
            interval: { start: instant(index * stepMs), end: instant((index + 1) * stepMs) },
            intensity: carbonIntensity(value),
            kind: 'average',
            factorType: 'lifecycle',
            source: `constructed-${provenance}`,
            provenance,
            issuedAt: instant(0),
          },
        ],
  ),
});

/** A line over part of an hour, as it would be booked at one real second per grid hour. */
const line = (
  index: number,
  fromMs: number,
  toMs: number,
  energy: number,
  intensity: number | undefined,
  provenance: Provenance,
): LedgerLine => ({
  sequence: index + 1,
  piece: 0,
  entry: {
    purpose: index % 3 === 0 ? 'overhead' : 'active',
    real: { start: instant(fromMs / 3600), end: instant(toMs / 3600) },
    grid: { start: instant(fromMs), end: instant(toMs) },
    zone: 'X',
    energy: microjoules(energy),
    attributed: microjoules(Math.floor(energy / 3)),
    pue: 1.2,
    reading:
      intensity === undefined
        ? undefined
        : { intensity: carbonIntensity(intensity), kind: 'average', factorType: 'lifecycle', source: 'constructed', provenance },
    emissions: intensity === undefined ? undefined : grams((energy / 3.6e12) * intensity * 1.2),
  },
});

const hourLine = (energy: number, intensity: number | undefined, provenance: Provenance) =>
  line(1, 0, HOUR_MS, energy, intensity, provenance);

test('a line booked on a forecast is booked anew on the measured value, and keeps its energy, time and share', () => {
  const before = hourLine(3.6e12, 300, 'forecast');
  const [change] = restate([before], series([200], HOUR_MS, 'measured'));
  expect(change).toMatchObject({ sequence: 2, piece: 0, before: before.entry });
  expect(change!.after).toHaveLength(1);
  const { reading, emissions, ...rest } = change!.after[0]!;
  const { reading: _reading, emissions: _emissions, ...kept } = before.entry;
  expect(rest).toEqual(kept);
  expect(reading).toMatchObject({ intensity: 200, provenance: 'measured', source: 'constructed-measured' });
  expect(emissions).toBeCloseTo(240, 9);
});

test('finer readings split a line, and its parts touch, cover it and hold its energy to the microjoule', () => {
  const before = line(1, 10 * MINUTE_MS, 50 * MINUTE_MS, 1_000_003, undefined, 'forecast');
  const [change] = restate([before], series([100, 200, 300, 400], 15 * MINUTE_MS, 'recorded'));
  const { after } = change!;
  expect(after.map(({ reading }) => reading?.intensity)).toEqual([100, 200, 300, 400]);
  expect(after.reduce((sum, { energy }) => sum + energy, 0)).toBe(1_000_003);
  expect(after.reduce((sum, { attributed }) => sum + attributed!, 0)).toBe(before.entry.attributed);
  expect([after[0]!.real.start, after.at(-1)!.real.end]).toEqual([before.entry.real.start, before.entry.real.end]);
  for (const [index, { real, grid }] of after.slice(1).entries()) {
    expect(real.start).toBe(after[index]!.real.end);
    expect(grid.start).toBe(after[index]!.grid.end);
  }
});

test.each<[string, LedgerLine, IntensitySeries]>([
  ['a measured line is final', hourLine(10, 300, 'measured'), series([200], HOUR_MS, 'measured')],
  ['a line of a recorded trace is final', hourLine(10, 300, 'recorded'), series([200], HOUR_MS, 'measured')],
  ['an estimate does not replace an estimate', hourLine(10, 300, 'estimated'), series([200], HOUR_MS, 'estimated')],
  ['a forecast does not replace an estimate', hourLine(10, 300, 'estimated'), series([200], HOUR_MS, 'forecast')],
  [
    'where part of the span is still unknown, the line waits',
    line(1, 0, 2 * HOUR_MS, 10, 300, 'forecast'),
    series([200], HOUR_MS, 'measured'),
  ],
  [
    'marginal readings do not replace average ones',
    hourLine(10, 300, 'forecast'),
    { ...series([200], HOUR_MS, 'measured'), kind: 'marginal' },
  ],
  ['another zone’s readings say nothing', hourLine(10, 300, 'forecast'), { ...series([200], HOUR_MS, 'measured'), zone: 'Y' }],
])('%s', (_claim, booked, readings) => {
  expect(restate([booked], readings)).toEqual([]);
});

test('an estimate replaces a forecast, and is itself replaced later', () => {
  const [once] = restate([hourLine(10, 300, 'forecast')], series([250], HOUR_MS, 'estimated'));
  const again = { sequence: 9, piece: 0, entry: once!.after[0]! };
  expect(isProvisional(again.entry)).toBe(true);
  expect(restate([again], series([200], HOUR_MS, 'measured'))).toHaveLength(1);
});

/** A log of bookings, then settlements on ever better readings. */
const logOf = (lines: readonly LedgerLine[], settlements: readonly IntensitySeries[]): readonly RunEvent[] => {
  const events: RunEvent[] = [];
  const add = (fact: RunFact) =>
    events.push({ runId: 'r', sequence: events.length + 1, at: instant(events.length), gridAt: instant(events.length), fact });
  for (const { entry } of lines) add({ kind: 'energy', components: [], entries: [entry] });
  for (const settled of settlements) {
    const changes = restate(ledgerLines(events), settled);
    if (changes.length > 0) add({ kind: 'restated', changes, message: 'constructed' });
  }
  return events;
};

const anyLines = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 1e9 }),
      fc.option(fc.double({ min: 0, max: 900, noNaN: true }), { nil: undefined }),
      fc.constantFrom<Provenance>('forecast', 'estimated', 'measured'),
    ),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  .map((each) =>
    each.map(([energy, intensity, provenance], index) =>
      line(index, index * 10 * MINUTE_MS, (index + 1) * 10 * MINUTE_MS, energy, intensity, provenance),
    ),
  );
const anyValues = fc.array(fc.option(fc.double({ min: 1e-6, max: 1e-3, noNaN: true }), { nil: undefined, freq: 8 }), {
  minLength: 1,
  maxLength: 30,
});

test('after settlements the fold, folded again, and the sums over the ledger as it stands say the same, energy to the microjoule', () => {
  fc.assert(
    fc.property(anyLines, anyValues, anyValues, (lines, estimates, actuals) => {
      const events = logOf(lines, [series(estimates, 15 * MINUTE_MS, 'estimated'), series(actuals, 5 * MINUTE_MS, 'measured')]);
      const summary = foldRun(events);
      expect(events.reduce(withEvent, emptySummary)).toEqual(summary);
      const standing = ledgerLines(events).map(({ entry }) => entry);
      const total = bookedInAll(summary);
      expect(total.energy).toBe(lines.reduce((sum, { entry }) => sum + entry.energy, 0));
      expect(standing.reduce((sum, { energy }) => sum + energy, 0)).toBe(total.energy);
      expect(total.coveredEnergy).toBe(standing.reduce((sum, { energy, emissions }) => (emissions === undefined ? sum : sum + energy), 0));
      // Restated from hundreds of g/kWh to millionths: what is left must still be exact.
      const emitted = standing.reduce((sum, { emissions }) => sum + (emissions ?? 0), 0);
      expect(Math.abs(total.emissions - emitted)).toBeLessThanOrEqual(1e-9 * emitted);
    }),
    { numRuns: 300 },
  );
});

test('the log keeps what a line was before, and the history says what the settlement did to the run', () => {
  const events = logOf(
    [hourLine(3.6e12, 300, 'forecast'), line(4, HOUR_MS, 2 * HOUR_MS, 3.6e12, undefined, 'forecast')],
    [series([200, 100], HOUR_MS, 'measured')],
  );
  const restated = events.at(-1)!.fact as Extract<RunFact, { kind: 'restated' }>;
  expect(restated.changes.map(({ before }) => before.reading?.intensity)).toEqual([300, undefined]);
  const { restatements } = foldRun(events);
  expect(restatements).toHaveLength(1);
  expect(restatements[0]!.lines).toBe(2);
  expect(restatements[0]!.before).toBeCloseTo(360, 9);
  expect(restatements[0]!.after).toBeCloseTo(360, 9);
});

test('an evaluation after a restated line stands at the new emissions, one before it does not move', () => {
  const booked = [line(0, 0, HOUR_MS, 3.6e12, 300, 'forecast'), line(1, HOUR_MS, 2 * HOUR_MS, 3.6e12, 300, 'forecast')];
  const evaluation = (step: number): RunFact => ({ kind: 'evaluation', step, epoch: 1, accuracy: 0.5, loss: 1, images: 10, final: false });
  const at = (sequence: number, ms: number, fact: RunFact): RunEvent => ({
    runId: 'r',
    sequence,
    at: instant(ms),
    gridAt: instant(ms),
    fact,
  });
  const energy = ({ entry }: LedgerLine): RunFact => ({ kind: 'energy', components: [], entries: [entry] });
  const [, second] = restate(
    [
      { ...booked[0]!, sequence: 1 },
      { ...booked[1]!, sequence: 3 },
    ],
    series([300, 200], HOUR_MS, 'measured'),
  );
  const events = [
    at(1, 1000, energy(booked[0]!)),
    at(2, 1000, evaluation(1)),
    at(3, 2000, energy(booked[1]!)),
    at(4, 2000, evaluation(2)),
    at(5, 9000, { kind: 'restated', changes: [second!], message: '' }),
  ];
  expect(foldRun(events).evaluations.map(({ emissionsSoFar }) => Math.round(emissionsSoFar))).toEqual([360, 600]);
});

test('a log that restates a line it does not have is refused', () => {
  const [change] = restate([hourLine(10, 300, 'forecast')], series([200], HOUR_MS, 'measured'));
  expect(() => ledgerLines([{ sequence: 7, fact: { kind: 'restated', changes: [change!], message: '' } }])).toThrow(
    'event 7 restates line 2.0, which does not stand in the ledger',
  );
});

test('a sum taken back to nearly nothing is as exact as if the rest had been added alone', () => {
  let sum: ExactSum = { value: 0, rest: 0 };
  const big = Array.from({ length: 1000 }, (_none, index) => 1e6 / (index + 3));
  const small = Array.from({ length: 1000 }, (_none, index) => 1e-9 / (index + 7));
  for (const [index, each] of big.entries()) sum = plus(plus(sum, each), small[index]!);
  for (const each of big) sum = plus(sum, -each);
  const alone = small.reduce((total, each) => total + each, 0);
  expect(Math.abs(sum.value / alone - 1)).toBeLessThan(1e-12);
});
