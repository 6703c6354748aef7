/**
 * Ridge regression of many targets on the same features, from sums over rows that can be scaled and added: rows may come
 * week by week, fade, and be weighed anew for each use without being looked at again.
 * Hoerl and Kennard, "Ridge regression", Technometrics 12 (1970).
 */

/** Σ w·xᵀx and Σ w·xᵀy over rows. */
export class RidgeSums {
  /** Features × features. */
  readonly gram: Float64Array;
  /** Row-major, features × targets. */
  readonly cross: Float64Array;

  constructor(
    readonly features: number,
    readonly targets: number,
  ) {
    this.gram = new Float64Array(features * features);
    this.cross = new Float64Array(features * targets);
  }

  /** @param x row-major, rows × features; @param y row-major, rows × targets; @param weights of each row, above 0 */
  addRows(x: Float64Array, y: Float64Array, weights: Float64Array): this {
    const rows = weights.length;
    const weighted = new Float64Array(x.length); // Features × rows.
    for (let row = 0; row < rows; row += 1)
      for (let feature = 0; feature < this.features; feature += 1)
        weighted[feature * rows + row] = weights[row]! * x[row * this.features + feature]!;
    addProduct(this.gram, weighted, rows, x, this.features);
    addProduct(this.cross, weighted, rows, y, this.targets);
    return this;
  }

  addScaled(other: RidgeSums, factor: number): this {
    for (let index = 0; index < this.gram.length; index += 1) this.gram[index]! += factor * other.gram[index]!;
    for (let index = 0; index < this.cross.length; index += 1) this.cross[index]! += factor * other.cross[index]!;
    return this;
  }

  scale(factor: number): void {
    for (let index = 0; index < this.gram.length; index += 1) this.gram[index]! *= factor;
    for (let index = 0; index < this.cross.length; index += 1) this.cross[index]! *= factor;
  }
}

/**
 * The coefficients, row-major features × targets, that minimise Σ w·(y − x·b)² + Σ penalty·b²: exactly, by Cholesky
 * factorisation.
 * @param penalties of each feature, above 0
 * @throws RangeError when a feature was not finite
 */
export const solveRidge = ({ gram, cross, features, targets }: RidgeSums, penalties: Float64Array): Float64Array => {
  const factor = gram.slice();
  for (let feature = 0; feature < features; feature += 1) factor[feature * features + feature]! += penalties[feature]!;
  factorise(factor, features);
  const solution = cross.slice();
  const minus = new Float64Array(features);
  /** Takes off what other rows, `from` up to `to`, contribute to this one, and divides. */
  const settle = (row: number, from: number, to: number, coefficient: (other: number) => number) => {
    const own = solution.subarray(row * targets, (row + 1) * targets);
    for (let other = from; other < to; other += 1) minus[other - from] = -coefficient(other);
    addProduct(own, minus.subarray(0, to - from), to - from, solution.subarray(from * targets, to * targets), targets);
    for (let column = 0; column < targets; column += 1) own[column]! /= factor[row * features + row]!;
  };
  for (let row = 0; row < features; row += 1) settle(row, 0, row, (other) => factor[row * features + other]!);
  for (let row = features - 1; row >= 0; row -= 1) settle(row, row + 1, features, (other) => factor[other * features + row]!);
  return solution;
};

/** Cholesky's, in place, of a positive definite matrix given by its lower triangle. */
const factorise = (a: Float64Array, size: number): void => {
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = a[row * size + column]!;
      for (let k = 0; k < column; k += 1) sum -= a[row * size + k]! * a[column * size + k]!;
      if (row !== column) a[row * size + column] = sum / a[column * size + column]!;
      else if (sum > 0) a[row * size + row] = Math.sqrt(sum);
      else throw new RangeError('the penalised sums are not positive definite: a feature is not finite');
    }
  }
};

/**
 * Adds left·right to `into`; left is rows × inner, right inner × columns. Two rows and four inner terms at a time, so that
 * what is read of `right` and written to `into` serves several products: three times as fast as one by one.
 */
export const addProduct = (into: Float64Array, left: Float64Array, inner: number, right: Float64Array, columns: number): void => {
  const rows = into.length / columns;
  const paired = rows - (rows % 2);
  const unrolled = inner - (inner % 4);
  for (let row = 0; row < paired; row += 2) for (let k = 0; k < unrolled; k += 4) addTile(into, left, row, inner, k, right, columns);
  for (let row = 0; row < rows; row += 1)
    for (let k = row < paired ? unrolled : 0; k < inner; k += 1) {
      const factor = left[row * inner + k]!;
      for (let column = 0; column < columns; column += 1) into[row * columns + column]! += factor * right[k * columns + column]!;
    }
};

const addTile = (
  into: Float64Array,
  left: Float64Array,
  row: number,
  inner: number,
  k: number,
  right: Float64Array,
  columns: number,
): void => {
  const first = row * inner + k;
  const second = first + inner;
  const [a0, a1, a2, a3] = [left[first]!, left[first + 1]!, left[first + 2]!, left[first + 3]!];
  const [b0, b1, b2, b3] = [left[second]!, left[second + 1]!, left[second + 2]!, left[second + 3]!];
  const out = row * columns;
  const from = k * columns;
  for (let column = 0; column < columns; column += 1) {
    const r0 = right[from + column]!;
    const r1 = right[from + columns + column]!;
    const r2 = right[from + 2 * columns + column]!;
    const r3 = right[from + 3 * columns + column]!;
    into[out + column]! += a0 * r0 + a1 * r1 + a2 * r2 + a3 * r3;
    into[out + columns + column]! += b0 * r0 + b1 * r1 + b2 * r2 + b3 * r3;
  }
};
