// Convolution over NHWC images, and the gradient to its filter.
#pragma once
#include "dense.h"

namespace INSTRUCTION_SET {

struct Convolution {
  int N, H, W, IC, KH, KW, OC, OH, OW, SH, SW, top, left, PH, PW, DH, DW;
};
INLINE Convolution convolutionAt(const Call &call, int argument) {
  Convolution c;
  int *fields = &c.N;
  for (int i = 0; i < 17; i++) fields[i] = whole(call, argument + i);
  return c;
}
INLINE bool isPadded(const Convolution &c) { return c.PH != c.H || c.PW != c.W || c.top != 0 || c.left != 0 || c.DH != 1 || c.DW != 1; }

// The image itself, or a copy of PH × PW with its pixels DH and DW apart and zeros between and around; what falls outside is cut.
static const float *padded(const Convolution &c, const float *image, float *buffer) {
  if (!isPadded(c)) return image;
  clear(buffer, (int64_t)c.PH * c.PW * c.IC);
  for (int y = 0; y < c.H; y++) {
    const int py = y * c.DH + c.top;
    if (py < 0 || py >= c.PH) continue;
    for (int x = 0; x < c.W; x++) {
      const int px = x * c.DW + c.left;
      if (px < 0 || px >= c.PW) continue;
      // A whole row at once where nothing lies between its pixels.
      const int run = c.DW == 1 ? least(c.W - x, c.PW - px) : 1;
      __builtin_memcpy(buffer + ((int64_t)py * c.PW + px) * c.IC, image + ((int64_t)y * c.W + x) * c.IC, (size_t)run * c.IC * 4);
      x += run - 1;
    }
  }
  return buffer;
}

// A panel of the filter's columns, [KH·KW·IC][COLUMNS], zero-filled. `flipped`: see `convolve` in ../assembly/convolution.ts.
static void packFilter(const Convolution &c, const float *filter, bool flipped, int panel, float *target) {
  const int taps = c.KH * c.KW, j = panel * COLUMNS, columns = least(COLUMNS, c.OC - j);
  if (!flipped) return pack(filter + j, c.OC, false, taps * c.IC, columns, target);
  for (int tap = 0; tap < taps; tap++)
    pack(filter + ((long)(taps - 1 - tap) * c.OC + j) * c.IC, c.IC, true, c.IC, columns, target + (long)tap * c.IC * COLUMNS);
}

// x, filter, y, bias, relu, flipped, geometry
static void convolve(const Call &call) {
  const Convolution c = convolutionAt(call, 6);
  const float *x = at(call, 0), *filter = at(call, 1), *bias = whole(call, 3) ? at(call, 3) : nullptr;
  float *y = at(call, 2);
  const bool relu = whole(call, 4), flipped = whole(call, 5);
  const int K = c.KH * c.KW * c.IC, panels = (c.OC + COLUMNS - 1) / COLUMNS, pixels = c.OH * c.OW;
  const Share images = Share::of(call, c.N);
  if (images.from == images.to) return;
  float *packed = reserve(call, (size_t)panels * K * COLUMNS + (size_t)c.PH * c.PW * c.IC);
  if (!packed) return;
  float *buffer = packed + (size_t)panels * K * COLUMNS;
  for (int panel = 0; panel < panels; panel++) packFilter(c, filter, flipped, panel, packed + (long)panel * K * COLUMNS);
  // A 1 × 1 convolution reads an image as one long row.
  const bool flat = c.KH == 1 && c.KW == 1 && c.SH == 1 && c.SW == 1 && c.PH == c.OH && c.PW == c.OW;
  const int rows = flat ? 1 : c.OH, width = flat ? pixels : c.OW, step = pieceOf(width);
  for (int n = images.from; n < images.to; n++) {
    const float *image = padded(c, x + (long)n * c.H * c.W * c.IC, buffer);
    float *out = y + (long)n * pixels * c.OC;
    for (int panel = 0; panel < panels; panel++) {
      const int j = panel * COLUMNS;
      Tile t = {nullptr, (long)c.SW * c.IC, 1, (long)c.PW * c.IC, packed + (long)panel * K * COLUMNS, COLUMNS, (long)c.KW * c.IC * COLUMNS, c.KH, c.KW * c.IC, nullptr, c.OC, least(COLUMNS, c.OC - j), false};
      for (int oy = 0; oy < rows; oy++)
        for (int ox = 0; ox < width; ox += step) {
          t.a = image + ((long)oy * c.SH * c.PW + (long)ox * c.SW) * c.IC;
          t.c = out + ((long)oy * width + ox) * c.OC + j;
          tile(least(step, width - ox), t);
        }
    }
    if (bias || relu) finish(out, pixels, c.OC, c.OC, bias, relu);
  }
}
static double convolveWork(const Call &call) {
  const Convolution c = convolutionAt(call, 6);
  return (double)c.N * c.OH * c.OW * c.OC * c.KH * c.KW * c.IC / 8;
}

// x, dy, dFilter, geometry. Parts share the output's tiles, not the images: there are no partial sums to add.
static const int BAND = 8;

static void filterGradient(const Call &call) {
  const Convolution c = convolutionAt(call, 3);
  const float *x = at(call, 0), *dy = at(call, 1);
  float *dFilter = at(call, 2);
  const int line = c.KW * c.IC, step = pieceOf(line), strips = (line + step - 1) / step;
  const Share tiles = Share::of(call, c.KH * strips);
  if (tiles.from == tiles.to) return;
  const size_t imageFloats = ((size_t)c.PH * c.PW * c.IC + 15) & ~(size_t)15;
  float *buffer = reserve(call, imageFloats + (size_t)BAND * c.OW * COLUMNS);
  if (!buffer) return;
  float *packed = buffer + imageFloats;
  for (int n = 0; n < c.N; n++) {
    const float *image = padded(c, x + (long)n * c.H * c.W * c.IC, buffer), *gradient = dy + (long)n * c.OH * c.OW * c.OC;
    for (int oy = 0; oy < c.OH; oy += BAND) {
      const int band = least(BAND, c.OH - oy);
      for (int j = 0; j < c.OC; j += COLUMNS) {
        const int columns = least(COLUMNS, c.OC - j);
        const float *b = gradient + (long)oy * c.OW * c.OC + j;
        long bStep = c.OC;
        if (columns < COLUMNS) {
          pack(b, bStep, false, band * c.OW, columns, packed);
          b = packed;
          bStep = COLUMNS;
        }
        for (int s = tiles.from; s < tiles.to; s++) {
          const int ky = s / strips, i = s % strips * step;
          const Tile t = {image + ((long)oy * c.SH + ky) * c.PW * c.IC + i, 1, (long)c.SW * c.IC, (long)c.SH * c.PW * c.IC, b, bStep, c.OW * bStep, band, c.OW,
                          dFilter + ((long)ky * line + i) * c.OC + j, c.OC, columns, n > 0 || oy > 0};
          tileTransposed(least(step, line - i), t);
        }
      }
    }
  }
}
static double filterGradientWork(const Call &call) {
  const Convolution c = convolutionAt(call, 3);
  return (double)c.N * c.OH * c.OW * c.OC * c.KH * c.KW * c.IC / 8;
}

}  // namespace INSTRUCTION_SET
