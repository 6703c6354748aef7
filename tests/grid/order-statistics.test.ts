import fc from 'fast-check';
import { RunningMedian } from '../../src/grid/running-median.js';
import { weightedQuantiles } from '../../src/grid/weighted-quantiles.js';

test('the running median is the middle of the known ones of the last values, sorted', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(Number.NaN)), { maxLength: 60 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 12 }), (pushed, length) => {
      const running = new RunningMedian(length);
      expect(running.median).toBeNaN();
      pushed.forEach((value, index) => {
        running.push(value);
        const known = pushed
          .slice(Math.max(0, index + 1 - length), index + 1)
          .filter((each) => !Number.isNaN(each))
          .sort((a, b) => a - b);
        expect(running.count).toBe(known.length);
        expect(running.median).toBe(known[known.length >>> 1] ?? Number.NaN);
      });
    }),
  );
});

const LEVELS = [0.025, 0.1, 0.5, 0.9, 0.975];
const weighted = fc.array(
  fc.record({ value: fc.double({ min: -100, max: 100, noNaN: true }), weight: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
  { minLength: 1, maxLength: 80 },
);

/** The least value at or below which a share of the weight lies. */
const quantileBySorting = (rows: readonly { readonly value: number; readonly weight: number }[], level: number): number => {
  const sorted = [...rows].sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  return (sorted.find(({ weight }) => (below += weight) >= level * total) ?? sorted.at(-1)!).value;
};

test('weighted quantiles lie within a 2048th of the range of those by sorting, and rise', () => {
  fc.assert(
    fc.property(weighted, (rows) => {
      const values = Float64Array.from(rows, ({ value }) => value);
      const quantiles = weightedQuantiles(
        values,
        Float64Array.from(rows, ({ weight }) => weight),
        LEVELS,
      );
      const off = (Math.max(...values) - Math.min(...values)) / 2048 + 1e-9;
      LEVELS.forEach((level, index) => {
        // Where a level falls on the edge between two values, rounding may give either.
        expect(quantiles[index]).toBeGreaterThanOrEqual(quantileBySorting(rows, level - 1e-9) - off);
        expect(quantiles[index]).toBeLessThanOrEqual(quantileBySorting(rows, level + 1e-9) + off);
        if (index > 0) expect(quantiles[index]).toBeGreaterThanOrEqual(quantiles[index - 1]!);
      });
    }),
  );
});
