import fc from 'fast-check';
import { readingAt, type Provenance } from '../../src/grid/reading.js';
import { settledReadings, type KnownReading } from '../../src/grid/settled-series.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { DAY_MS, HOUR_MS, instant, type Interval } from '../../src/units/time.js';

const hours = (from: number, to: number): Interval => ({ start: instant(from * HOUR_MS), end: instant(to * HOUR_MS) });

const said = (over: Partial<KnownReading> & { readonly interval: Interval }): KnownReading => ({
  zone: 'Z',
  intensity: carbonIntensity(100),
  kind: 'average',
  factorType: 'lifecycle',
  source: 'a',
  provenance: 'measured',
  issuedAt: over.interval.end,
  knownAt: over.interval.end,
  ...over,
});

const series = (readings: readonly KnownReading[], span: Interval, order = ['a', 'b']) => ({
  zone: 'Z',
  kind: 'average' as const,
  factorType: 'lifecycle' as const,
  readings: settledReadings(readings, span, order),
});

test('of one step the measured value holds, then the estimate, then the forecast, whenever they came', () => {
  const interval = hours(0, 1);
  const measured = said({ interval, intensity: carbonIntensity(1), source: 'b', issuedAt: instant(1) });
  const estimated = said({ interval, intensity: carbonIntensity(2), provenance: 'estimated', issuedAt: instant(9) });
  const forecast = said({ interval, intensity: carbonIntensity(3), provenance: 'forecast', issuedAt: instant(99) });
  const held = (...versions: readonly KnownReading[]) => settledReadings(versions, interval, ['a', 'b'])[0]?.intensity;
  expect(held(forecast, estimated, measured)).toBe(1);
  expect(held(forecast, estimated)).toBe(2);
  expect(held(forecast)).toBe(3);
});

test('of equally known values the preferred source holds, and of one source the one issued last', () => {
  const interval = hours(0, 1);
  const first = said({ interval, intensity: carbonIntensity(1) });
  const corrected = said({ interval, intensity: carbonIntensity(2), issuedAt: instant(first.issuedAt + HOUR_MS) });
  const other = said({ interval, intensity: carbonIntensity(3), source: 'b', issuedAt: instant(first.issuedAt + DAY_MS) });
  expect(settledReadings([other, first, corrected], interval, ['a', 'b'])[0]?.intensity).toBe(2);
  expect(settledReadings([other, first, corrected], interval, ['b', 'a'])[0]?.intensity).toBe(3);
});

test('a mean over a year says less of an hour than a forecast of that hour', () => {
  const year = said({ interval: hours(0, 8760), provenance: 'estimated' });
  const forecast = said({ interval: hours(5, 6), intensity: carbonIntensity(7), provenance: 'forecast' });
  const { readings } = series([year, forecast], hours(4, 7));
  expect(readings.map(({ interval, intensity }) => [interval.start / HOUR_MS, interval.end / HOUR_MS, intensity])).toEqual([
    [0, 5, 100],
    [5, 6, 7],
    [6, 8760, 100],
  ]);
});

test('a mean over a year says more of the grid than what is made up', () => {
  const year = said({ interval: hours(0, 8760), provenance: 'estimated', source: 'b' });
  const madeUp = said({ interval: hours(5, 6), intensity: carbonIntensity(7), provenance: 'synthetic' });
  expect(settledReadings([madeUp, year], hours(4, 7), ['a', 'b']).map(({ intensity }) => intensity)).toEqual([100]);
});

test('a finer step cuts a coarser one where it is better known, and only there', () => {
  const coarse = said({ interval: hours(0, 3), provenance: 'estimated' });
  const fine = said({ interval: hours(1, 1.5), intensity: carbonIntensity(7) });
  const settled = series([coarse, fine], hours(0, 3));
  expect([0.5, 1, 1.4, 1.5, 2.9].map((at) => readingAt(settled, instant(at * HOUR_MS))?.intensity)).toEqual([100, 7, 7, 100, 100]);
  expect(settled.readings).toHaveLength(3);
});

test('at every instant the best version that covers it holds, and nothing where none does', () => {
  const provenance = fc.constantFrom<Provenance>('measured', 'estimated', 'forecast');
  const version = fc
    .tuple(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom('a', 'b'),
      provenance,
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([start, length, source, known, issued]) =>
      said({ interval: hours(start, start + length), source, provenance: known, issuedAt: instant(issued) }),
    );
  fc.assert(
    fc.property(fc.array(version, { maxLength: 12 }), (versions) => {
      const numbered = versions.map((each, index) => ({ ...each, intensity: carbonIntensity(index) }));
      const span = hours(0, 30);
      const settled = series(numbered, span);
      const rank = ({ provenance: known, source }: KnownReading) =>
        ['measured', 'estimated', 'forecast'].indexOf(known) * 2 + ['a', 'b'].indexOf(source);
      for (let at = 0; at < 27; at += 1) {
        const now = instant((at + 0.5) * HOUR_MS);
        const covering = numbered.filter(({ interval }) => interval.start <= now && now < interval.end);
        const best = Math.min(...covering.map(rank));
        const latest = Math.max(...covering.filter((each) => rank(each) === best).map(({ issuedAt }) => issuedAt));
        const allowed = covering.filter((each) => rank(each) === best && each.issuedAt === latest).map(({ intensity }) => intensity);
        const found = readingAt(settled, now)?.intensity;
        if (covering.length === 0) expect(found).toBeUndefined();
        else expect(allowed).toContain(found);
      }
      for (const [index, { interval }] of settled.readings.entries())
        if (index > 0) expect(interval.start).toBeGreaterThanOrEqual(settled.readings[index - 1]!.interval.end);
    }),
  );
});
