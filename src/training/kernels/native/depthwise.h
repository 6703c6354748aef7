// Depthwise convolution: x or dx [N,H,W,C], filter [KH,KW,C,M], dy [N,OH,OW,C·M].
#pragma once
#include "vector.h"

namespace INSTRUCTION_SET {

struct Depthwise {
  int N, H, W, C, M, KH, KW, OH, OW, SH, SW, top, left;
};
INLINE Depthwise depthwiseAt(const Call &call, int argument) {
  Depthwise d;
  int *fields = &d.N;
  for (int i = 0; i < 13; i++) fields[i] = whole(call, argument + i);
  return d;
}

// dy, filter, dx, geometry
static void depthwiseInputGradient(const Call &call) {
  const Depthwise d = depthwiseAt(call, 3);
  const float *dy = at(call, 0), *filter = at(call, 1);
  float *dx = at(call, 2);
  const Share images = Share::of(call, d.N);
  for (int n = images.from; n < images.to; n++) {
    float *image = dx + (long)n * d.H * d.W * d.C;
    clear(image, (int64_t)d.H * d.W * d.C);
    for (int oy = 0; oy < d.OH; oy++)
      for (int ox = 0; ox < d.OW; ox++) {
        const float *g = dy + (((long)n * d.OH + oy) * d.OW + ox) * d.C * d.M;
        for (int ky = 0; ky < d.KH; ky++)
          for (int kx = 0; kx < d.KW; kx++) {
            const int y = oy * d.SH + ky - d.top, x = ox * d.SW + kx - d.left;
            if (y < 0 || y >= d.H || x < 0 || x >= d.W) continue;
            float *target = image + ((long)y * d.W + x) * d.C;
            const float *f = filter + ((long)ky * d.KW + kx) * d.C * d.M;
            if (d.M == 1) for (int c = 0; c < d.C; c++) target[c] += g[c] * f[c];
            else
              for (int c = 0; c < d.C; c++)
                for (int m = 0; m < d.M; m++) target[c] += g[c * d.M + m] * f[c * d.M + m];
          }
      }
  }
}

// x, dy, dFilter, geometry. Parts share the taps.
static void depthwiseFilterGradient(const Call &call) {
  const Depthwise d = depthwiseAt(call, 3);
  const float *x = at(call, 0), *dy = at(call, 1);
  float *dFilter = at(call, 2);
  const Share taps = Share::of(call, d.KH * d.KW);
  for (int tap = taps.from; tap < taps.to; tap++) {
    const int ky = tap / d.KW, kx = tap % d.KW;
    float *target = dFilter + (long)tap * d.C * d.M;
    clear(target, (int64_t)d.C * d.M);
    for (int n = 0; n < d.N; n++)
      for (int oy = 0; oy < d.OH; oy++) {
        const int y = oy * d.SH + ky - d.top;
        if (y < 0 || y >= d.H) continue;
        for (int ox = 0; ox < d.OW; ox++) {
          const int at = ox * d.SW + kx - d.left;
          if (at < 0 || at >= d.W) continue;
          const float *g = dy + (((long)n * d.OH + oy) * d.OW + ox) * d.C * d.M, *source = x + (((long)n * d.H + y) * d.W + at) * d.C;
          if (d.M == 1) for (int c = 0; c < d.C; c++) target[c] += g[c] * source[c];
          else
            for (int c = 0; c < d.C; c++)
              for (int m = 0; m < d.M; m++) target[c * d.M + m] += g[c * d.M + m] * source[c];
        }
      }
  }
}
static double depthwiseWork(const Call &call) {
  const Depthwise d = depthwiseAt(call, 3);
  return (double)d.N * d.OH * d.OW * d.C * d.M * d.KH * d.KW / 4;
}

}  // namespace INSTRUCTION_SET
