import fc from 'fast-check';
import { addProduct, RidgeSums, solveRidge } from '../../src/grid/ridge.js';

const FEATURES = 3;
const TARGETS = 2;
const value = fc.double({ min: -10, max: 10, noNaN: true });
const row = fc.record({
  x: fc.array(value, { minLength: FEATURES, maxLength: FEATURES }),
  y: fc.array(value, { minLength: TARGETS, maxLength: TARGETS }),
  weight: fc.double({ min: 0.01, max: 2, noNaN: true }),
});
type Row = { readonly x: readonly number[]; readonly y: readonly number[]; readonly weight: number };
const PENALTIES = Float64Array.of(0.5, 1, 2);

const sumsOf = (rows: readonly Row[]): RidgeSums =>
  new RidgeSums(FEATURES, TARGETS).addRows(
    Float64Array.from(rows.flatMap(({ x }) => x)),
    Float64Array.from(rows.flatMap(({ y }) => y)),
    Float64Array.from(rows, ({ weight }) => weight),
  );

/** (XᵀWX + P)⁻¹XᵀWy by Gauss and Jordan with pivots, of one target. */
const solvedPlainly = (rows: readonly Row[], target: number): readonly number[] => {
  const system = Array.from({ length: FEATURES }, (_, i) => [
    ...Array.from({ length: FEATURES }, (_unused, j) =>
      rows.reduce((sum, { x, weight }) => sum + weight * x[i]! * x[j]!, i === j ? PENALTIES[i]! : 0),
    ),
    rows.reduce((sum, { x, y, weight }) => sum + weight * x[i]! * y[target]!, 0),
  ]);
  for (let column = 0; column < FEATURES; column += 1) {
    const pivot = system.slice(column).reduce((best, line) => (Math.abs(line[column]!) > Math.abs(best[column]!) ? line : best));
    system.splice(system.indexOf(pivot), 1);
    system.splice(column, 0, pivot);
    for (const line of system) {
      if (line === pivot) continue;
      const factor = line[column]! / pivot[column]!;
      pivot.forEach((each, index) => (line[index]! -= factor * each));
    }
  }
  return system.map((line, index) => line[FEATURES]! / line[index]!);
};

test('the coefficients solve the penalised normal equations', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 13 }), (rows) => {
      const solution = solveRidge(sumsOf(rows), PENALTIES);
      for (let target = 0; target < TARGETS; target += 1)
        solvedPlainly(rows, target).forEach((expected, feature) => {
          expect(solution[feature * TARGETS + target]).toBeCloseTo(expected, 6);
        });
    }),
  );
});

test('sums of parts, faded, are the sums of all rows with fading weights', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 9 }), fc.array(row, { minLength: 1, maxLength: 9 }), (older, newer) => {
      const parts = sumsOf(older);
      parts.scale(0.5);
      parts.addScaled(sumsOf(newer), 2);
      const whole = sumsOf([
        ...older.map((each) => ({ ...each, weight: each.weight / 2 })),
        ...newer.map((each) => ({ ...each, weight: each.weight * 2 })),
      ]);
      [...parts.gram].forEach((sum, index) => expect(sum).toBeCloseTo(whole.gram[index]!, 8));
      [...parts.cross].forEach((sum, index) => expect(sum).toBeCloseTo(whole.cross[index]!, 8));
    }),
  );
});

test('a product is added to what is there, whatever the inner size', () => {
  for (const inner of [1, 3, 4, 5, 9]) {
    const left = Float64Array.from({ length: 3 * inner }, (_, index) => index + 1);
    const right = Float64Array.from({ length: inner * 3 }, (_, index) => index - 4);
    const into = new Float64Array(9).fill(100);
    addProduct(into, left, inner, right, 3);
    into.forEach((sum, index) => {
      const [line, column] = [Math.floor(index / 3), index % 3];
      let expected = 100;
      for (let k = 0; k < inner; k += 1) expected += left[line * inner + k]! * right[k * 3 + column]!;
      expect(sum).toBe(expected);
    });
  }
});

test('a feature that is not finite is refused, not fitted', () => {
  const rows = [{ x: [1, Number.NaN, 2], y: [1, 2], weight: 1 }];
  expect(() => solveRidge(sumsOf(rows), PENALTIES)).toThrow('not finite');
});
