/** Matrix product with optional bias and ReLU, and the sums over rows that give a bias its gradient. */
import { pack, pieceOf, tile, TILE_COLUMNS, TILE_ROWS, tileTransposed } from './tile';
import { least, load4, store4 } from './vector';

/** Terms summed before the sum goes back to memory: 8 columns of them stay in the first-level cache. */
const DEPTH: i32 = 512;

/** Bytes of scratch that `gemm` needs. */
export function gemmScratch(): i32 {
  return DEPTH * TILE_COLUMNS * 4;
}

/**
 * C[M,N] = op(A)·op(B) (+ bias) (then ReLU), row-major. `lda`, `ldb`: floats from one stored row to the next.
 * `bias`: address of N floats, or 0.
 */
export function gemm(
  scratch: usize,
  a: usize,
  lda: i32,
  transposeA: bool,
  b: usize,
  ldb: i32,
  transposeB: bool,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
  bias: usize,
  relu: bool,
): void {
  const aLine = (<usize>lda) << 2,
    bLine = (<usize>ldb) << 2,
    cLine = (<usize>N) << 2,
    step = pieceOf(M);
  for (let j = 0; j < N; j += TILE_COLUMNS) {
    const columns = least(TILE_COLUMNS, N - j);
    for (let k = 0; k < K; k += DEPTH) {
      const depth = least(DEPTH, K - k);
      let panel = transposeB ? b + j * bLine + (k << 2) : b + k * bLine + (j << 2);
      let panelStep = bLine;
      if (transposeB || columns < TILE_COLUMNS || M > TILE_ROWS) {
        pack(panel, bLine, transposeB, depth, columns, scratch);
        panel = scratch;
        panelStep = TILE_COLUMNS * 4;
      }
      for (let i = 0; i < M; i += step) {
        const rows = least(step, M - i),
          at = c + i * cLine + (j << 2);
        if (transposeA) tileTransposed(rows, a + k * aLine + (i << 2), aLine, 0, panel, panelStep, 0, 1, depth, at, cLine, columns, k > 0);
        else tile(rows, a + i * aLine + (k << 2), aLine, 0, panel, panelStep, 0, 1, depth, at, cLine, columns, k > 0);
      }
    }
  }
  if (bias != 0 || relu) finish(c, M, N, bias, relu);
}

/** Adds a bias to every row and cuts below zero, in place. */
export function finish(c: usize, rows: i32, columns: i32, bias: usize, relu: bool): void {
  const zero = f32x4.splat(0);
  for (let r = 0; r < rows; r++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      let x = load4(c + (j << 2));
      if (bias != 0) x = f32x4.add(x, load4(bias + (j << 2)));
      store4(c + (j << 2), relu ? v128.and(x, f32x4.gt(x, zero)) : x);
    }
    for (; j < columns; j++) {
      let x = load<f32>(c + (j << 2));
      if (bias != 0) x += load<f32>(bias + (j << 2));
      store<f32>(c + (j << 2), relu && !(x > 0) ? 0 : x);
    }
    c += (<usize>columns) << 2;
  }
}

/** out[column] = the sum over rows, each column in row order. */
export function columnSums(x: usize, out: usize, rows: i32, columns: i32): void {
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    let sum = f32x4.splat(0),
      p = x + (j << 2);
    for (let r = 0; r < rows; r++) {
      sum = f32x4.add(sum, load4(p));
      p += (<usize>columns) << 2;
    }
    store4(out + (j << 2), sum);
  }
  for (; j < columns; j++) {
    let sum: f32 = 0;
    for (let r = 0; r < rows; r++) sum += load<f32>(x + ((r * columns + j) << 2));
    store<f32>(out + (j << 2), sum);
  }
}

/** out[id] = the sum of the rows of x with that id, in their order; rows of other ids are left out. */
export function segmentSums(x: usize, ids: usize, out: usize, rows: i32, columns: i32, segments: i32): void {
  memory.fill(out, 0, (segments * columns) << 2);
  for (let r = 0; r < rows; r++) {
    const id = load<i32>(ids + (r << 2));
    if (id < 0 || id >= segments) continue;
    const target = out + ((id * columns) << 2),
      source = x + ((r * columns) << 2);
    let c = 0;
    for (; c + 4 <= columns; c += 4) store4(target + (c << 2), f32x4.add(load4(target + (c << 2)), load4(source + (c << 2))));
    for (; c < columns; c++) store<f32>(target + (c << 2), load<f32>(target + (c << 2)) + load<f32>(source + (c << 2)));
  }
}
