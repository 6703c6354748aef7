// ReLU's gradient, dropout keyed by sample, Adam's step, pixels.
#pragma once
#include "vector.h"

namespace INSTRUCTION_SET {

#define EACH(count, VECTOR, SCALAR) \
  { \
    const Share share = Share::of(call, count); \
    int64_t i = share.from; \
    for (; i + WIDTH <= share.to; i += WIDTH) { VECTOR; } \
    for (; i < share.to; i++) { SCALAR; } \
  }

// y, dy, dx, n
static void reluGradient(const Call &call) {
  const float *y = at(call, 0), *dy = at(call, 1);
  float *dx = at(call, 2);
  const Vector zero = splat(0);
  EACH(whole(call, 3), store(dx + i, choose(load(y + i) > zero, load(dy + i), zero)), dx[i] = y[i] > 0 ? dy[i] : 0)
}
static double reluGradientWork(const Call &call) { return whole(call, 3); }

// x, y, keys, rows, columns, threshold, scale. The hash is lowbias32 (Chris Wellons, public domain), as in ../assembly.
static void dropout(const Call &call) {
  const int columns = whole(call, 4);
  const uint32_t threshold = (uint32_t)(uint64_t)call.arguments[5], golden = 0x9e3779b9u;
  const float scale = (float)call.arguments[6];
  const Share share = Share::of(call, whole(call, 3));
  Hashes first;
  for (int q = 0; q < WIDTH; q++) first[q] = q * golden;
  for (int r = share.from; r < share.to; r++) {
    const uint32_t key = ((const uint32_t *)at(call, 2))[r];
    const float *x = at(call, 0) + (long)r * columns;
    float *y = at(call, 1) + (long)r * columns;
    int j = 0;
    for (; j + WIDTH <= columns; j += WIDTH) {
      Hashes h = first + (key + j * golden);
      h = (h ^ (h >> 16)) * 0x7feb352du;
      h = (h ^ (h >> 15)) * 0x846ca68bu;
      h ^= h >> 16;
      store(y + j, choose((Lanes)(h >= threshold), load(x + j) * scale, splat(0)));
    }
    for (; j < columns; j++) {
      uint32_t h = key + j * golden;
      h = (h ^ (h >> 16)) * 0x7feb352du;
      h = (h ^ (h >> 15)) * 0x846ca68bu;
      h ^= h >> 16;
      y[j] = h >= threshold ? x[j] * scale : 0;
    }
  }
}
static double dropoutWork(const Call &call) { return 2.0 * whole(call, 3) * whole(call, 4); }

// w, g, m, v, out, n, beta1, beta2, rate, epsilon, correction1, correction2: as in ../assembly/elementwise.ts.
static void adam(const Call &call) {
  const float *w = at(call, 0), *g = at(call, 1);
  float *m = at(call, 2), *v = at(call, 3), *out = at(call, 4);
  const double *f = call.arguments + 6;
  const float beta1 = (float)f[0], beta2 = (float)f[1], rate = (float)f[2], epsilon = (float)f[3], correction1 = (float)f[4], correction2 = (float)f[5];
  EACH(whole(call, 5),
       const Vector gradient = load(g + i); const Vector mean = load(m + i) * beta1 + gradient * (1 - beta1);
       const Vector square = load(v + i) * beta2 + gradient * gradient * (1 - beta2);
       store(m + i, mean); store(v + i, square);
       store(out + i, load(w + i) - mean * correction1 * rate / (squareRoot(square * correction2) + epsilon)),
       const float gradient = g[i]; const float mean = m[i] * beta1 + gradient * (1 - beta1);
       const float square = v[i] * beta2 + gradient * gradient * (1 - beta2);
       m[i] = mean; v[i] = square;
       out[i] = w[i] - mean * correction1 * rate / (squareRoot1(square * correction2) + epsilon))
}
static double adamWork(const Call &call) { return 4.0 * whole(call, 5); }

// bytes, out, n
static void byteShares(const Call &call) {
  const uint8_t *bytes = (const uint8_t *)at(call, 0);
  float *out = at(call, 1);
  const Share share = Share::of(call, whole(call, 2));
  for (int i = share.from; i < share.to; i++) out[i] = (float)bytes[i] / 255.0f;
}
static double byteSharesWork(const Call &call) { return whole(call, 2); }

}  // namespace INSTRUCTION_SET
