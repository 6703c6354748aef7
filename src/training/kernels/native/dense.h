// Matrix product with optional bias and ReLU, and sums over rows.
#pragma once
#include "tile.h"

namespace INSTRUCTION_SET {

// Adds a bias to every row and cuts below zero, in place, on `columns` of rows `line` floats apart.
static void finish(float *c, int rows, long line, int columns, const float *bias, bool relu) {
  const Vector zero = splat(0);
  for (int r = 0; r < rows; r++, c += line) {
    int j = 0;
    for (; j + WIDTH <= columns; j += WIDTH) {
      Vector x = load(c + j);
      if (bias) x += load(bias + j);
      store(c + j, relu ? choose(x > zero, x, zero) : x);
    }
    for (; j < columns; j++) {
      const float x = bias ? c[j] + bias[j] : c[j];
      c[j] = relu && !(x > 0) ? 0 : x;
    }
  }
}

// a, lda, transposeA, b, ldb, transposeB, c, M, N, K, bias, relu
static const int DEPTH = 512;

static void gemm(const Call &call) {
  const float *a = at(call, 0), *b = at(call, 3), *bias = whole(call, 10) ? at(call, 10) : nullptr;
  float *c = at(call, 6);
  const long lda = whole(call, 1), ldb = whole(call, 4);
  const bool transposeA = whole(call, 2), transposeB = whole(call, 5), relu = whole(call, 11);
  const int M = whole(call, 7), N = whole(call, 8), K = whole(call, 9), panels = (N + COLUMNS - 1) / COLUMNS;
  float *packed = reserve(call, DEPTH * COLUMNS);
  if (!packed) return;
  const bool byPanels = panels >= 2 * call.parts;
  const Share columnsShare = byPanels ? Share::of(call, panels) : Share{0, panels};
  const Share rowsShare = byPanels ? Share{0, M} : Share::of(call, M);
  const int rows = rowsShare.to - rowsShare.from, step = pieceOf(rows);
  for (int k = 0; k < K; k += DEPTH) {
    const int depth = least(DEPTH, K - k);
    for (int j = columnsShare.from * COLUMNS; j < least(N, columnsShare.to * COLUMNS); j += COLUMNS) {
      const int columns = least(COLUMNS, N - j);
      const float *panel = transposeB ? b + j * ldb + k : b + k * ldb + j;
      long panelStep = ldb;
      if (transposeB || columns < COLUMNS || rows > 2 * ROWS) {
        pack(panel, ldb, transposeB, depth, columns, packed);
        panel = packed;
        panelStep = COLUMNS;
      }
      for (int i = rowsShare.from; i < rowsShare.to; i += step) {
        const Tile t = {transposeA ? a + k * lda + i : a + i * lda + k, lda, lda, 0, panel, panelStep, 0, 1, depth, c + (long)i * N + j, N, columns, k > 0};
        if (transposeA) tileTransposed(least(step, rowsShare.to - i), t);
        else tile(least(step, rowsShare.to - i), t);
      }
      if (k + depth == K && (bias || relu)) finish(c + (long)rowsShare.from * N + j, rows, N, columns, bias ? bias + j : nullptr, relu);
    }
  }
}
static double gemmWork(const Call &call) { return (double)whole(call, 7) * whole(call, 8) * whole(call, 9) / 8; }

// x, out, rows, columns: out[column] = the sum over rows in their order.
static void columnSums(const Call &call) {
  const int rows = whole(call, 2), columns = whole(call, 3);
  const float *x = at(call, 0);
  float *out = at(call, 1);
  const Share share = Share::of(call, (columns + WIDTH - 1) / WIDTH);
  int v = share.from;
  for (; v + 4 <= share.to && (v + 4) * WIDTH <= columns; v += 4) {
    Vector sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    const float *p = x + v * WIDTH;
    for (int r = 0; r < rows; r++, p += columns) UNROLL for (int q = 0; q < 4; q++) sums[q] += load(p + q * WIDTH);
    UNROLL for (int q = 0; q < 4; q++) store(out + (v + q) * WIDTH, sums[q]);
  }
  for (; v < share.to; v++) {
    const int from = v * WIDTH;
    if (from + WIDTH <= columns) {
      Vector sums = splat(0);
      for (int r = 0; r < rows; r++) sums += load(x + (long)r * columns + from);
      store(out + from, sums);
    } else
      for (int c = from; c < columns; c++) {
        float sum = 0;
        for (int r = 0; r < rows; r++) sum += x[(long)r * columns + c];
        out[c] = sum;
      }
  }
}
static double columnSumsWork(const Call &call) { return (double)whole(call, 2) * whole(call, 3); }

// x, ids, out, rows, columns, segments: out[id] = the sum of the rows of that id, in their order; other ids are left out.
static void segmentSums(const Call &call) {
  const float *x = at(call, 0);
  const int32_t *ids = (const int32_t *)at(call, 1);
  float *out = at(call, 2);
  const int rows = whole(call, 3), columns = whole(call, 4), segments = whole(call, 5);
  const Share share = Share::of(call, columns);
  for (int s = 0; s < segments; s++) clear(out + (long)s * columns + share.from, share.to - share.from);
  for (int r = 0; r < rows; r++) {
    if (ids[r] < 0 || ids[r] >= segments) continue;
    float *target = out + (long)ids[r] * columns;
    const float *source = x + (long)r * columns;
    for (int c = share.from; c < share.to; c++) target[c] += source[c];
  }
}
static double segmentSumsWork(const Call &call) { return (double)whole(call, 3) * whole(call, 4) / 4; }

}  // namespace INSTRUCTION_SET
