// Convolution by 3 × 3 in steps of one, and the gradient to its filter, by minimal filtering, F(2×2, 3×3) of Winograd (Lavin
// and Gray, 2016, "Fast algorithms for convolutional neural networks"): 16 products a channel where a direct sum takes 36.
// Images are cut into tiles of 4 × 4 pixels that give 2 × 2 outputs each. Tiles, filter and gradients are taken to 16 points,
// where products over channels (forward) or over tiles (gradient) are all that is left. The same sums as in ../assembly/winograd.ts.
#pragma once
#include "convolution.h"

namespace INSTRUCTION_SET {

static const int POINTS = 16;
// Tiles whose points are held at once, and floats between points so that they do not compete for the same lines of the cache.
static const int FORWARD_TILES = 12, GRADIENT_TILES = 48, SPACE = 16;

// Of an image, by B = (1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 −1 0 1) from both sides.
template <int i, class Values> INLINE Values imagePoint(Values d0, Values d1, Values d2, Values d3) {
  return i == 0 ? d0 - d2 : i == 1 ? d1 + d2 : i == 2 ? d2 - d1 : d3 - d1;
}
// Row i of a tile's points. x: the tile's first pixel; a row of pixels every `line` floats, a pixel every `pixel`, a point every `point`.
template <int i, class Values> INLINE void imageRow(const float *x, long line, long pixel, float *out, long point) {
  Values d[4], row[4];
  UNROLL for (int j = 0; j < 4; j++) {
    UNROLL for (int k = 0; k < 4; k++) get(d[k], x + k * line + j * pixel);
    row[j] = imagePoint<i>(d[0], d[1], d[2], d[3]);
  }
  put(out + 4 * i * point, imagePoint<0>(row[0], row[1], row[2], row[3]));
  put(out + (4 * i + 1) * point, imagePoint<1>(row[0], row[1], row[2], row[3]));
  put(out + (4 * i + 2) * point, imagePoint<2>(row[0], row[1], row[2], row[3]));
  put(out + (4 * i + 3) * point, imagePoint<3>(row[0], row[1], row[2], row[3]));
}

// Of a filter, by G = (1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1) from both sides.
template <int i, class Values> INLINE Values filterPoint(Values g0, Values g1, Values g2) {
  return i == 0 ? g0 : i == 1 ? ((g0 + g2) + g1) * 0.5f : i == 2 ? ((g0 + g2) - g1) * 0.5f : g2;
}
template <int i, class Values> INLINE void filterRow(const Values taps[3][3], float *u, long point) {
  Values row[3];
  UNROLL for (int k = 0; k < 3; k++) row[k] = filterPoint<i>(taps[0][k], taps[1][k], taps[2][k]);
  put(u + 4 * i * point, filterPoint<0>(row[0], row[1], row[2]));
  put(u + (4 * i + 1) * point, filterPoint<1>(row[0], row[1], row[2]));
  put(u + (4 * i + 2) * point, filterPoint<2>(row[0], row[1], row[2]));
  put(u + (4 * i + 3) * point, filterPoint<3>(row[0], row[1], row[2]));
}
template <class Values> INLINE void filterPoints(const float *g, long tap, float *u, long point) {
  Values taps[3][3];
  UNROLL for (int k = 0; k < 9; k++) get(taps[k / 3][k % 3], g + k * tap);
  filterRow<0>(taps, u, point);
  filterRow<1>(taps, u, point);
  filterRow<2>(taps, u, point);
  filterRow<3>(taps, u, point);
}
// A filter's gradient from its points': G from the other side.
template <class Values> INLINE void filterFromPoints(const float *sums, float *dFilter, long floats) {
  Values rows[3][4];
  UNROLL for (int j = 0; j < 4; j++) {
    Values m[4];
    UNROLL for (int k = 0; k < 4; k++) get(m[k], sums + (4 * k + j) * floats);
    const Values half = (m[1] + m[2]) * 0.5f;
    rows[0][j] = m[0] + half;
    rows[1][j] = (m[1] - m[2]) * 0.5f;
    rows[2][j] = half + m[3];
  }
  UNROLL for (int k = 0; k < 3; k++) {
    const Values *m = rows[k], half = (m[1] + m[2]) * 0.5f;
    put(dFilter + 3 * k * floats, m[0] + half);
    put(dFilter + (3 * k + 1) * floats, (m[1] - m[2]) * 0.5f);
    put(dFilter + (3 * k + 2) * floats, half + m[3]);
  }
}

// A tile's outputs: floats from one row of them to the next and from one to its neighbour, and how many lie in the image.
struct Window {
  long line, pixel;
  int rows, columns;
};

// Outputs from points, by A = (1 1 1 0; 0 1 −1 1) from both sides; then bias and ReLU.
template <class Values> INLINE void outputs(const float *m, long point, float *y, const Window &w, const float *bias, bool relu) {
  Values sums[2][4], offset = {};
  UNROLL for (int j = 0; j < 4; j++) {
    Values p[4];
    UNROLL for (int k = 0; k < 4; k++) get(p[k], m + (4 * k + j) * point);
    sums[0][j] = (p[0] + p[1]) + p[2];
    sums[1][j] = (p[1] - p[2]) + p[3];
  }
  if (bias) get(offset, bias);
  UNROLL for (int i = 0; i < 2; i++) {
    const Values *s = sums[i], left = ((s[0] + s[1]) + s[2]) + offset, right = ((s[1] - s[2]) + s[3]) + offset;
    if (i < w.rows) {
      put(y + i * w.line, relu ? aboveZero(left) : left);
      if (w.columns == 2) put(y + i * w.line + w.pixel, relu ? aboveZero(right) : right);
    }
  }
}

// Of the gradient to a tile's outputs, zero outside of the image: A from the other side.
template <int i, class Values> INLINE Values gradientPoint(Values y0, Values y1) { return i == 0 ? y0 : i == 1 ? y0 + y1 : i == 2 ? y0 - y1 : y1; }
template <int i, class Values> INLINE void gradientRow(const float *dy, const Window &w, float *out, long point) {
  Values row[2];
  UNROLL for (int j = 0; j < 2; j++) {
    Values y0 = {}, y1 = {};
    if (j < w.columns) {
      get(y0, dy + j * w.pixel);
      if (w.rows == 2) get(y1, dy + w.line + j * w.pixel);
    }
    row[j] = gradientPoint<i>(y0, y1);
  }
  put(out + 4 * i * point, gradientPoint<0>(row[0], row[1]));
  put(out + (4 * i + 1) * point, gradientPoint<1>(row[0], row[1]));
  put(out + (4 * i + 2) * point, gradientPoint<2>(row[0], row[1]));
  put(out + (4 * i + 3) * point, gradientPoint<3>(row[0], row[1]));
}

// As many channels at once as a Vector has; `channel` is the first.
#define EACH_CHANNEL(channels, VECTOR, SCALAR) \
  { \
    int channel = 0; \
    for (; channel + WIDTH <= channels; channel += WIDTH) { VECTOR; } \
    for (; channel < channels; channel++) { SCALAR; } \
  }

// Rows [from, to) of the points of all channels of a tile.
static void imagePoints(const float *x, long line, int channels, float *out, long point, int from, int to) {
#define ROW(i) \
  if (from <= i && to > i) EACH_CHANNEL(channels, (imageRow<i, Vector>(x + channel, line, channels, out + channel, point)), (imageRow<i, float>(x + channel, line, channels, out + channel, point)))
  ROW(0) ROW(1) ROW(2) ROW(3)
#undef ROW
}
static void gradientPoints(const float *dy, const Window &w, int channels, float *out, long point, int from, int to) {
#define ROW(i) \
  if (from <= i && to > i) EACH_CHANNEL(channels, (gradientRow<i, Vector>(dy + channel, w, out + channel, point)), (gradientRow<i, float>(dy + channel, w, out + channel, point)))
  ROW(0) ROW(1) ROW(2) ROW(3)
#undef ROW
}

struct Tiles {
  int across, count;
  // Pads the image so far that its tiles are whole.
  INLINE Tiles of(Convolution &c) {
    const int down = (c.OH + 1) / 2, across = (c.OW + 1) / 2;
    if (c.PH < 2 * down + 2) c.PH = 2 * down + 2;
    if (c.PW < 2 * across + 2) c.PW = 2 * across + 2;
    return {across, down * across};
  }
  INLINE Window window(const Convolution &c, int row, int column) { return {(long)c.OW * c.OC, c.OC, least(2, c.OH - row), least(2, c.OW - column)}; }
};

// x, filter, y, bias, relu, flipped, geometry: as `convolve`, of 3 × 3 taps, steps of one and no spaces between pixels.
static void winogradConvolve(const Call &call) {
  Convolution c = convolutionAt(call, 6);
  const float *x = at(call, 0), *filter = at(call, 1), *bias = whole(call, 3) ? at(call, 3) : nullptr;
  const bool relu = whole(call, 4), flipped = whole(call, 5);
  const Tiles tiles = Tiles::of(c);
  const Share images = Share::of(call, c.N);
  if (images.from == images.to) return;
  const int panels = (c.OC + COLUMNS - 1) / COLUMNS;
  const long panelFloats = (long)c.IC * COLUMNS, uPoint = panels * panelFloats, vPoint = (long)FORWARD_TILES * c.IC + SPACE, width = panels * COLUMNS, mPoint = FORWARD_TILES * width + SPACE, line = (long)c.PW * c.IC;
  float *u = reserve(call, POINTS * (uPoint + vPoint + mPoint) + 9 * panelFloats + c.PH * line);
  if (!u) return;
  float *v = u + POINTS * uPoint, *m = v + POINTS * vPoint, *packed = m + POINTS * mPoint, *buffer = packed + 9 * panelFloats;
  for (int panel = 0; panel < panels; panel++) {
    packFilter(c, filter, flipped, panel, packed);
    for (long k = 0; k < panelFloats; k += WIDTH) filterPoints<Vector>(packed + k, panelFloats, u + panel * panelFloats + k, uPoint);
  }
  for (int n = images.from; n < images.to; n++) {
    const float *image = padded(c, x + (long)n * c.H * c.W * c.IC, buffer);
    float *y = at(call, 2) + (long)n * c.OH * c.OW * c.OC;
    for (int from = 0; from < tiles.count; from += FORWARD_TILES) {
      const int count = least(FORWARD_TILES, tiles.count - from), step = pieceOf(count);
      for (int t = 0; t < count; t++) {
        const int row = 2 * ((from + t) / tiles.across), column = 2 * ((from + t) % tiles.across);
        imagePoints(image + row * line + (long)column * c.IC, line, c.IC, v + (long)t * c.IC, vPoint, 0, 4);
      }
      for (int p = 0; p < POINTS; p++)
        for (int panel = 0; panel < panels; panel++)
          for (int t = 0; t < count; t += step)
            tile(least(step, count - t), {v + p * vPoint + (long)t * c.IC, c.IC, 1, 0, u + p * uPoint + panel * panelFloats, COLUMNS, 0, 1, c.IC, m + p * mPoint + t * width + panel * COLUMNS, width, COLUMNS, false});
      for (int t = 0; t < count; t++) {
        const int row = 2 * ((from + t) / tiles.across), column = 2 * ((from + t) % tiles.across);
        const Window w = Tiles::window(c, row, column);
        float *target = y + row * w.line + column * w.pixel;
        EACH_CHANNEL(c.OC, outputs<Vector>(m + t * width + channel, mPoint, target + channel, w, bias ? bias + channel : nullptr, relu), outputs<float>(m + t * width + channel, mPoint, target + channel, w, bias ? bias + channel : nullptr, relu))
      }
    }
  }
}

// x, dy, sums [16,IC,OC], geometry: the points of dFilter. Parts share points and, within them, rows of the output's tiles.
static void winogradGradientPoints(const Call &call) {
  Convolution c = convolutionAt(call, 3);
  const Tiles tiles = Tiles::of(c);
  const int step = pieceOf(c.IC), strips = (c.IC + step - 1) / step;
  const Share work = Share::of(call, POINTS * strips);
  if (work.from == work.to) return;
  const int firstRow = work.from / strips / 4, lastRow = (work.to - 1) / strips / 4 + 1;
  const long width = (c.OC + COLUMNS - 1) / COLUMNS * COLUMNS, vPoint = (long)GRADIENT_TILES * c.IC + SPACE, dPoint = GRADIENT_TILES * width + SPACE, line = (long)c.PW * c.IC;
  float *v = reserve(call, POINTS * (vPoint + dPoint) + c.PH * line);
  if (!v) return;
  float *d = v + POINTS * vPoint, *buffer = d + POINTS * dPoint, *sums = at(call, 2);
  if (width > c.OC) clear(d, POINTS * dPoint);
  for (int n = 0; n < c.N; n++) {
    const float *image = padded(c, at(call, 0) + (long)n * c.H * c.W * c.IC, buffer), *dy = at(call, 1) + (long)n * c.OH * c.OW * c.OC;
    for (int from = 0; from < tiles.count; from += GRADIENT_TILES) {
      const int count = least(GRADIENT_TILES, tiles.count - from);
      for (int t = 0; t < count; t++) {
        const int row = 2 * ((from + t) / tiles.across), column = 2 * ((from + t) % tiles.across);
        const Window w = Tiles::window(c, row, column);
        imagePoints(image + row * line + (long)column * c.IC, line, c.IC, v + (long)t * c.IC, vPoint, firstRow, lastRow);
        gradientPoints(dy + row * w.line + column * w.pixel, w, c.OC, d + t * width, dPoint, firstRow, lastRow);
      }
      for (int item = work.from; item < work.to; item++) {
        const int p = item / strips, i = item % strips * step;
        for (int j = 0; j < c.OC; j += COLUMNS)
          tileTransposed(least(step, c.IC - i), {v + p * vPoint + i, 1, c.IC, 0, d + p * dPoint + j, width, 0, 1, count, sums + ((long)p * c.IC + i) * c.OC + j, c.OC, least(COLUMNS, c.OC - j), n > 0 || from > 0});
      }
    }
  }
}
static double winogradWork(const Call &call, int argument) {
  const Convolution c = convolutionAt(call, argument);
  return (double)c.N * c.OH * c.OW * c.OC * c.IC / 2;
}
static double winogradConvolveWork(const Call &call) { return winogradWork(call, 6); }
static double winogradGradientPointsWork(const Call &call) { return winogradWork(call, 3); }

// sums [16, floats], dFilter [9, floats], floats
template <class Values> INLINE void filterColumns(const Call &call, int column) { filterFromPoints<Values>(at(call, 0) + column, at(call, 1) + column, whole(call, 2)); }
static void winogradFilterGradient(const Call &call) { COLUMN_BY_COLUMN(whole(call, 2), filterColumns) }
static double winogradFilterGradientWork(const Call &call) { return 25.0 * whole(call, 2); }

}  // namespace INSTRUCTION_SET
