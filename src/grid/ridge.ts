/**
 * Ridge regression of many targets on the same features, from sums over rows that can be scaled and added: rows may come
 * week by week, fade, and be weighed anew for each use without being looked at again.
 * Hoerl and Kennard, "Ridge regression", Technometrics 12 (1970).
 */

/** Σ w·xᵀx and Σ w·xᵀy over rows. */
export class RidgeSums {
  /** Row-major, features × features; only the lower triangle is kept. */
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
    const weighted = new Float64Array(x.length);
    for (let row = 0, at = 0; row < weights.length; row += 1)
      for (let feature = 0; feature < this.features; feature += 1, at += 1) weighted[at] = x[at]! * weights[row]!;
    addTransposedProduct(this.gram, weighted, this.features, x, this.features, true);
    addTransposedProduct(this.cross, weighted, this.features, y, this.targets, false);
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

/** Adds left·right to `into`; left is rows × inner, right inner × columns. Four inner terms at a time: `into` is read and written once for them. */
export const addProduct = (into: Float64Array, left: Float64Array, inner: number, right: Float64Array, columns: number): void => {
  const rows = into.length / columns;
  for (let row = 0; row < rows; row += 1) {
    const out = row * columns;
    const from = row * inner;
    let k = 0;
    for (; k + 3 < inner; k += 4) {
      const [a, b, c, d] = [left[from + k]!, left[from + k + 1]!, left[from + k + 2]!, left[from + k + 3]!];
      const at = k * columns;
      for (let column = 0; column < columns; column += 1)
        into[out + column]! +=
          a * right[at + column]! +
          b * right[at + columns + column]! +
          c * right[at + 2 * columns + column]! +
          d * right[at + 3 * columns + column]!;
    }
    for (; k < inner; k += 1)
      for (let column = 0; column < columns; column += 1) into[out + column]! += left[from + k]! * right[k * columns + column]!;
  }
};

/** Adds leftᵀ·right of two matrices with equally many rows, or its lower triangle alone; four rows at a time. */
const addTransposedProduct = (
  into: Float64Array,
  left: Float64Array,
  leftColumns: number,
  right: Float64Array,
  rightColumns: number,
  lowerOnly: boolean,
): void => {
  const rows = left.length / leftColumns;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const at = row * rightColumns;
    for (let i = 0; i < leftColumns; i += 1) {
      const from = row * leftColumns + i;
      const [a, b, c, d] = [left[from]!, left[from + leftColumns]!, left[from + 2 * leftColumns]!, left[from + 3 * leftColumns]!];
      const out = i * rightColumns;
      const end = lowerOnly ? i + 1 : rightColumns;
      for (let j = 0; j < end; j += 1)
        into[out + j]! +=
          a * right[at + j]! +
          b * right[at + rightColumns + j]! +
          c * right[at + 2 * rightColumns + j]! +
          d * right[at + 3 * rightColumns + j]!;
    }
  }
  for (; row < rows; row += 1)
    for (let i = 0; i < leftColumns; i += 1) {
      const end = lowerOnly ? i + 1 : rightColumns;
      for (let j = 0; j < end; j += 1) into[i * rightColumns + j]! += left[row * leftColumns + i]! * right[row * rightColumns + j]!;
    }
};
