/** Ledgers as awkward as real ones: samples of odd lengths, pauses, overhead, another zone, readings that are missing or repeat. */
import fc from 'fast-check';
import { bookSample } from '../../src/emissions/book-sample.js';
import type { LedgerEntry, LedgerLine } from '../../src/emissions/ledger-entry.js';
import type { IntensitySeries, Reading } from '../../src/grid/reading.js';
import { replayGridClock, wallClock } from '../../src/units/clock.js';
import { carbonIntensity, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant, later, MINUTE_MS, type Instant } from '../../src/units/time.js';

/** The end of March, so that ledgers reach into April. */
export const SUBMITTED = instant(Date.UTC(2026, 2, 31, 23, 37));
const REAL = instant(Date.UTC(2026, 10, 1));
const STEPS = 96;

/** Values from three hours before the submission on; undefined makes a gap. */
export const seriesOf = (zone: string, values: readonly (number | undefined)[], stepMs: number): IntensitySeries => {
  const from = Math.floor((SUBMITTED - 3 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const readings = values.flatMap((value, step): readonly Reading[] => {
    const interval = { start: instant(from + step * stepMs), end: instant(from + (step + 1) * stepMs) };
    if (value === undefined) return [];
    const provenance = value % 2 === 0 ? 'measured' : 'forecast';
    const source = `constructed-${provenance}`;
    return [
      {
        zone,
        interval,
        intensity: carbonIntensity(value),
        kind: 'average',
        factorType: 'lifecycle',
        source,
        provenance,
        issuedAt: interval.end,
      },
    ];
  });
  return { zone, kind: 'average', factorType: 'lifecycle', readings };
};

const anySeries = (zone: string, known = false) =>
  fc
    .record({
      // Few values, so that neighbouring steps are often alike.
      values: fc.array(known ? fc.integer({ min: 1, max: 4 }) : fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 12 }), {
        minLength: STEPS,
        maxLength: STEPS,
      }),
      stepMs: fc.constantFrom(15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS),
    })
    .map(({ values, stepMs }) =>
      seriesOf(
        zone,
        values.map((value) => (value === undefined ? undefined : value * 100 + value)),
        stepMs,
      ),
    );

const anySample = fc.record({
  // Grid ms: none, a fraction, seconds, and more than a step.
  length: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(0, 0.25, 7 * MINUTE_MS + 0.5) },
    { weight: 12, arbitrary: fc.constantFrom(10_000, 20_000) },
    { weight: 2, arbitrary: fc.double({ min: 0.01, max: 90_000, noNaN: true }) },
  ),
  energy: fc.integer({ min: 0, max: 5_000_000_000 }),
  purpose: fc.constantFrom('active' as const, 'active' as const, 'active' as const, 'active' as const, 'overhead' as const),
  repeated: fc.integer({ min: 1, max: 40 }),
  pauseBefore: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: HOUR_MS }) }),
  away: fc.boolean(),
});

export interface AwkwardLedger {
  /** Of zone A, its home, and of B. */
  readonly home: IntensitySeries;
  readonly away: IntensitySeries;
  /** Entries of one sample together, as one event books them. */
  readonly samples: readonly (readonly LedgerEntry[])[];
}

/** @param known no reading is missing */
export const anyLedger = (known = false): fc.Arbitrary<AwkwardLedger> =>
  fc
    .record({
      home: anySeries('A', known),
      away: anySeries('B', known),
      speed: fc.constantFrom(1, 3.7),
      samples: fc.array(anySample, { minLength: 1, maxLength: 12 }),
    })
    .map(({ home, away, speed, samples }) => ({ home, away, samples: booked(home, away, speed, samples) }));

type Sampled = typeof anySample extends fc.Arbitrary<infer Value> ? Value : never;

const booked = (home: IntensitySeries, away: IntensitySeries, speed: number, samples: readonly Sampled[]): AwkwardLedger['samples'] => {
  const clock = replayGridClock(wallClock, { realAt: REAL, gridAt: SUBMITTED, speed });
  const entries: (readonly LedgerEntry[])[] = [];
  let at: Instant = REAL;
  for (const { length, energy, purpose, repeated, pauseBefore, away: isAway } of samples) {
    at = later(at, pauseBefore / speed);
    for (let index = 0; index < repeated; index++) {
      const end = later(at, length / speed);
      const share = microjoules(Math.floor(energy / 3));
      const cpu = { component: 'cpu', method: 'rapl', energy: microjoules(energy + index), idle: undefined, attributed: share } as const;
      const rest = { unknown: [], gap: false, cpuLoad: undefined, memoryUsedBytes: 2 ** 30 };
      const site = { zone: isAway ? 'B' : 'A', pue: isAway ? 1.25 : 1.1, clock };
      entries.push(bookSample({ interval: { start: at, end }, components: [cpu], ...rest }, purpose, site, isAway ? away : home));
      at = end;
    }
  }
  return entries;
};

/** As the log's lines, one event a sample. */
export const linesOf = ({ samples }: Pick<AwkwardLedger, 'samples'>): readonly LedgerLine[] =>
  samples.flatMap((entries, index) => entries.map((entry, piece) => ({ sequence: index + 1, piece, entry })));
