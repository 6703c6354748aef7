/**
 * Ridge regression of many targets on the same features, with the errors it makes on blocks of rows it was not fitted to.
 * Hoerl and Kennard, "Ridge regression", Technometrics 12 (1970); blocks in time order as in Roberts et al.,
 * "Cross-validation strategies for data with temporal structure", Ecography 40 (2017).
 */

export interface RidgeProblem {
  readonly rows: number;
  readonly features: number;
  readonly targets: number;
  /** Row-major, rows × features. */
  readonly x: Float64Array;
  /** Row-major, rows × targets. */
  readonly y: Float64Array;
  /** Of each row, above 0. */
  readonly weights: Float64Array;
  /** Of each feature, above 0. */
  readonly penalties: Float64Array;
  /** Consecutive blocks the rows are held out in, at least 2. */
  readonly blocks: number;
}

export interface RidgeFit {
  /** Row-major, features × targets. */
  readonly coefficients: Float64Array;
  /** What each row's targets would be, predicted from the other blocks; rows × targets. */
  readonly heldOut: Float64Array;
}

/** Minimises Σ weight·(y − x·b)² + Σ penalty·b², exactly, by one Cholesky factorisation for all targets and one per block. */
export const fitRidge = (problem: RidgeProblem): RidgeFit => {
  const { rows, features, targets, x, y, weights, blocks } = problem;
  const weighted = x.map((value, index) => value * weights[Math.floor(index / features)]!);
  const spans = Array.from(
    { length: blocks },
    (_, block) => [Math.ceil((block * rows) / blocks), Math.ceil(((block + 1) * rows) / blocks)] as const,
  );
  const sums = spans.map(([from, to]) => {
    const left = weighted.subarray(from * features, to * features);
    return {
      gram: transposedProduct(left, features, x.subarray(from * features, to * features), features),
      cross: transposedProduct(left, features, y.subarray(from * targets, to * targets), targets),
    };
  });
  const gram = total(sums.map((each) => each.gram));
  const cross = total(sums.map((each) => each.cross));
  const heldOut = new Float64Array(rows * targets);
  spans.forEach(([from, to], block) => {
    const { gram: ownGram, cross: ownCross } = sums[block]!;
    const without = solve(penalised(difference(gram, ownGram), problem), difference(cross, ownCross), features, targets);
    addProduct(heldOut.subarray(from * targets, to * targets), x.subarray(from * features, to * features), features, without, targets);
  });
  return { coefficients: solve(penalised(gram, problem), cross, features, targets), heldOut };
};

/** Adds left·right to `into`; left is rows × inner, right inner × columns. Four inner terms at a time: `into` is read and written once for them. */
export const addProduct = (into: Float64Array, left: Float64Array, inner: number, right: Float64Array, columns: number): void => {
  const rows = left.length / inner;
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

/** leftᵀ·right of two matrices with equally many rows; four rows at a time. */
const transposedProduct = (left: Float64Array, leftColumns: number, right: Float64Array, rightColumns: number): Float64Array => {
  const product = new Float64Array(leftColumns * rightColumns);
  const rows = left.length / leftColumns;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const at = row * rightColumns;
    for (let i = 0; i < leftColumns; i += 1) {
      const from = row * leftColumns + i;
      const [a, b, c, d] = [left[from]!, left[from + leftColumns]!, left[from + 2 * leftColumns]!, left[from + 3 * leftColumns]!];
      const out = i * rightColumns;
      for (let j = 0; j < rightColumns; j += 1)
        product[out + j]! +=
          a * right[at + j]! +
          b * right[at + rightColumns + j]! +
          c * right[at + 2 * rightColumns + j]! +
          d * right[at + 3 * rightColumns + j]!;
    }
  }
  for (; row < rows; row += 1)
    for (let i = 0; i < leftColumns; i += 1)
      for (let j = 0; j < rightColumns; j += 1)
        product[i * rightColumns + j]! += left[row * leftColumns + i]! * right[row * rightColumns + j]!;
  return product;
};

const total = (parts: readonly Float64Array[]): Float64Array => {
  const sum = new Float64Array(parts[0]!.length);
  for (const part of parts) for (let index = 0; index < sum.length; index += 1) sum[index]! += part[index]!;
  return sum;
};

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, index) => value - b[index]!);

const penalised = (gram: Float64Array, { features, penalties }: RidgeProblem): Float64Array => {
  const sum = gram.slice();
  for (let feature = 0; feature < features; feature += 1) sum[feature * features + feature]! += penalties[feature]!;
  return sum;
};

/** Solves A·b = right for a positive definite A given by its lower triangle; both arguments are overwritten. */
const solve = (a: Float64Array, right: Float64Array, size: number, columns: number): Float64Array => {
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = a[row * size + column]!;
      for (let k = 0; k < column; k += 1) sum -= a[row * size + k]! * a[column * size + k]!;
      if (row !== column) a[row * size + column] = sum / a[column * size + column]!;
      else if (sum > 0) a[row * size + row] = Math.sqrt(sum);
      else throw new RangeError('the penalised Gram matrix is not positive definite: a feature is not finite');
    }
  }
  const divide = (row: number) => {
    for (let column = 0; column < columns; column += 1) right[row * columns + column]! /= a[row * size + row]!;
  };
  const subtract = (row: number, factor: number, other: number) => {
    for (let column = 0; column < columns; column += 1) right[row * columns + column]! -= factor * right[other * columns + column]!;
  };
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < row; k += 1) subtract(row, a[row * size + k]!, k);
    divide(row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < size; k += 1) subtract(row, a[k * size + row]!, k);
    divide(row);
  }
  return right;
};
