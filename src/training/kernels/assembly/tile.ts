/** The register tile behind matrix product and convolution: up to 4 rows by 8 columns, summed in one fixed order. */
import { load4, multiplyAdd, store4 } from './vector';

export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;

/** Cuts n rows into pieces of nearly equal size, none above the tile's height. */
export function pieceOf(n: i32): i32 {
  const pieces = (n + TILE_ROWS - 1) / TILE_ROWS;
  return pieces > 0 ? (n + pieces - 1) / pieces : 1;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function put(c: usize, columns: i32, accumulate: bool, x: v128, y: v128): void {
  if (columns == TILE_COLUMNS) {
    if (accumulate) {
      x = f32x4.add(load4(c), x);
      y = f32x4.add(load4(c + 16), y);
    }
    store4(c, x);
    store4(c + 16, y);
    return;
  }
  for (let j = 0; j < columns; j++) {
    const lane = j & 3;
    const half = j < 4 ? x : y;
    const value = lane == 0 ? f32x4.extract_lane(half, 0) : lane == 1 ? f32x4.extract_lane(half, 1) : lane == 2 ? f32x4.extract_lane(half, 2) : f32x4.extract_lane(half, 3);
    const at = c + (j << 2);
    store<f32>(at, accumulate ? load<f32>(at) + value : value);
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function sums(rows: i32, beside: bool, a: usize, aRow: usize, aStep: usize, aSegment: usize, b: usize, bStep: usize, bSegment: usize, segments: i32, length: i32, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  const zero = f32x4.splat(0);
  let x0 = zero, y0 = zero, x1 = zero, y1 = zero, x2 = zero, y2 = zero, x3 = zero, y3 = zero;
  for (let segment = 0; segment < segments; segment++) {
    let p0 = a, p1 = a + aRow, p2 = p1 + aRow, p3 = p2 + aRow, q = b;
    for (let k = length; k > 0; k--) {
      const left = load4(q), right = v128.load(q, 16, 4);
      let value = v128.load32_splat(p0, 0, 4);
      x0 = multiplyAdd(value, left, x0);
      y0 = multiplyAdd(value, right, y0);
      if (rows > 1) {
        value = beside ? v128.load32_splat(p0, 4, 4) : v128.load32_splat(p1, 0, 4);
        x1 = multiplyAdd(value, left, x1);
        y1 = multiplyAdd(value, right, y1);
      }
      if (rows > 2) {
        value = beside ? v128.load32_splat(p0, 8, 4) : v128.load32_splat(p2, 0, 4);
        x2 = multiplyAdd(value, left, x2);
        y2 = multiplyAdd(value, right, y2);
      }
      if (rows > 3) {
        value = beside ? v128.load32_splat(p0, 12, 4) : v128.load32_splat(p3, 0, 4);
        x3 = multiplyAdd(value, left, x3);
        y3 = multiplyAdd(value, right, y3);
      }
      p0 += aStep;
      if (!beside) {
        p1 += aStep;
        p2 += aStep;
        p3 += aStep;
      }
      q += bStep;
    }
    a += aSegment;
    b += bSegment;
  }
  put(c, columns, accumulate, x0, y0);
  if (rows > 1) put(c + cRow, columns, accumulate, x1, y1);
  if (rows > 2) put(c + 2 * cRow, columns, accumulate, x2, y2);
  if (rows > 3) put(c + 3 * cRow, columns, accumulate, x3, y3);
}

/**
 * C[rows × columns] (+)= the sum, over `segments` runs of `length` terms, of A(row, k)·B(k, column), where the terms of
 * one row of A lie side by side. Addresses and strides in bytes. B's rows hold 8 readable floats, also where fewer
 * columns are wanted.
 */
export function tile(rows: i32, a: usize, aRow: usize, aSegment: usize, b: usize, bStep: usize, bSegment: usize, segments: i32, length: i32, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  if (rows == 4) sums(4, false, a, aRow, 4, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
  else if (rows == 3) sums(3, false, a, aRow, 4, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
  else if (rows == 2) sums(2, false, a, aRow, 4, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
  else sums(1, false, a, aRow, 4, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
}

/** The same where the rows of A lie side by side and its terms `aStep` apart. */
export function tileTransposed(rows: i32, a: usize, aStep: usize, aSegment: usize, b: usize, bStep: usize, bSegment: usize, segments: i32, length: i32, c: usize, cRow: usize, columns: i32, accumulate: bool): void {
  if (rows == 4) sums(4, true, a, 4, aStep, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
  else if (rows == 3) sums(3, true, a, 4, aStep, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
  else if (rows == 2) sums(2, true, a, 4, aStep, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
  else sums(1, true, a, 4, aStep, aSegment, b, bStep, bSegment, segments, length, c, cRow, columns, accumulate);
}

/** `tile` down any number of rows, 8 columns wide, one segment: without the calls in between. */
export function tiles(rows: i32, a: usize, aRow: usize, b: usize, length: i32, c: usize, cRow: usize): void {
  for (; rows >= TILE_ROWS; rows -= TILE_ROWS) {
    sums(TILE_ROWS, false, a, aRow, 4, 0, b, TILE_COLUMNS * 4, 0, 1, length, c, cRow, TILE_COLUMNS, false);
    a += TILE_ROWS * aRow;
    c += TILE_ROWS * cRow;
  }
  if (rows > 0) tile(rows, a, aRow, 0, b, TILE_COLUMNS * 4, 0, 1, length, c, cRow, TILE_COLUMNS, false);
}

/** Copies K rows of up to 8 columns into [K][8], zero-filled. `transposed`: the source holds them as columns. */
export function pack(source: usize, rowBytes: usize, transposed: bool, K: i32, columns: i32, target: usize): void {
  if (!transposed && columns == TILE_COLUMNS) {
    for (let k = 0; k < K; k++) {
      store4(target, load4(source));
      v128.store(target, v128.load(source, 16, 4), 16);
      target += 32;
      source += rowBytes;
    }
    return;
  }
  for (let k = 0; k < K; k++) {
    for (let j = 0; j < TILE_COLUMNS; j++) {
      const from = transposed ? source + j * rowBytes + (k << 2) : source + k * rowBytes + (j << 2);
      store<f32>(target + ((k * TILE_COLUMNS + j) << 2), j < columns ? load<f32>(from) : 0);
    }
  }
}
