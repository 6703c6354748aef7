import fc from 'fast-check';
import { largestTriangles } from '../../src/record/training-curve.js';

type Place = readonly [number, number];
const itself = (place: Place): Place => place;

describe('largest triangles', () => {
  const line = fc
    .array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: 3, maxLength: 400 })
    .map((values) => values.map((value, index): Place => [index, value]));

  test('keeps the first and the last point, the order, and no more than it is asked for', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 3, max: 60 }), (points, most) => {
        const thinned = largestTriangles(points, most, itself);
        expect(thinned).toHaveLength(Math.min(points.length, most));
        expect([thinned[0], thinned.at(-1)]).toEqual([points[0], points.at(-1)]);
        expect(thinned.map(([x]) => x)).toEqual([...thinned.map(([x]) => x)].sort((a, b) => a - b));
        expect(thinned.every((point) => points.includes(point))).toBe(true);
      }),
    );
  });

  test('keeps a spike in a flat line', () => {
    const points = Array.from({ length: 1000 }, (_none, x): Place => [x, x === 617 ? 9 : 1]);
    expect(largestTriangles(points, 20, itself)).toContainEqual([617, 9]);
  });

  test('chooses in each bucket the point of the largest triangle with the last choice and the next mean', () => {
    const points: Place[] = [
      [0, 0],
      [1, 1],
      [2, -3],
      [3, 0],
      [4, 5],
      [5, 0],
    ];
    // Buckets {1, 2} and {3, 4}: against the mean (3.5, 2.5) the point at 2 spans 8 to the other's 0.5; then 4 against (5, 0).
    expect(largestTriangles(points, 4, itself)).toEqual([points[0], points[2], points[4], points[5]]);
  });
});
