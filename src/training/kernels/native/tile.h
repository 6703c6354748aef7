// The register tile behind matrix product and convolution: up to ROWS rows by two vectors, summed in one fixed order.
#pragma once
#include "vector.h"

namespace INSTRUCTION_SET {

// C[rows × columns] (+)= the sum over `segments` runs of `length` terms of A(row, k)·B(k, column). Strides in floats.
struct Tile {
  const float *a;
  long aRow, aStep, aSegment;
  const float *b;
  long bStep, bSegment;
  int segments, length;
  float *c;
  long cRow;
  int columns;
  bool accumulate;
};

// `beside`: the rows of A lie side by side; else the terms of each do.
template <int rows, bool beside> INLINE void sum(const Tile &t) {
  const long aRow = beside ? 1 : t.aRow, aStep = beside ? t.aStep : 1;
  Vector sums[rows][2];
  UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = splat(0);
  for (int segment = 0; segment < t.segments; segment++) {
    const float *b = t.b + segment * t.bSegment;
    // One pointer per three rows: the addressing mode reaches the others.
    const float *p[5];
    UNROLL for (int g = 0; g < 5; g++) p[g] = t.a + segment * t.aSegment + 3 * g * aRow;
    for (int k = t.length; k > 0; k--) {
      const Vector left = load(b), right = load(b + WIDTH);
      UNROLL for (int r = 0; r < rows; r++) {
        const Vector value = splat(beside ? p[0][r] : p[r / 3][(r % 3) * aRow]);
        sums[r][0] = multiplyAdd(value, left, sums[r][0]);
        sums[r][1] = multiplyAdd(value, right, sums[r][1]);
      }
      UNROLL for (int g = 0; g < (beside ? 1 : (rows + 2) / 3); g++) p[g] += aStep;
      b += t.bStep;
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    float *c = t.c + r * t.cRow;
    if (t.columns == COLUMNS) {
      UNROLL for (int half = 0; half < 2; half++) {
        float *d = c + half * WIDTH;
        store(d, t.accumulate ? load(d) + sums[r][half] : sums[r][half]);
      }
    } else {
      float out[COLUMNS];
      store(out, sums[r][0]);
      store(out + WIDTH, sums[r][1]);
      for (int j = 0; j < t.columns; j++) c[j] = t.accumulate ? c[j] + out[j] : out[j];
    }
  }
}

#define CASE(n) case n: sum<n, beside>(t); break;
#if ROWS == 12
#define CASES CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#else
#define CASES CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#endif
// The terms of one row of A lie side by side.
static __attribute__((noinline)) void tile(int rows, const Tile &t) {
  const bool beside = false;
  switch (rows) { CASES }
}
// The rows of A lie side by side.
static __attribute__((noinline)) void tileTransposed(int rows, const Tile &t) {
  const bool beside = true;
  switch (rows) { CASES }
}

// Cuts n rows into pieces of nearly equal size, none above the tile's height.
INLINE int pieceOf(int n) {
  const int pieces = (n + ROWS - 1) / ROWS;
  return pieces > 0 ? (n + pieces - 1) / pieces : 1;
}

// Four columns at most, four rows at a time.
INLINE void packTransposed(const float *source, long row, int K, int columns, float *target) {
  int k = 0;
  if (columns == 4)
    for (; k + 4 <= K; k += 4) {
      __m128 a = _mm_loadu_ps(source + k), b = _mm_loadu_ps(source + row + k), c = _mm_loadu_ps(source + 2 * row + k), d = _mm_loadu_ps(source + 3 * row + k);
      _MM_TRANSPOSE4_PS(a, b, c, d);
      _mm_storeu_ps(target + k * COLUMNS, a);
      _mm_storeu_ps(target + (k + 1) * COLUMNS, b);
      _mm_storeu_ps(target + (k + 2) * COLUMNS, c);
      _mm_storeu_ps(target + (k + 3) * COLUMNS, d);
    }
  for (; k < K; k++)
    for (int j = 0; j < columns; j++) target[k * COLUMNS + j] = source[j * row + k];
}

// Copies K rows of up to COLUMNS columns into [K][COLUMNS], zero-filled. `transposed`: the source holds them as columns.
static void pack(const float *source, long row, bool transposed, int K, int columns, float *target) {
  if (transposed) {
    if (columns < COLUMNS) __builtin_memset(target, 0, (long)K * COLUMNS * 4);
    for (int j = 0; j < columns; j += 4) packTransposed(source + j * row, row, K, least(4, columns - j), target + j);
  } else if (columns == COLUMNS) {
    for (int k = 0; k < K; k++) {
      store(target + k * COLUMNS, load(source + k * row));
      store(target + k * COLUMNS + WIDTH, load(source + k * row + WIDTH));
    }
  } else {
    for (int k = 0; k < K; k++)
      for (int j = 0; j < COLUMNS; j++) target[k * COLUMNS + j] = j < columns ? source[k * row + j] : 0;
  }
}

}  // namespace INSTRUCTION_SET
