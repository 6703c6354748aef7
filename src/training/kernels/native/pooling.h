// Max-pooling: x, dy, y, N, H, W, C, OH, OW, FH, FW, SH, SW, top, left.
#pragma once
#include "vector.h"

namespace INSTRUCTION_SET {

// With dy 0, y = the greatest of each window; else y is dx, and a gradient goes to the first of its greatest inputs.
static void maxPool(const Call &call) {
  const bool backward = whole(call, 1);
  const int H = whole(call, 4), W = whole(call, 5), C = whole(call, 6), OH = whole(call, 7), OW = whole(call, 8), FH = whole(call, 9), FW = whole(call, 10), SH = whole(call, 11), SW = whole(call, 12), top = whole(call, 13), left = whole(call, 14);
  const Share images = Share::of(call, whole(call, 3));
  for (int n = images.from; n < images.to; n++) {
    const float *x = at(call, 0) + (long)n * H * W * C, *dy = backward ? at(call, 1) + (long)n * OH * OW * C : nullptr;
    float *out = at(call, 2) + (long)n * (backward ? H * W : OH * OW) * C;
    if (backward) clear(out, (int64_t)H * W * C);
    for (int oy = 0; oy < OH; oy++)
      for (int ox = 0; ox < OW; ox++) {
        const int y0 = oy * SH - top, x0 = ox * SW - left;
        const int ya = y0 < 0 ? 0 : y0, yb = least(H, y0 + FH), xa = x0 < 0 ? 0 : x0, xb = least(W, x0 + FW);
        const long o = ((long)oy * OW + ox) * C;
        int c = 0;
        for (; c + WIDTH <= C; c += WIDTH) {
          Vector best = splat(-__builtin_inff());
          Lanes place = splatLanes(-1);
          for (int i = ya; i < yb; i++)
            for (int j = xa; j < xb; j++) {
              const Vector value = load(x + ((long)i * W + j) * C + c);
              const Lanes greater = value > best;
              best = choose(greater, value, best);
              place = (greater & splatLanes(i * W + j)) | (~greater & place);
            }
          if (!backward) {
            store(out + o + c, best);
            continue;
          }
          const Vector gradient = load(dy + o + c);
          for (int i = ya; i < yb; i++)
            for (int j = xa; j < xb; j++) {
              float *p = out + ((long)i * W + j) * C + c;
              store(p, load(p) + choose(place == splatLanes(i * W + j), gradient, splat(0)));
            }
        }
        for (; c < C; c++) {
          float best = -__builtin_inff();
          long place = -1;
          for (int i = ya; i < yb; i++)
            for (int j = xa; j < xb; j++) {
              const float value = x[((long)i * W + j) * C + c];
              if (value > best) {
                best = value;
                place = (long)i * W + j;
              }
            }
          if (!backward) out[o + c] = best;
          else if (place >= 0) out[place * C + c] += dy[o + c];
        }
      }
  }
}
static double maxPoolWork(const Call &call) { return (double)whole(call, 3) * whole(call, 4) * whole(call, 5) * whole(call, 6); }

}  // namespace INSTRUCTION_SET
